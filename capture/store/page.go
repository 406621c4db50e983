package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// This file reads the pages of a bbolt file without bbolt, which panics on
// some damage, in goroutines of its own too. Every number that comes from the
// file is checked before it is used. bbolt writes numbers in the byte order of
// the machine.

// The layout of bbolt v1.3 to v1.5 files.
const (
	boltMagic    = 0xED0CDAED
	boltVersion  = 2
	pageHead     = 16 // id u64, flags u16, count u16, overflow u32
	elementSize  = 16 // branch: pos u32, ksize u32, page u64; leaf: flags, pos, ksize, vsize u32
	metaSize     = 64 // magic, version, page size, flags u32; root, sequence, freelist, high water, tx, checksum u64
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageMeta     = 0x04
	pageFreelist = 0x10
	leafBucket   = 0x01 // flag of a leaf element whose value is a bucket
	noFreelist   = ^uint64(0)
	pageSizeMin  = 512
	pageSizeMax  = 1 << 20
	valueMax     = 64 << 20 // no value of a tape is longer
)

// errNoBolt tells that a file has no bbolt meta page at all.
var errNoBolt = errors.New("not a bbolt file")

// pageFile is a bbolt file, read page by page.
type pageFile struct {
	r        io.ReaderAt
	size     int64
	pageSize int64
	root     uint64 // page of the root bucket
	freelist uint64 // page of the list of free pages, or noFreelist
	pages    uint64 // high water mark: no page has this number or a higher one
	tx       uint64
}

// openPages reads the meta pages and takes the newest valid one.
func openPages(r io.ReaderAt, size int64) (*pageFile, error) {
	p := &pageFile{r: r, size: size}
	seen, err := p.meta(0)
	for at := int64(1024); at <= pageSizeMax && at < size; at <<= 1 {
		other, err1 := p.meta(at)
		seen = seen || other
		if err1 == nil {
			err = nil
		}
	}
	switch {
	case !seen:
		return nil, errNoBolt
	case err != nil:
		return nil, errors.New("both meta pages are damaged")
	}
	return p, nil
}

// meta takes the meta page at an offset if it is valid and newer. It reports
// whether there is one, valid or not.
func (p *pageFile) meta(at int64) (seen bool, err error) {
	var b [pageHead + metaSize]byte
	if n, _ := p.r.ReadAt(b[:], at); n < pageHead+4 {
		return false, io.ErrUnexpectedEOF
	}
	m := b[pageHead:]
	ne := binary.NativeEndian
	if ne.Uint32(m) != boltMagic {
		return false, errNoBolt
	}
	sum := fnv.New64a()
	sum.Write(m[:56])
	size := int64(ne.Uint32(m[8:]))
	if ne.Uint32(m[4:]) != boltVersion || ne.Uint64(m[56:]) != sum.Sum64() ||
		size < pageSizeMin || size > pageSizeMax || at != 0 && at != size {
		return true, errChecksum
	}
	if tx := ne.Uint64(m[48:]); p.pageSize == 0 || tx > p.tx {
		p.pageSize, p.tx = size, tx
		p.root, p.freelist, p.pages = ne.Uint64(m[16:]), ne.Uint64(m[32:]), ne.Uint64(m[40:])
	}
	return true, nil
}

// whole returns an error when the file is shorter than its pages.
func (p *pageFile) whole() error {
	if want := int64(p.pages) * p.pageSize; p.pages > 1<<50 || p.size < want {
		return fmt.Errorf("the file ends after %d of at least %d bytes", p.size, want)
	}
	return nil
}

// node is a branch or a leaf of a tree.
type node struct {
	file  *pageFile
	id    uint64
	flags uint16
	count int
	size  int64  // bytes of the page and its overflow
	head  []byte // the first page, or more when the elements need it
}

// node reads a page and checks what can be checked without its keys.
func (p *pageFile) node(id uint64) (*node, error) {
	if id < 2 || id >= p.pages {
		return nil, fmt.Errorf("there is no such page, they end at %d", p.pages)
	}
	n := &node{file: p, id: id, head: make([]byte, p.pageSize)}
	if err := p.readAt(n.head, int64(id)*p.pageSize); err != nil {
		return nil, err
	}
	return n, n.check()
}

func (p *pageFile) readAt(b []byte, at int64) error {
	if n, err := p.r.ReadAt(b, at); n < len(b) {
		if err == io.EOF {
			return errors.New("the file ends before")
		}
		return err
	}
	return nil
}

func (n *node) check() error {
	ne := binary.NativeEndian
	if own := ne.Uint64(n.head); own != n.id {
		return fmt.Errorf("the page says it is %d", own)
	}
	n.flags, n.count = ne.Uint16(n.head[8:]), int(ne.Uint16(n.head[10:]))
	overflow := uint64(ne.Uint32(n.head[12:]))
	if n.flags != pageBranch && n.flags != pageLeaf && n.flags != pageFreelist {
		return fmt.Errorf("flags %#x are those of no page", n.flags)
	}
	if n.id+overflow >= n.file.pages {
		return fmt.Errorf("it goes on for %d pages, beyond the last one", overflow)
	}
	n.size = int64(overflow+1) * n.file.pageSize
	if n.flags == pageFreelist {
		return nil
	}
	elements := int64(pageHead + n.count*elementSize)
	if elements > n.size {
		return fmt.Errorf("%d elements do not fit", n.count)
	}
	if elements > int64(len(n.head)) {
		n.head = make([]byte, elements)
		return n.file.readAt(n.head, int64(n.id)*n.file.pageSize)
	}
	return nil
}

// bytes returns a run of the page.
func (n *node) bytes(at, length int64) ([]byte, error) {
	if at < 0 || length < 0 || at+length > n.size || length > valueMax {
		return nil, errors.New("an element points out of the page")
	}
	if at+length <= int64(len(n.head)) {
		return n.head[at : at+length : at+length], nil
	}
	b := make([]byte, length)
	return b, n.file.readAt(b, int64(n.id)*n.file.pageSize+at)
}

// child returns the key and the page of an element of a branch.
func (n *node) child(i int) (key []byte, page uint64, err error) {
	at := int64(pageHead + i*elementSize)
	e, ne := n.head[at:], binary.NativeEndian
	key, err = n.bytes(at+int64(ne.Uint32(e)), int64(ne.Uint32(e[4:])))
	return key, ne.Uint64(e[8:]), err
}

// element is an element of a leaf. Its value is read only when it is wanted.
type element struct {
	bucket bool
	key    []byte
	at     int64 // of the value
	length int64
}

func (n *node) element(i int) (e element, err error) {
	at := int64(pageHead + i*elementSize)
	b, ne := n.head[at:], binary.NativeEndian
	e.bucket = ne.Uint32(b)&leafBucket != 0
	keyAt, keyLen := at+int64(ne.Uint32(b[4:])), int64(ne.Uint32(b[8:]))
	e.at, e.length = keyAt+keyLen, int64(ne.Uint32(b[12:]))
	if e.at+e.length > n.size {
		return e, errors.New("an element points out of the page")
	}
	e.key, err = n.bytes(keyAt, keyLen)
	if err == nil && len(e.key) == 0 {
		err = errors.New("an element has no key")
	}
	return e, err
}

func (n *node) value(e element) ([]byte, error) { return n.bytes(e.at, e.length) }
