package merge

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/theory/jsonpath"
)

// paths merges what JSONPath queries select, whatever the format.
type paths struct {
	text, reasoning *jsonpath.Path
	events, misses  int
	first           uint64 // the first event in which nothing was selected
}

// PathError says where a JSONPath is wrong.
type PathError struct {
	Path string
	Err  error
}

// Error implements error.
func (e *PathError) Error() string { return fmt.Sprintf("JSONPath %q: %v", e.Path, e.Err) }

// Unwrap returns Err.
func (e *PathError) Unwrap() error { return e.Err }

// Hint says what a person can do about it.
func (e *PathError) Hint() string {
	return `JSONPath is that of RFC 9535: $.choices[0].delta.content, $..text, $.parts[?@.type=="text"].text`
}

// newPaths reads the queries, of which one may be "".
func newPaths(text, reasoning string) (*paths, error) {
	p := &paths{}
	for _, q := range [...]struct {
		expr string
		path **jsonpath.Path
	}{{text, &p.text}, {reasoning, &p.reasoning}} {
		if q.expr == "" {
			continue
		}
		parsed, err := jsonpath.Parse(q.expr)
		if err != nil {
			return nil, &PathError{q.expr, err}
		}
		*q.path = parsed
	}
	return p, nil
}

func (p *paths) add(d *draft, e *event) {
	if e.sent {
		return
	}
	d.atEOF, d.status = true, p.status
	if e.json == nil {
		d.terminator = done
		return
	}
	dec := json.NewDecoder(bytes.NewReader(e.json))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return // nested deeper than the decoder goes
	}
	c := d.choice(0)
	p.events++
	hit := p.selectText(d, c.part(d, key{kind: Reasoning}), p.reasoning, doc)
	if hit = p.selectText(d, c.part(d, key{kind: Text}), p.text, doc) || hit; !hit {
		if p.misses++; p.misses == 1 {
			p.first = e.seq
		}
	}
}

// status says how well the queries fit the stream.
func (p *paths) status() string {
	if p.misses == 0 {
		return ""
	}
	return fmt.Sprintf("the path selects something in %d of %d events; the first without is event %d", p.events-p.misses, p.events, p.first)
}

// selectText appends what a query selects, and reports whether that is
// anything. Objects, arrays and null have no text.
func (p *paths) selectText(d *draft, to *part, query *jsonpath.Path, doc any) bool {
	if query == nil {
		return false
	}
	hit := false
	for _, n := range query.Select(doc) {
		hit = true
		switch n := n.(type) {
		case string:
			to.addText(d, n)
		case json.Number:
			to.addText(d, n.String())
		case bool:
			to.addText(d, fmt.Sprint(n))
		}
	}
	return hit
}
