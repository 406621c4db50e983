package view

import "bytes"

// json writes JSON texts, one or several.
func (out *printer) json(p []byte) *Malformed {
	l, t := jsonLexer{p: p}, newTree(out)
	out.asJSON = true
	defer func() { out.asJSON = false }()
	for {
		start := l.pos
		tok, text, reason := l.next()
		if reason != "" {
			t.end()
			if rest := p[min(start, l.pos):]; len(bytes.Trim(rest, ", \t\r\n")) > 0 {
				out.text(rest)
				out.endLine()
			}
			return &Malformed{Offset: int64(l.pos), Reason: reason}
		}
		switch tok {
		case jsonEnd:
			t.end()
			return nil
		case jsonOpen:
			t.open(string(text))
		case jsonShut:
			t.close(string(text))
		case jsonKey:
			t.key(text, key)
		case jsonString:
			t.value(text, str)
		default:
			t.value(text, number)
		}
	}
}
