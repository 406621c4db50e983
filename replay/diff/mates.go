package diff

import "github.com/wiretape/wiretape/capture"

// mating finds for each message of A the one of B that it corresponds to.
type mating struct {
	a, b    *list
	ordered bool
	// What corresponds to each other of values that are made anew in each run.
	toB, toA map[uint64]uint64
	own      map[uint64]uint64 // those of A, which stand for themselves
}

// find sets the mates: first what the client sent, which tells whose ids are
// whose, then what the server did.
func (m *mating) find() {
	m.toB, m.toA, m.own = map[uint64]uint64{}, map[uint64]uint64{}, map[uint64]uint64{}
	for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
		m.a.rekey(m.own)
		m.b.rekey(m.toA)
		lanes := m.lanes(dir)
		if !m.ordered {
			m.named(lanes)
		}
		for _, l := range lanes {
			m.align(l)
		}
		if !m.ordered {
			m.strays(lanes)
		}
		m.bind(dir)
	}
}

// lane is the messages of one kind, as places in the lists.
type lane struct{ a, b []int32 }

// lanes sorts the messages of a direction by kind, in the order in which these
// first came.
func (m *mating) lanes(dir capture.Direction) []*lane {
	var out []*lane
	at := map[uint64]*lane{}
	get := func(key uint64) *lane {
		l := at[key]
		if l == nil {
			l = &lane{}
			at[key] = l
			out = append(out, l)
		}
		return l
	}
	for i := range m.a.items {
		if it := &m.a.items[i]; it.dir == dir {
			l := get(it.lane)
			l.a = append(l.a, int32(i))
		}
	}
	for i := range m.b.items {
		if it := &m.b.items[i]; it.dir == dir {
			l := get(it.lane)
			l.b = append(l.b, int32(i))
		}
	}
	return out
}

// pair makes two messages mates.
func (m *mating) pair(a, b int32) {
	m.a.items[a].mate, m.b.items[b].mate = b, a
}

// named pairs messages that have the id of one that is paired already, as
// answers do: first those that are equal, then those that are not.
func (m *mating) named(lanes []*lane) {
	if len(m.toB) == 0 {
		return
	}
	for _, l := range lanes {
		m.claim(l, func(k *list, it *item, to map[uint64]uint64) (uint64, bool) {
			_, ok := idOf(k, it, to)
			return it.key, ok
		})
		m.claim(l, idOf)
	}
}

// idOf returns the first value of a message that corresponds to one of the
// other side, in A's spelling.
func idOf(k *list, it *item, to map[uint64]uint64) (uint64, bool) {
	for _, s := range k.of(it) {
		if s.weight == bindable {
			if a, ok := to[s.value]; ok {
				return a, true
			}
		}
	}
	return 0, false
}

// claim pairs, in order, the messages for which name returns the same.
func (m *mating) claim(l *lane, name func(*list, *item, map[uint64]uint64) (uint64, bool)) {
	waiting := map[uint64][]int32{}
	for _, j := range l.b {
		it := &m.b.items[j]
		if it.mate >= 0 {
			continue
		}
		if key, ok := name(m.b, it, m.toA); ok {
			waiting[key] = append(waiting[key], j)
		}
	}
	if len(waiting) == 0 {
		return
	}
	for _, i := range l.a {
		it := &m.a.items[i]
		if it.mate >= 0 {
			continue
		}
		key, ok := name(m.a, it, m.own)
		if !ok {
			continue
		}
		if q := waiting[key]; len(q) > 0 {
			m.pair(i, q[0])
			waiting[key] = q[1:]
		}
	}
}

// align pairs what of a lane is left: what is equal, in order; what is equal, in
// any order; what is alike, between what is equal in order.
func (m *mating) align(l *lane) {
	a, b := m.left(m.a, l.a), m.left(m.b, l.b)
	if len(a) == 0 || len(b) == 0 {
		return
	}
	cuts := map[int]int{} // places in a, and those in b that they are equal to
	x := aligner{a: keys(m.a, a), b: keys(m.b, b), match: func(i, j int) {
		m.pair(a[i], b[j])
		cuts[i] = j
	}}
	x.run(0, len(a), 0, len(b), 0)
	if !m.ordered {
		waiting := map[uint64][]int32{}
		for _, j := range b {
			if it := &m.b.items[j]; it.mate < 0 {
				waiting[it.key] = append(waiting[it.key], j)
			}
		}
		for _, i := range a {
			if it := &m.a.items[i]; it.mate < 0 && len(waiting[it.key]) > 0 {
				m.pair(i, waiting[it.key][0])
				waiting[it.key] = waiting[it.key][1:]
			}
		}
	}
	a0, b0 := 0, 0
	for i := range a {
		if j, ok := cuts[i]; ok {
			m.alike(m.left(m.a, a[a0:i]), m.left(m.b, b[b0:j]))
			a0, b0 = i+1, j+1
		}
	}
	m.alike(m.left(m.a, a[a0:]), m.left(m.b, b[b0:]))
}

// left returns those of some messages that have no mate.
func (m *mating) left(k *list, of []int32) []int32 {
	var out []int32
	for _, i := range of {
		if k.items[i].mate < 0 {
			out = append(out, i)
		}
	}
	return out
}

func keys(k *list, of []int32) []uint64 {
	out := make([]uint64, len(of))
	for n, i := range of {
		out[n] = k.items[i].key
	}
	return out
}

// strays pairs what is left of all kinds where both have the id of one request:
// an error where there was an answer.
func (m *mating) strays(lanes []*lane) {
	all := &lane{}
	for _, l := range lanes {
		all.a = append(all.a, m.left(m.a, l.a)...)
		all.b = append(all.b, m.left(m.b, l.b)...)
	}
	m.claim(all, idOf)
}

// bind learns from the pairs of a direction which values correspond, from equal
// ones first.
func (m *mating) bind(dir capture.Direction) {
	for _, equal := range [...]bool{true, false} {
		for i := range m.a.items {
			it := &m.a.items[i]
			if it.mate < 0 || it.dir != dir {
				continue
			}
			mate := &m.b.items[it.mate]
			if (it.key == mate.key) == equal {
				m.correspond(m.a.of(it), m.b.of(mate))
			}
		}
	}
}

// maxBound is how many values are known to correspond.
const maxBound = 1 << 20

// correspond takes the ids that stand at the same places.
func (m *mating) correspond(a, b []sum) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].path < b[j].path:
			i++
		case a[i].path > b[j].path:
			j++
		default:
			_, knownA := m.toB[a[i].value]
			_, knownB := m.toA[b[j].value]
			if a[i].weight == bindable && b[j].weight == bindable && !knownA && !knownB && len(m.toB) < maxBound {
				m.toB[a[i].value], m.toA[b[j].value] = b[j].value, a[i].value
				m.own[a[i].value] = a[i].value
			}
			i, j = i+1, j+1
		}
	}
}
