package view

// tree writes nested values on a printer: a container that is short and holds
// no other on one line, any other with a line for each element. It holds no
// more than one such short container.
type tree struct {
	out      *printer
	depth    int
	filled   []bool // for each open container, whether it has an element
	afterKey bool
	keyNext  bool
	col      int    // columns used in this line, roughly
	limit    int    // columns of a container on one line
	waiting  []leaf // of the innermost container, while it may fit
	opener   string // of that container
	width    int    // columns it takes so far
	holding  bool
}

// leaf is a key or a value that waits.
type leaf struct {
	text  []byte
	paint paint
	key   bool
}

// maxIndent is the depth from which nested containers stay on their line, so
// that the output of a deep one is not the square of its input.
const maxIndent = 48

func newTree(out *printer) *tree {
	limit := 80
	if out.st.Width > 0 {
		limit = min(max(out.st.Width, 40), 100)
	}
	return &tree{out: out, limit: limit}
}

// open begins a container.
func (t *tree) open(opener string) {
	t.spill()
	t.keyNext = false
	t.element()
	t.opener, t.width, t.holding = opener, t.col+2*len(opener), true
}

// key gives the key of the next value.
func (t *tree) key(text []byte, p paint) { t.add(leaf{text, p, true}) }

// value adds a value.
func (t *tree) value(text []byte, p paint) {
	t.add(leaf{text, p, t.keyNext})
	t.keyNext = false
}

// asKey makes the next value a key. A container cannot be one: it stands as an
// element before its value. t may be nil.
func (t *tree) asKey() *tree {
	if t != nil {
		t.keyNext = true
	}
	return t
}

// close ends the innermost container.
func (t *tree) close(closer string) {
	if t.holding {
		t.line(closer)
		return
	}
	filled := t.filled[len(t.filled)-1]
	t.filled = t.filled[:len(t.filled)-1]
	t.depth--
	t.afterKey = false
	if filled {
		t.newline()
	}
	t.out.plain(closer)
}

// end writes what waits, and ends the line.
func (t *tree) end() {
	t.spill()
	t.out.endLine()
}

// add lets a leaf wait with its container, or writes it if that is given up.
func (t *tree) add(l leaf) {
	if t.holding {
		t.waiting = append(t.waiting, l)
		if t.width += len(l.text) + 2; t.width > t.limit {
			t.spill()
		}
		return
	}
	t.put(l)
}

// put writes a key or a value of a container that has a line for each.
func (t *tree) put(l leaf) {
	t.element()
	t.out.painted(l.paint, l.text)
	t.col += len(l.text)
	if l.key {
		t.out.plain(": ")
		t.afterKey = true
		t.col += 2
	}
}

// element writes what stands before an element: a comma after the one before
// it, and a line of its own.
func (t *tree) element() {
	if t.afterKey {
		t.afterKey = false
		return
	}
	if len(t.filled) == 0 {
		t.out.endLine()
		t.col = 0
		return
	}
	if last := &t.filled[len(t.filled)-1]; *last {
		t.out.plain(",")
	} else {
		*last = true
	}
	t.newline()
}

func (t *tree) newline() {
	if t.depth > maxIndent {
		t.out.plain(" ")
		return
	}
	t.out.newline()
	t.out.indent(t.depth)
	t.col = 2 * t.depth
}

// spill begins a line for each element of the container that was waiting.
func (t *tree) spill() {
	if !t.holding {
		return
	}
	t.holding = false
	t.out.plain(t.opener)
	t.filled = append(t.filled, false)
	t.depth++
	for _, l := range t.waiting {
		t.put(l)
	}
	t.waiting = t.waiting[:0]
}

// line writes the waiting container on one line.
func (t *tree) line(closer string) {
	t.holding = false
	t.out.plain(t.opener)
	afterKey := true
	for _, l := range t.waiting {
		if !afterKey {
			t.out.plain(", ")
		}
		t.out.painted(l.paint, l.text)
		if afterKey = l.key; l.key {
			t.out.plain(": ")
		}
	}
	t.out.plain(closer)
	t.waiting = t.waiting[:0]
}
