package store

import "golang.org/x/sys/unix"

// release tells the kernel that the mapped pages of a file need not count as
// this process's memory. They stay in the page cache, and come back when they
// are touched.
func release(address uintptr, size int64) {
	// What the kernel answers changes nothing: the pages are only a cache.
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, address, uintptr(size), unix.MADV_DONTNEED)
}
