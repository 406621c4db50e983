package diff

import "math"

// alike pairs messages of one kind that differ, in order, so that together they
// differ least. Where there are too many to weigh they are paired one after the
// other.
func (m *mating) alike(a, b []int32) {
	if len(a) == 0 || len(b) == 0 {
		return
	}
	alone := m.alone(a[0])
	if len(a)*len(b) > exact {
		for i := range min(len(a), len(b)) {
			if m.cost(a[i], b[i]) <= 2*alone {
				m.pair(a[i], b[i])
			}
		}
		return
	}
	w := &weighing{m: m, a: a, b: b, alone: alone}
	w.weigh()
	w.follow()
}

// weighing finds the cheapest way to pair two lists in order.
type weighing struct {
	m     *mating
	a, b  []int32
	alone float32
	took  []byte // by place in both lists: 'p' pairs, 'a' and 'b' leave one alone
}

// weigh works out, from the end, what is best at each place.
func (w *weighing) weigh() {
	rows, columns := len(w.a)+1, len(w.b)+1
	w.took = make([]byte, rows*columns)
	least := make([]float32, rows*columns)
	for at := rows*columns - 2; at >= 0; at-- {
		i, j := at/columns, at%columns
		best, how := float32(math.MaxFloat32), byte(0)
		if i+1 < rows && j+1 < columns {
			best, how = w.m.cost(w.a[i], w.b[j])+least[at+columns+1], 'p'
		}
		if i+1 < rows {
			if c := w.alone + least[at+columns]; c < best {
				best, how = c, 'a'
			}
		}
		if j+1 < columns {
			if c := w.alone + least[at+1]; c < best {
				best, how = c, 'b'
			}
		}
		least[at], w.took[at] = best, how
	}
}

// follow pairs what was found to be best.
func (w *weighing) follow() {
	for i, j := 0, 0; i < len(w.a) && j < len(w.b); {
		switch w.took[i*(len(w.b)+1)+j] {
		case 'p':
			w.m.pair(w.a[i], w.b[j])
			i, j = i+1, j+1
		case 'a':
			i++
		default:
			j++
		}
	}
}

// alone is what a message costs that has no mate. Messages of one kind always
// correspond rather than stay alone; of several kinds only those that are alike.
func (m *mating) alone(i int32) float32 {
	if m.ordered || m.a.kinds[m.a.items[i].kind] == "" {
		return 0.4
	}
	return 0.75
}

// cost returns how much two messages differ: 0 in nothing that lasts, 1 in all
// of it. That a scalar is there is worth as much as what it says.
func (m *mating) cost(i, j int32) float32 {
	a, b := m.a.of(&m.a.items[i]), m.b.of(&m.b.items[j])
	differ, all := 0, 0
	count := func(s sum, n int) {
		w := 1
		if s.weight == full {
			w = 2
		}
		differ += n * w
		all += 2 * w
	}
	p, q := 0, 0
	for p < len(a) || q < len(b) {
		switch {
		case q == len(b) || p < len(a) && a[p].path < b[q].path:
			count(a[p], 2)
			p++
		case p == len(a) || a[p].path > b[q].path:
			count(b[q], 2)
			q++
		case m.same(a[p], b[q]):
			count(a[p], 0)
			p, q = p+1, q+1
		default:
			count(a[p], 1)
			p, q = p+1, q+1
		}
	}
	if all == 0 {
		return 0
	}
	return float32(differ) / float32(all)
}

// same reports whether two scalars at one place are no difference. Values that
// vary are one where it is known that they do not correspond.
func (m *mating) same(a, b sum) bool {
	if a.value == b.value {
		return true
	}
	to, known := m.toA[b.value]
	if a.weight == half || a.weight == full {
		return known && to == a.value
	}
	_, other := m.toB[a.value]
	return a.weight == free || !known && !other || to == a.value
}
