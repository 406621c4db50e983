package payload

import "strings"

// Stream takes the JSON texts of an event stream, or of JSON lines, apart: each
// line that is one, or that is "data:" and one. All texts share their paths.
func (p *Parser) Stream(data []byte) *Doc {
	d := &Doc{Format: Lines, Data: data}
	src := string(data)
	root := p.paths.root("$")
	for pos := 0; pos < len(src); {
		n := strings.IndexAny(src[pos:], "\r\n")
		if n < 0 {
			n = len(src) - pos
		}
		start, end := pos, pos+n
		pos = end + 1
		if strings.HasPrefix(src[start:end], "data:") {
			start += len("data:")
		}
		for start < end && (src[start] == ' ' || src[start] == 0x1e) {
			start++
		}
		s := jsonScanner{paths: &p.paths, src: src[start:end], base: start}
		if start < end && s.text(root, true) && s.pos == len(s.src) {
			d.Leaves = append(d.Leaves, s.leaves...)
		}
	}
	return d
}

// Join makes one Doc of the parts of an HTTP request: the leaves of each with
// their places moved to where the part stands in the joined data.
func Join(parts ...*Doc) *Doc {
	d := &Doc{Format: Text}
	for _, part := range parts {
		base := len(d.Data)
		d.Data = append(append(d.Data, part.Data...), '\n')
		for _, l := range part.Leaves {
			l.Start += base
			l.End += base
			d.Leaves = append(d.Leaves, l)
		}
		d.Frame += part.Frame
	}
	return d
}
