package diff

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// seed is of all sums of this process.
var seed = maphash.MakeSeed()

// item is what is kept of a message: sums, nothing of what it says.
type item struct {
	seq         uint64
	raw         uint64 // of every byte
	key         uint64 // of all that lasts, and of the values that are known to correspond
	lane        uint64 // within which it is aligned
	first, last int32  // its sums
	mate        int32  // in the other list; -1: none
	kind        int32  // in list.kinds
	dir         capture.Direction
}

// sum is one scalar of a message.
type sum struct {
	value  uint64
	path   uint32 // with the type of the scalar, where that lasts
	weight weight
}

// weight is what a difference in a scalar costs, in halves.
type weight uint8

const (
	free     weight = 0 // times and signatures
	half     weight = 1
	full     weight = 2
	bindable weight = 3 // ids, tokens, counters: free, but they correspond to others
)

// list is the messages of one side.
type list struct {
	items  []item
	sums   []sum
	kinds  []string // that came, the first of them
	kindAt map[string]int32
}

// maxKinds is how many kinds of message are kept by name.
const maxKinds = 4096

// kind returns the place of a kind among all.
func (k *list) kind(name string) int32 {
	if k.kindAt == nil {
		k.kinds, k.kindAt = []string{""}, map[string]int32{}
	}
	n, ok := k.kindAt[name]
	if !ok && len(k.kinds) < maxKinds {
		n = int32(len(k.kinds))
		k.kinds, k.kindAt[name] = append(k.kinds, name), n
	}
	return n
}

// add keeps the sums of a unit. ordered puts all kinds of one direction in one
// lane.
func (k *list) add(u *unit, c *classes, ordered bool) {
	it := item{seq: u.seq, dir: u.dir, mate: -1, kind: k.kind(u.kind), first: int32(len(k.sums))}
	var raw maphash.Hash
	raw.SetSeed(seed)
	raw.Write(u.doc.Data)
	for i := range u.extra {
		l := &u.extra[i]
		raw.WriteString(l.Path.Text)
		raw.WriteByte(0)
		raw.WriteString(l.Value)
	}
	it.raw = raw.Sum64()
	for l := range u.leaves() {
		k.sums = append(k.sums, sumOf(u, l, c))
	}
	if u.doc.Frame != "" || c.bytes {
		frame := u.doc.Frame
		if c.bytes {
			frame = string(u.doc.Data)
		}
		k.sums = append(k.sums, sum{value: maphash.String(seed, frame), path: 1, weight: full})
	}
	lane := u.kind
	if ordered {
		k.sums = append(k.sums, sum{value: maphash.String(seed, u.kind), path: 2, weight: full})
		lane = ""
	}
	it.lane = maphash.String(seed, lane) + uint64(u.dir)
	it.last = int32(len(k.sums))
	slices.SortFunc(k.sums[it.first:], func(a, b sum) int { return cmp.Compare(a.path, b.path) })
	k.items = append(k.items, it)
}

func sumOf(u *unit, l *payload.Leaf, c *classes) sum {
	path := maphash.String(seed, l.Path.Text)
	class := c.of(u, l)
	value, lasts := c.lasts(u, l, class)
	if !lasts {
		s := sum{value: valueSum(l), path: uint32(path)}
		if class == replay.ClassToken || class == replay.ClassSeq {
			s.weight = bindable
		}
		return s
	}
	s := sum{value: valueSum(l), path: uint32(path) + uint32(l.Kind) + 1, weight: half}
	if class.Cost() != 0.5 {
		s.weight = full
	}
	if value != l.Value {
		s.value = maphash.String(seed, value)
	}
	return s
}

// valueSum sums up a scalar. A value like no other is the same wherever it
// stands; a short one belongs to its name.
func valueSum(l *payload.Leaf) uint64 {
	if shape.Opaque(l.Value) {
		return maphash.String(seed, l.Value)
	}
	return maphash.String(seed, strings.ToLower(l.Path.Name)+"\x00"+l.Value)
}

func (k *list) of(it *item) []sum { return k.sums[it.first:it.last] }

// rekey computes the keys, with the values that correspond to one of the other
// side in that one's place. Without an entry in other, a value that varies does
// not count.
func (k *list) rekey(other map[uint64]uint64) {
	for i := range k.items {
		it := &k.items[i]
		it.key = it.lane
		for _, s := range k.of(it) {
			to, known := other[s.value]
			switch {
			case s.weight == half || s.weight == full:
				if !known {
					to = s.value
				}
				it.key += mix(s.path, to)
			case known && s.weight == bindable:
				it.key += mix(s.path, to)
			default:
				it.key += mix(s.path, 0)
			}
		}
	}
}

// mix spreads a sum over 64 bits, so that keys may be added up.
func mix(path uint32, value uint64) uint64 {
	x := value ^ uint64(path)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
