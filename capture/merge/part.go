package merge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Kind tells what grows in an answer.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	Reasoning
	Refusal
	ToolInput  // the arguments of a tool call
	Transcript // of spoken output
)

// String returns "text", "reasoning", "refusal", "tool" or "transcript".
func (k Kind) String() string {
	return [...]string{"text", "reasoning", "refusal", "tool", "transcript"}[min(k, Transcript)]
}

// key is where in its answer a part belongs: a kind and one or two numbers, in
// the order in which the parts are joined, or a name.
type key struct {
	kind Kind
	a, b int
	id   string
}

// part is a run of text that fragments make.
type part struct {
	key
	choice *choice
	buf    []byte
	high   rune // the first half of a surrogate pair, whose second half may come

	typ       string // of a block of reasoning
	signature string
	data      string
	citations []json.RawMessage
	logged    bool // listed among the thoughts, as there is more to it than text
}

// add appends the string v.
func (p *part) add(d *draft, v value) {
	if len(v) > 2 {
		begin := len(p.buf)
		if d.take(len(v) - 2) {
			p.buf, p.high = v.unescape(p.buf, p.high)
		}
		p.grew(d, begin)
	}
}

// addText appends text that is not JSON.
func (p *part) addText(d *draft, text string) {
	begin := len(p.buf)
	if text != "" && d.take(len(text)) {
		p.buf = append(p.buf, text...)
	}
	p.grew(d, begin)
}

// set replaces the text by the string v. Those who follow hear of what v has
// more than there was; that it says something else, they do not.
func (p *part) set(d *draft, v value) {
	if !v.is('"') {
		return
	}
	p.setBytes(d, []byte(v.text()))
}

// setBytes replaces the text.
func (p *part) setBytes(d *draft, text []byte) {
	if bytes.Equal(text, p.buf) {
		p.high = 0
		return
	}
	if !d.take(len(text) - len(p.buf)) {
		return
	}
	begin := len(text)
	if bytes.HasPrefix(text, p.buf) {
		begin = len(p.buf)
	}
	p.buf, p.high = bytes.Clone(text), 0
	p.grew(d, begin)
}

// grew tells those who follow what was appended.
func (p *part) grew(d *draft, begin int) {
	if d.delta == nil || begin >= len(p.buf) {
		return
	}
	d.delta(Delta{
		Seq: d.event.seq, At: d.event.at, Choice: p.choice.index, Kind: p.kind, Text: string(p.buf[begin:]),
	})
}

// cite keeps a citation of the text.
func (p *part) cite(d *draft, v value) {
	if v != nil && len(p.citations) < maxParts && d.take(len(v)) {
		p.citations = append(p.citations, v.raw())
	}
}

// string returns the text so far. Half a surrogate pair becomes U+FFFD.
func (p *part) string() string {
	if p.high == 0 {
		return string(p.buf)
	}
	return string(utf8.AppendRune(bytes.Clone(p.buf), utf8.RuneError))
}

// part returns the part of an answer that belongs at k, new or not. Fragments
// of one part come in a row, so the last one is looked at first. Beyond
// maxParts nothing is new: what comes goes to a part that is thrown away.
func (c *choice) part(d *draft, k key) *part {
	if c.last != nil && c.last.key == k {
		return c.last
	}
	p := c.byKey[k]
	if p == nil {
		p = &part{key: k, choice: c}
		if len(c.parts) >= maxParts {
			d.note("more than %d parts: the rest is left out", maxParts)
			return p
		}
		if c.byKey == nil {
			c.byKey = map[key]*part{}
		}
		c.byKey[k] = p
		c.parts = append(c.parts, p)
	}
	c.last = p
	return p
}

// join returns the parts of one kind, one behind the other, in the order of
// their numbers; those with the same numbers in the order in which they came.
func (c *choice) join(kind Kind) string {
	parts := c.sorted(kind)
	if len(parts) == 1 {
		return parts[0].string()
	}
	var b []byte
	for _, p := range parts {
		b = append(b, p.string()...)
	}
	return string(b)
}

// sorted returns the parts of one kind in their order.
func (c *choice) sorted(kind Kind) []*part {
	var parts []*part
	for _, p := range c.parts {
		if p.kind == kind {
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(p, q *part) int {
		return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
	})
	return parts
}

// thoughts lists the blocks of reasoning if one of them has more to it than its
// text.
func (c *choice) thoughts() []Thought {
	var list []Thought
	more := false
	for _, p := range c.sorted(Reasoning) {
		more = more || p.logged || p.signature != "" || p.data != ""
		list = append(list, Thought{Type: p.typ, Text: p.string(), Signature: p.signature, Data: p.data})
	}
	if !more {
		return nil
	}
	return list
}

// cite appends the elements of v to the citations.
func (c *choice) cite(d *draft, v value) {
	for e := range v.elements() {
		c.citeOne(d, e)
	}
}

// citeOne appends one citation.
func (c *choice) citeOne(d *draft, v value) {
	if v != nil && d.take(len(v)) {
		c.citations = append(c.citations, v.raw())
	}
}
