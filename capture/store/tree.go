package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// walk goes through the trees of a bbolt file and collects what is damaged.
type walk struct {
	file *pageFile
	// leaves tells to read the leaves of data buckets too. Without, they are
	// only known not to be branches.
	leaves bool
	// each is called for the pairs of the buckets, if leaves is set.
	each func(bucket string, n *node, e element)

	// only names the bucket to walk; "" is all.
	only string

	seen    []uint64 // bit set of pages
	buckets map[string]bool
	bucket  string
	depth   int // of the leaves of this bucket, -1 before the first
	damage  []Damage
}

// damageMax is how many defects are told one by one.
const damageMax = 1000

func (w *walk) fault(where, format string, args ...any) {
	if len(w.damage) < damageMax {
		w.damage = append(w.damage, Damage{where, fmt.Sprintf(format, args...)})
	}
}

func (w *walk) page(id uint64) string {
	if w.bucket == "" {
		return fmt.Sprintf("page %d", id)
	}
	return fmt.Sprintf("page %d of bucket %s", id, w.bucket)
}

// run walks all trees and the list of free pages.
func (w *walk) run() {
	w.seen = make([]uint64, w.file.pages/64+1)
	w.buckets = map[string]bool{}
	for _, b := range w.root() {
		if w.only != "" && w.only != b.name {
			continue
		}
		w.buckets[b.name] = true
		w.bucket, w.depth = b.name, -1
		if b.inline != nil {
			w.leaf(b.inline, nil, nil)
			continue
		}
		w.node(b.root, 0, nil, nil)
	}
	w.bucket = ""
	if w.only == "" {
		w.free()
	}
}

// rootBucket is a bucket of the root.
type rootBucket struct {
	name   string
	root   uint64
	inline *node // when it is so small that it lies in its element
}

// root reads the leaf of the root bucket. A tape has so few buckets that they
// are on one.
func (w *walk) root() []rootBucket {
	id := w.file.root
	n := w.mark(id)
	if n == nil {
		return nil
	}
	if n.flags != pageLeaf {
		w.fault(w.page(id), "the root of a tape is a leaf")
		return nil
	}
	var list []rootBucket
	for i := range n.count {
		e, err := n.element(i)
		if err != nil {
			w.fault(w.page(id), "%v", err)
			continue
		}
		v, err := n.value(e)
		if err != nil || !e.bucket || len(v) < 16 {
			w.fault(w.page(id), "element %d is not a bucket", i)
			continue
		}
		b := rootBucket{name: string(e.key), root: binary.NativeEndian.Uint64(v)}
		if b.root == 0 {
			if b.inline, err = inlineNode(w.file, v[16:]); err != nil {
				w.fault("bucket "+b.name, "%v", err)
				continue
			}
		}
		list = append(list, b)
	}
	return list
}

// inlineNode is the page of a bucket that lies in its element.
func inlineNode(p *pageFile, b []byte) (*node, error) {
	if len(b) < pageHead {
		return nil, errors.New("the bucket is cut short")
	}
	n := &node{file: p, head: b, size: int64(len(b)), flags: binary.NativeEndian.Uint16(b[8:])}
	n.count = int(binary.NativeEndian.Uint16(b[10:]))
	if n.flags != pageLeaf || pageHead+n.count*elementSize > len(b) {
		return nil, errors.New("the bucket is malformed")
	}
	return n, nil
}

// mark reads a page and notes that it was seen.
func (w *walk) mark(id uint64) *node {
	n, err := w.file.node(id)
	if err == nil && n.flags == pageFreelist {
		err = errors.New("a list of free pages in the tree")
	}
	if err != nil {
		w.fault(w.page(id), "%v", err)
		return nil
	}
	if !w.claim(id, n.size) {
		return nil
	}
	return n
}

// claim notes the pages of a node and reports whether nobody had them before.
func (w *walk) claim(id uint64, size int64) bool {
	for i := id; i < id+uint64(size/w.file.pageSize); i++ {
		if w.taken(i) {
			w.fault(w.page(id), "page %d belongs to two", i)
			return false
		}
		w.seen[i/64] |= 1 << (i % 64)
	}
	return true
}

