package stats

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

const (
	maxExact  = 1 << 17 // times that are kept one by one
	octave    = 32      // parts of a doubling; beyond maxExact a percentile is off by 3 % at most
	bars      = 24      // of a printed histogram, at most
	perDecade = 4
)

// sample collects times. Up to maxExact it is exact; then it counts them in
// parts, so that its memory is bounded.
type sample struct {
	list  []time.Duration
	parts []int // nil as long as list is exact
	count int
	sum   time.Duration
	max   time.Duration
}

// add counts a time.
func (s *sample) add(d time.Duration) {
	d = max(d, 0)
	s.count++
	s.sum += d
	s.max = max(s.max, d)
	if s.parts == nil {
		if s.list = append(s.list, d); len(s.list) < maxExact {
			return
		}
		s.parts = make([]int, octave*64)
		for _, d := range s.list {
			s.parts[part(d)]++
		}
		s.list = nil
		return
	}
	s.parts[part(d)]++
}

// join adds the times of another sample.
func (s *sample) join(o *sample) {
	for _, d := range o.list {
		s.add(d)
	}
	if o.parts == nil {
		return
	}
	if s.parts == nil {
		s.parts = make([]int, octave*64)
		for _, d := range s.list {
			s.parts[part(d)]++
		}
		s.list = nil
	}
	for i, n := range o.parts {
		s.parts[i] += n
	}
	s.count += o.count
	s.sum += o.sum
	s.max = max(s.max, o.max)
}

// part returns in which part a time falls.
func part(d time.Duration) int {
	n := uint64(d)
	if n < octave {
		return int(n)
	}
	shift := bits.Len64(n) - bits.Len(octave) // 0 for the first doubling
	return (shift+1)*octave + int(n>>shift) - octave
}

// top returns the longest time that falls into a part.
func top(p int) time.Duration {
	if p < octave {
		return time.Duration(p)
	}
	shift := p/octave - 1
	return time.Duration((uint64(p%octave+octave)+1)<<shift - 1)
}

// spread returns the figures.
func (s *sample) spread() Spread {
	if s.count == 0 {
		return Spread{}
	}
	slices.Sort(s.list)
	return Spread{
		Count: s.count, Max: s.max, Mean: s.sum / time.Duration(s.count),
		P50: s.rank(0.50), P95: s.rank(0.95), P99: s.rank(0.99), Histogram: s.histogram(),
	}
}

// rank returns the time of the nearest rank; the list is sorted.
func (s *sample) rank(q float64) time.Duration {
	n := max(1, int(math.Ceil(q*float64(s.count))))
	if s.parts == nil {
		return s.list[n-1]
	}
	for p, count := range s.parts {
		if n -= count; n <= 0 {
			return min(top(p), s.max)
		}
	}
	return s.max
}

// histogram counts the times in bars that grow by equal factors, from the first
// that holds any to the last.
func (s *sample) histogram() []Bar {
	list := []Bar{}
	count := func(d time.Duration, n int) {
		if n == 0 {
			return
		}
		i := barOf(d)
		for len(list) <= i {
			list = append(list, Bar{Up: upper(len(list))})
		}
		list[i].Count += n
	}
	for _, d := range s.list {
		count(d, 1)
	}
	for p, n := range s.parts {
		count(min(top(p), s.max), n)
	}
	first := slices.IndexFunc(list, func(b Bar) bool { return b.Count > 0 })
	return list[max(first, len(list)-bars):]
}

// barOf returns in which bar a time falls: the first one holds what is up to a
// microsecond.
func barOf(d time.Duration) int {
	if d <= time.Microsecond {
		return 0
	}
	i := int(math.Ceil(perDecade*math.Log10(float64(d)/float64(time.Microsecond)) - 1e-9))
	return max(i, 1)
}

// upper returns the longest time of a bar.
func upper(i int) time.Duration {
	return time.Duration(math.Round(float64(time.Microsecond) * math.Pow(10, float64(i)/perDecade)))
}
