package view

// json writes JSON texts, one or several.
func (out *printer) json(p []byte) *Malformed {
	l, t := jsonLexer{p: p}, newTree(out)
	out.asJSON = true
	defer func() { out.asJSON = false }()
	for {
		tok, text, reason := l.next()
		if reason != "" {
			t.spill()
			if !t.afterKey {
				out.endLine()
			}
			out.text(p[l.at:])
			out.endLine()
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
