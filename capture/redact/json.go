package redact

import (
	"bytes"
	"strings"
)

// level is one open object or array on the way to a value.
type level struct {
	object bool
	key    string // name of the member at hand
	name   *name  // what is known of it; nil before the first
	index  int
	hash   uint64 // of the path to here
	flags
	whole bool // everything below is secret
}

// flags is what is known of an object from its other members.
type flags struct {
	login bool // it, or one around it, logs in
	probs bool // it holds the log probability of a "token", which is a word
}

// maxLevels is how deep secrets are looked for by name; below that, by their
// looks alone.
const maxLevels = 1000

// maxNesting is how often JSON inside strings of JSON is looked into.
const maxNesting = 4

// walker goes through JSON texts and finds what is secret by name, by path and
// by looks.
type walker struct {
	*finder
	lexer
	nesting
	objects map[int]flags // by where they begin; nil where none is special
	paths   map[string]string
}

// nesting is where a walker stands; it carries over from one part of a long text
// to the next.
type nesting struct {
	levels []level
	isKey  bool // the next string is a member's name
}

// json finds the secrets in p, one or several JSON texts, or what looks like it.
func (f *finder) json(p []byte) {
	w := walker{finder: f, lexer: lexer{p: p}}
	if !f.hints.known {
		f.hints = hintsOf(p)
		defer func() { f.hints = hints{} }()
	}
	if f.resume != nil {
		w.nesting = *f.resume
		defer func() { *f.resume = w.nesting }()
	}
	if f.r.rules.defaults {
		w.objects = special(p)
	}
	if len(f.r.rules.paths) > 0 {
		w.paths = f.r.rules.locate(p)
	}
	for {
		t := w.next()
		switch t.kind {
		case kindEnd:
			return
		case '{', '[':
			w.open(&t)
		case '}', ']':
			w.close()
		case ',':
			w.comma()
		case ':':
			w.isKey = false
		case '"':
			if w.isKey {
				w.name(&t)
			} else {
				w.text(&t)
			}
		case kindNumber:
			w.number(&t)
		case kindBad:
			w.bad(&t)
		}
	}
}

func (w *walker) top() *level {
	if len(w.levels) == 0 {
		return nil
	}
	return &w.levels[len(w.levels)-1]
}

func (w *walker) open(t *token) {
	if len(w.levels) >= maxLevels {
		return
	}
	l := level{object: t.kind == '{', hash: w.here()}
	l.flags = w.objects[t.start]
	if up := w.top(); up != nil {
		l.login = l.login || up.login
		l.whole = up.whole || w.member() == secretWhole
	}
	w.levels = append(w.levels, l)
	w.isKey = l.object
}

func (w *walker) close() {
	if len(w.levels) > 0 {
		w.levels = w.levels[:len(w.levels)-1]
	}
	w.isKey = false
}

func (w *walker) comma() {
	if l := w.top(); l != nil {
		l.index++
		w.isKey = l.object
	}
}

// here hashes the path to the value at hand, all elements of an array alike but
// for the number of the element.
func (w *walker) here() uint64 {
	l := w.top()
	if l == nil {
		return 14695981039346656037
	}
	h := l.hash
	mix := func(c byte) { h = (h ^ uint64(c)) * 1099511628211 }
	mix('.')
	if !l.object {
		mix(byte(l.index))
		mix(byte(l.index >> 8))
		return h
	}
	for i := range len(l.key) {
		mix(l.key[i])
	}
	return h
}

func (w *walker) name(t *token) {
	start, end := t.inner()
	if l := w.top(); l != nil {
		key := w.p[start:end]
		if t.escaped {
			key, _ = unescape(key)
		}
		l.name = w.r.rules.name(key)
		l.key = l.name.key
	}
	if end-start > 16 {
		w.scan(w.p, start, end)
	}
}

// member tells what the rules say of the member at hand; an element of an array
// counts as the member that holds the array.
func (w *walker) member() wide {
	for i := len(w.levels) - 1; i >= 0; i-- {
		l := &w.levels[i]
		if l.whole {
			return secretWhole
		}
		if !l.object {
			continue
		}
		switch {
		case l.name == nil || l.probs && l.name.normal == "token":
			return notSecret
		case l.login && l.name.login && l.name.wide == notSecret:
			return secretText
		}
		return l.name.wide
	}
	return notSecret
}

