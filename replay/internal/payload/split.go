package payload

// SplitList returns a JSON message once for each element of the list in it, with
// that element alone: {"op":"subscribe","args":[a,b]} becomes {…"args":[a]} and
// {…"args":[b]}. The list is the first of two or more elements at the top of the
// message or one step below. It returns nil where there is none.
func SplitList(d *Doc) [][]byte {
	if d.Format != JSON {
		return nil
	}
	l := listFinder{src: d.Data}
	for i := 0; i < len(d.Data); i++ {
		if i = l.step(i); l.parts != nil {
			return l.parts
		}
	}
	return nil
}

// listFinder goes through a JSON text looking for a list.
type listFinder struct {
	src      []byte
	depth    int
	within   int // depth of the elements of the list at hand; 0: there is none
	elements []Span
	parts    [][]byte
}

// step takes the byte at i and returns the last one it used.
func (l *listFinder) step(i int) int {
	switch l.src[i] {
	case ' ', '\t', '\r', '\n':
	case ',':
		if l.within > 0 && l.within == l.depth {
			l.elements[len(l.elements)-1].End = i
			l.elements = append(l.elements, Span{-1, -1})
		}
	case '}', ']':
		if l.within > 0 && l.within == l.depth {
			l.elements[len(l.elements)-1].End = i
			l.parts = apart(l.src, l.elements)
			l.within = 0
		}
		l.depth--
	case '{', '[':
		l.begin(i)
		l.depth++
		if l.src[i] == '[' && l.within == 0 && (l.depth == 2 || l.depth == 3) {
			l.within, l.elements = l.depth, []Span{{-1, -1}}
		}
	case '"':
		l.begin(i)
		for i++; i < len(l.src) && l.src[i] != '"'; i++ {
			if l.src[i] == '\\' {
				i++
			}
		}
	default:
		l.begin(i)
	}
	return i
}

// begin notes where an element begins.
func (l *listFinder) begin(i int) {
	if l.within > 0 && l.within == l.depth {
		if e := &l.elements[len(l.elements)-1]; e.Start < 0 {
			e.Start = i
		}
	}
}

// apart makes a message of each element, if there are two or more.
func apart(src []byte, elements []Span) [][]byte {
	if len(elements) < 2 || elements[0].Start < 0 {
		return nil
	}
	first, last := elements[0].Start, elements[len(elements)-1].End
	var out [][]byte
	for _, e := range elements {
		if e.Start < 0 {
			return nil
		}
		part := append([]byte{}, src[:first]...)
		part = append(part, src[e.Start:e.End]...)
		out = append(out, append(part, src[last:]...))
	}
	return out
}
