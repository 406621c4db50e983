package diff

import (
	"slices"
	"sort"
)

// Bounds of the work on one gap between what is equal: smaller ones are solved
// exactly.
const (
	exact  = 1 << 14 // pairs that are weighed
	window = 64      // how far ahead a larger one is searched
	deep   = 40      // how often a gap is divided
)

// aligner finds what is equal in two lists of keys, in order (Bram Cohen's
// patience diff; the gaps by the longest common subsequence).
type aligner struct {
	a, b  []uint64
	match func(i, j int)
}

// run aligns a[a0:a1] with b[b0:b1].
func (x *aligner) run(a0, a1, b0, b1, depth int) {
	for a0 < a1 && b0 < b1 && x.a[a0] == x.b[b0] {
		x.match(a0, b0)
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && x.a[a1-1] == x.b[b1-1] {
		a1, b1 = a1-1, b1-1
		x.match(a1, b1)
	}
	switch {
	case a0 == a1 || b0 == b1:
	case (a1-a0)*(b1-b0) <= exact:
		x.common(a0, a1, b0, b1)
	case depth == deep:
		x.ahead(a0, a1, b0, b1)
	default:
		x.divide(a0, a1, b0, b1, depth)
	}
}

// divide aligns what stands once on each side, and then what is in between.
func (x *aligner) divide(a0, a1, b0, b1, depth int) {
	anchors := x.anchors(a0, a1, b0, b1)
	if len(anchors) == 0 {
		x.ahead(a0, a1, b0, b1)
		return
	}
	for _, p := range anchors {
		x.run(a0, p[0], b0, p[1], depth+1)
		x.match(p[0], p[1])
		a0, b0 = p[0]+1, p[1]+1
	}
	x.run(a0, a1, b0, b1, depth+1)
}

// anchors returns the longest run of pairs, in order, of keys that stand once
// on each side.
func (x *aligner) anchors(a0, a1, b0, b1 int) [][2]int {
	type place struct{ a, b, na, nb int }
	places := map[uint64]*place{}
	for i := a0; i < a1; i++ {
		p := places[x.a[i]]
		if p == nil {
			p = &place{}
			places[x.a[i]] = p
		}
		p.a, p.na = i, p.na+1
	}
	for j := b0; j < b1; j++ {
		if p := places[x.b[j]]; p != nil {
			p.b, p.nb = j, p.nb+1
		}
	}
	var once [][2]int
	for _, p := range places {
		if p.na == 1 && p.nb == 1 {
			once = append(once, [2]int{p.a, p.b})
		}
	}
	slices.SortFunc(once, func(p, q [2]int) int { return p[0] - q[0] })
	return increasing(once)
}

// increasing returns the longest subsequence whose second numbers increase.
func increasing(pairs [][2]int) [][2]int {
	var ends []int // of the runs by length, the smallest end of each
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n := sort.Search(len(ends), func(k int) bool { return pairs[ends[k]][1] >= p[1] })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	if len(ends) == 0 {
		return nil
	}
	out := make([][2]int, len(ends))
	for n, i := len(ends)-1, ends[len(ends)-1]; n >= 0; n, i = n-1, before[i] {
		out[n] = pairs[i]
	}
	return out
}

// common matches the longest common subsequence.
func (x *aligner) common(a0, a1, b0, b1 int) {
	n, m := a1-a0, b1-b0
	length := make([]int32, (n+1)*(m+1))
	at := func(i, j int) *int32 { return &length[i*(m+1)+j] }
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if x.a[a0+i] == x.b[b0+j] {
				*at(i, j) = *at(i+1, j+1) + 1
			} else {
				*at(i, j) = max(*at(i+1, j), *at(i, j+1))
			}
		}
	}
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case x.a[a0+i] == x.b[b0+j]:
			x.match(a0+i, b0+j)
			i, j = i+1, j+1
		case *at(i+1, j) >= *at(i, j+1):
			i++
		default:
			j++
		}
	}
}

// ahead goes along both lists, and where they differ looks for the nearest key
// that both have.
func (x *aligner) ahead(a0, a1, b0, b1 int) {
	for a0 < a1 && b0 < b1 {
		d := 0
		for ; d <= window; d++ {
			if b0+d < b1 && x.a[a0] == x.b[b0+d] {
				b0 += d
				break
			}
			if a0+d < a1 && x.a[a0+d] == x.b[b0] {
				a0 += d
				break
			}
		}
		if d <= window {
			x.match(a0, b0)
		}
		a0, b0 = a0+1, b0+1
	}
}
