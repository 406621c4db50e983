package payload

// SplitList returns a JSON message once for each element of the list in it, with
// that element alone: {"op":"subscribe","args":[a,b]} becomes {…"args":[a]} and
// {…"args":[b]}. The list is the first of two or more elements at the top of the
// message or one step below. It returns nil where there is none.
func SplitList(d *Doc) [][]byte {
	if d.Format != JSON {
		return nil
	}
	src := d.Data
	depth, start := 0, -1
	var elements []Span
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '"':
			if start >= 0 && depth == start && len(elements) > 0 && elements[len(elements)-1].Start < 0 {
				elements[len(elements)-1].Start = i
			}
			for i++; i < len(src) && src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if start >= 0 && depth == start && elements[len(elements)-1].Start < 0 {
				elements[len(elements)-1].Start = i
			}
			depth++
			if src[i] == '[' && start < 0 && depth >= 2 && depth <= 3 {
				start, elements = depth, []Span{{-1, -1}}
			}
		case '}', ']':
			if start == depth {
				elements[len(elements)-1].End = i
				if parts := apart(src, elements); parts != nil {
					return parts
				}
				start = -1
			}
			depth--
		case ',':
			if start == depth {
				elements[len(elements)-1].End = i
				elements = append(elements, Span{-1, -1})
			}
		case ' ', '\t', '\r', '\n':
		default:
			if start >= 0 && depth == start && elements[len(elements)-1].Start < 0 {
				elements[len(elements)-1].Start = i
			}
		}
	}
	return nil
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
