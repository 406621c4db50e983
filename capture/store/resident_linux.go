package store

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unmap tells the kernel that the mapped pages of a file need not count as
// this process's memory. They stay in the page cache, and come back when they
// are touched.
func unmap(address uintptr, size int64) {
	// What the kernel answers changes nothing: the pages are only a cache.
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, address, uintptr(size), unix.MADV_DONTNEED)
}

// fetch tells the kernel that a mapped value will be read now, all of it: bbolt
// said of its map that it is read one page at a time.
func fetch(v []byte) {
	page := uintptr(unix.Getpagesize())
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(v)))
	from := begin &^ (page - 1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, begin+uintptr(len(v))-from, unix.MADV_WILLNEED)
}

// uncache tells the kernel that a part of a file will not be needed soon. What
// is mapped or not yet on disk stays.
func uncache(f *os.File, from, size int64) {
	_ = unix.Fadvise(int(f.Fd()), from, size, unix.FADV_DONTNEED)
}