// text looks at a string value.
func (w *walker) text(t *token) {
	start, end := t.inner()
	if start >= end {
		return
	}
	if rule := w.byPath(); rule != "" {
		w.secretString(t, rule)
		return
	}
	switch {
	case w.member() != notSecret && !w.symbol(start, end):
		rule := "field"
		if l := w.top(); l != nil && l.login {
			rule = "login"
		}
		w.secretString(t, rule)
	case w.positional(start, end):
		w.secretString(t, "login")
	default:
		w.plain(t)
	}
}

// symbol reports whether the string is the name of a currency, where a member
// called token holds it.
func (w *walker) symbol(start, end int) bool {
	l := w.top()
	return l != nil && l.object && l.name != nil && end-start <= 6 && symbol(l.name.normal, string(w.p[start:end]))
}

// positional reports whether the string is an argument of a login message that
// only its place tells: {"op":"auth","args":["key",1795281978,"signature"]}.
func (w *walker) positional(start, end int) bool {
	l := w.top()
	if l == nil || l.object || !l.login || end-start < 8 || bytes.IndexByte(w.p[start:end], ' ') >= 0 {
		return false
	}
	return len(w.levels) < 2 || !loginWord(string(w.p[start:end]))
}

// secretString notes a string value as secret, but for the name of a scheme
// before it.
func (w *walker) secretString(t *token, rule string) {
	start, end := t.inner()
	text := w.p[start:end]
	if t.escaped {
		text, _ = unescape(text)
	}
	if isScheme(string(text)) && !t.escaped {
		switch word, _, _ := strings.Cut(string(text), " "); strings.ToLower(word) {
		case "bearer", "basic", "token", "apikey", "digest":
			start += len(word) + 1
			text = w.p[start:end]
		}
	}
	w.addAs(start, end, string(text), rule, w.place+" "+w.path())
}

// plain looks into a string value that no name gives away.
func (w *walker) plain(t *token) {
	start, end := t.inner()
	inner := finder{r: w.r, place: w.place, sameLength: w.sameLength, depth: w.depth + 1}
	var off []int
	if t.escaped {
		var text []byte
		text, off = unescape(w.p[start:end])
		inner.inside(text)
	} else {
		inner.hints = w.hints
		inner.inside(w.p[start:end])
	}
	if len(inner.edits) > 0 {
		path := w.path()
		for i := range inner.edits {
			e := &inner.edits[i]
			e.place = w.place + " " + path + strings.TrimPrefix(e.place, w.place)
		}
		w.within(&inner, start, off)
		return
	}
	if w.leaves != nil && end-start <= maxLeaf {
		*w.leaves = append(*w.leaves, leaf{path: w.here(), start: start, end: end, escaped: t.escaped})
	}
}

// inside finds the secrets in the text of a string: JSON again, or text.
func (f *finder) inside(p []byte) {
	if len(p) > 2 && f.depth <= maxNesting && (p[0] == '{' || p[0] == '[') && bytes.IndexByte(p, '"') > 0 {
		f.json(p)
		return
	}
	f.scan(p, 0, len(p))
}

// number looks at a number value.
func (w *walker) number(t *token) {
	rule := w.byPath()
	if rule == "" && w.member() == secretWhole {
		rule = "field"
	}
	if rule == "" || t.end-t.start < 3 {
		return
	}
	w.add(w.p, t.start, t.end, rule, w.place+" "+w.path())
	if n := len(w.edits); n > 0 && w.edits[n-1].start == t.start {
		w.edits[n-1].quoted = true
	}
}

// bad skips what is not JSON up to the end of the line, and looks at it as text.
func (w *walker) bad(t *token) {
	end := len(w.p)
	if i := bytes.IndexAny(w.p[t.start:], "\n\x1e\x00"); i >= 0 {
		end = t.start + i
	}
	w.scan(w.p, t.start, end)
	w.levels, w.isKey = w.levels[:0], false
	w.at = end
}

// path spells the path to the value at hand, as in $.args[*].apiKey.
func (w *walker) path() string {
	b := []byte("$")
	for i := range w.levels {
		l := &w.levels[i]
		if !l.object {
			b = append(b, "[*]"...)
			continue
		}
		b = append(append(b, '.'), l.key...)
		if len(b) > 200 {
			return string(b[:200]) + "…"
		}
	}
	return string(b)
}
