package redact

import "bytes"

// special looks for the objects whose members tell something of one another.
func special(p []byte) map[int]flags {
	if !worthALook(p) {
		return nil
	}
	s := specialist{}
	l := lexer{p: p}
	for {
		t := l.next()
		switch t.kind {
		case kindEnd:
			return s.out
		case '{', '[':
			if len(s.levels) < maxLevels {
				s.levels = append(s.levels, specialLevel{at: t.start, object: t.kind == '{'})
			}
			s.isKey = t.kind == '{'
		case '}', ']':
			s.levels, s.isKey = s.levels[:max(len(s.levels)-1, 0)], false
		case ',':
			s.isKey = len(s.levels) > 0 && s.levels[len(s.levels)-1].object
		case ':':
			s.isKey = false
		case '"':
			if len(s.levels) > 0 {
				start, end := t.inner()
				s.text(string(p[start:min(end, start+64)]))
			}
		}
	}
}

// specialist is where special stands.
type specialist struct {
	levels []specialLevel
	isKey  bool
	out    map[int]flags
}

type specialLevel struct {
	at     int
	object bool
	name   string
}

// text looks at a name or a value.
func (s *specialist) text(text string) {
	top := &s.levels[len(s.levels)-1]
	switch {
	case s.isKey:
		top.name = normal(text)
		if top.name == "logprob" || top.name == "logprobs" {
			s.mark(top.at, flags{probs: true})
		}
	case top.object && verbName(top.name) && loginWord(text):
		s.mark(top.at, flags{login: true})
	case !top.object && len(s.levels) == 1 && loginWord(text):
		s.mark(top.at, flags{login: true}) // ["auth",{…}]
	}
}

func (s *specialist) mark(at int, f flags) {
	if s.out == nil {
		s.out = map[int]flags{}
	}
	was := s.out[at]
	s.out[at] = flags{login: was.login || f.login, probs: was.probs || f.probs}
}

// worthALook reports whether p holds a word that special looks for.
func worthALook(p []byte) bool {
	for _, word := range [...]string{"ogin", "OGIN", "uth", "UTH", "ogon", "ignin", "ign_in", "ogprob", "dentify", "onnection_init"} {
		if bytes.Contains(p, []byte(word)) {
			return true
		}
	}
	return false
}
