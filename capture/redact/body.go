package redact

import (
	"bytes"
	"unicode/utf8"
)

// text finds the secrets in a body that is neither JSON nor a form: text,
// markup, or anything else.
func (f *finder) text(p []byte) {
	if !utf8.Valid(p) {
		f.sameLength = true
	}
	if f.r.rules.defaults && bytes.IndexByte(p, '<') >= 0 {
		f.elements(p)
	}
	f.scan(p, 0, len(p))
}

// elements finds what stands between the tags of an element that is named like
// a secret: <password>…</password>.
func (f *finder) elements(p []byte) {
	for at := 0; ; {
		n := bytes.IndexByte(p[at:], '<')
		if n < 0 {
			return
		}
		at += n + 1
		end := at
		for end < len(p) && (tokenByte(p[end]) || p[end] == ':' || p[end] == '.') {
			end++
		}
		if end == at || end >= len(p) || end-at > 64 {
			continue
		}
		name := p[at:end]
		if i := bytes.LastIndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		if f.r.rules.name(name).wide == notSecret {
			continue
		}
		start := cutAt(p, end, len(p), '>') + 1
		if start > len(p) || p[start-2] == '/' {
			continue
		}
		if stop := cutAt(p, start, len(p), '<'); stop < len(p) && stop-start < 4096 {
			f.add(p, start, stop, "field", f.place+" <"+string(name)+">")
		}
	}
}

// multipart finds the secrets in the parts of a form (RFC 7578).
func (f *finder) multipart(p []byte) {
	line := cutAt(p, 0, len(p), '\n')
	boundary := bytes.TrimRight(p[:line], "\r\n")
	if len(boundary) < 3 || boundary[0] != '-' || boundary[1] != '-' {
		f.text(p)
		return
	}
	start := line + 1
	for start < len(p) {
		stop, next := len(p), len(p)
		if i := bytes.Index(p[start:], boundary); i >= 0 {
			stop, next = start+i, start+i+len(boundary)
		}
		f.formPart(p, start, stop)
		start = next
	}
}

// formPart looks at one part: its head, a blank line, its content.
func (f *finder) formPart(p []byte, start, stop int) {
	blank := bytes.Index(p[start:stop], []byte("\r\n\r\n"))
	gap := 4
	if blank < 0 {
		if blank = bytes.Index(p[start:stop], []byte("\n\n")); blank < 0 {
			return
		}
		gap = 2
	}
	head := p[start : start+blank]
	content := start + blank + gap
	end := len(bytes.TrimRight(p[:stop], "\r\n"))
	if end <= content {
		return
	}
	name := parameter(head, "name")
	if f.r.rules.isQuery(name, string(p[content:end])) {
		f.add(p, content, end, "query", "form "+name)
		return
	}
	inner := &finder{r: f.r, place: f.place, sameLength: f.sameLength}
	inner.message(p[content:end])
	f.within(inner, content, nil)
}

// parameter returns the quoted value of a parameter of a field in head.
func parameter(head []byte, name string) string {
	_, after, ok := bytes.Cut(head, []byte(" "+name+`="`))
	if !ok {
		return ""
	}
	value, _, _ := bytes.Cut(after, []byte(`"`))
	return string(value)
}

// event finds the secrets in one block of an event stream: in its data, joined
// as a client would, and in its other lines.
func (f *finder) event(p []byte) {
	data, off := make([]byte, 0, len(p)), make([]int, 0, len(p)+1)
	lines, single, last := 0, -1, 0
	for start := 0; start < len(p); {
		stop := start + indexAny(p[start:], "\r\n")
		value := dataStart(p, start, stop)
		if value < 0 {
			f.scan(p, start, stop)
		} else {
			if lines > 0 {
				data, off = append(data, '\n'), append(off, stop)
			}
			lines++
			single, last = value, stop
			data = append(data, p[value:stop]...)
			for i := value; i < stop; i++ {
				off = append(off, i)
			}
		}
		start = stop + 1
	}
	if lines == 0 {
		return
	}
	inner := &finder{r: f.r, place: f.place, sameLength: f.sameLength, leaves: f.leaves}
	inner.message(data)
	if lines == 1 {
		off = nil
	} else {
		off, single = append(off, last), 0
	}
	f.within(inner, single, off)
	f.moveLeaves(single, off)
}

// moveLeaves says where the leaves found in an event's data stand in its block.
// Those that lie on several lines are no use.
func (f *finder) moveLeaves(base int, off []int) {
	if f.leaves == nil {
		return
	}
	kept := (*f.leaves)[:0]
	for _, l := range *f.leaves {
		if off != nil {
			from, to := off[l.start], off[l.end-1]+1
			if to-from != l.end-l.start {
				continue
			}
			l.start, l.end = from, to
		}
		l.start += base
		l.end += base
		kept = append(kept, l)
	}
	*f.leaves = kept
}

// dataStart returns where the value of a data line begins, or -1 for another
// line (WHATWG HTML 9.2.6).
func dataStart(p []byte, start, stop int) int {
	line := bytes.TrimPrefix(p[start:stop], []byte("\xef\xbb\xbf"))
	rest, ok := bytes.CutPrefix(line, []byte("data:"))
	if !ok {
		return -1
	}
	rest = bytes.TrimPrefix(rest, []byte(" "))
	return stop - len(rest)
}