func (w *walk) taken(id uint64) bool { return w.seen[id/64]&(1<<(id%64)) != 0 }

// node walks the tree below a page whose keys are in [low, high).
func (w *walk) node(id uint64, depth int, low, high []byte) {
	if depth > 64 {
		w.fault(w.page(id), "the tree is too deep")
		return
	}
	if !w.leaves && depth == w.depth {
		if id < 2 || id >= w.file.pages {
			w.fault(w.page(id), "there is no such page, they end at %d", w.file.pages)
		} else if w.taken(id) {
			w.fault(w.page(id), "it belongs to two")
		}
		return
	}
	n := w.mark(id)
	if n == nil {
		return
	}
	if n.flags == pageLeaf {
		if w.depth >= 0 && w.depth != depth {
			w.fault(w.page(id), "a leaf at depth %d, others at %d", depth, w.depth)
		}
		w.depth = depth
		w.leaf(n, low, high)
		return
	}
	w.branch(n, depth, low, high)
}

func (w *walk) branch(n *node, depth int, low, high []byte) {
	type child struct {
		key  []byte
		page uint64
	}
	children := make([]child, 0, n.count)
	for i := range n.count {
		key, page, err := n.child(i)
		if err != nil {
			w.fault(w.page(n.id), "element %d: %v", i, err)
			continue
		}
		if !inOrder(key, low, high) {
			w.fault(w.page(n.id), "key %x of element %d is out of order", key, i)
			continue
		}
		low = after(key)
		children = append(children, child{slices.Clone(key), page})
	}
	if len(children) == 0 {
		w.fault(w.page(n.id), "a branch without children")
	}
	for i, c := range children {
		next := high
		if i+1 < len(children) {
			next = children[i+1].key
		}
		w.node(c.page, depth+1, c.key, next)
	}
}

func (w *walk) leaf(n *node, low, high []byte) {
	for i := range n.count {
		e, err := n.element(i)
		if err == nil && !inOrder(e.key, low, high) {
			err = fmt.Errorf("key %x is out of order", e.key)
		}
		if err != nil {
			w.fault(w.page(n.id), "element %d: %v", i, err)
			continue
		}
		low = after(e.key)
		if w.each != nil {
			w.each(w.bucket, n, e)
		}
	}
}

func inOrder(key, low, high []byte) bool {
	return bytes.Compare(key, low) >= 0 && (high == nil || bytes.Compare(key, high) < 0)
}

// free checks the list of free pages, which bbolt believes: a page on it that
// is in use would be written over.
func (w *walk) free() {
	ids, size, err := w.file.free()
	if err != nil {
		w.fault("the list of free pages", "%v", err)
		return
	}
	if size > 0 && !w.claim(w.file.freelist, size) {
		return
	}
	for _, id := range ids {
		if id < 2 || id >= w.file.pages || w.taken(id) {
			w.fault("the list of free pages", "page %d is not free", id)
			return
		}
	}
}

// free reads the list of free pages; size is that of its page, 0 if there is
// none.
func (p *pageFile) free() (ids []uint64, size int64, err error) {
	if p.freelist == noFreelist {
		return nil, 0, nil
	}
	n, err := p.node(p.freelist)
	if err != nil {
		return nil, 0, err
	}
	if n.flags != pageFreelist {
		return nil, 0, fmt.Errorf("page %d is not one", p.freelist)
	}
	at, count := int64(pageHead), uint64(n.count)
	if n.count == math.MaxUint16 {
		b, err := n.bytes(at, 8)
		if err != nil {
			return nil, 0, err
		}
		at, count = at+8, binary.NativeEndian.Uint64(b)
	}
	if count > p.pages {
		return nil, 0, fmt.Errorf("it names %d pages of %d", count, p.pages)
	}
	b, err := n.bytes(at, int64(count)*8)
	if err != nil {
		return nil, 0, err
	}
	for ; len(b) >= 8; b = b[8:] {
		ids = append(ids, binary.NativeEndian.Uint64(b))
	}
	return ids, n.size, nil
}
