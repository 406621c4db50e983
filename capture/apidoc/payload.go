package apidoc

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

const (
	maxSample   = 1 << 20 // bytes of a payload that is looked into
	maxShown    = 4 << 10 // bytes of an example
	maxExamples = 3
)

// payloads is what was seen of the payloads of one kind.
type payloads struct {
	sampler
	budget   *int
	tuple    bool // the places of an array have meanings of their own
	root     *node
	formats  map[Format]int
	examples []Example
	shown    map[string]bool // the shapes that there are examples of
	spare    *Example        // one of a shape that was shown
}

// add takes one more payload, if it is its turn.
func (p *payloads) add(e Example) bool {
	if !p.take() {
		return false
	}
	if p.formats == nil {
		p.formats, p.shown = map[Format]int{}, map[string]bool{}
	}
	if len(e.Payload) > maxSample {
		return false
	}
	if e.Format == "" {
		e.Format = formatOfPayload(e.Payload)
	}
	p.formats[e.Format]++
	if p.root == nil {
		p.root = newNode(p.budget)
	}
	switch e.Format {
	case JSON:
		p.root.add(jsontext.Of(e.Payload), 0, p.tuple)
	case Text:
		p.root.string(strings.TrimRight(string(e.Payload[:min(len(e.Payload), maxShown)]), "\r\n"))
	}
	p.show(e)
	return true
}

// show keeps a payload as an example, if none of its shape is there yet.
func (p *payloads) show(e Example) {
	if len(p.examples) == maxExamples || len(e.Payload) == 0 || len(e.Payload) > maxShown {
		return
	}
	form := formOf(&e)
	if p.shown[form] {
		if p.spare == nil && !bytes.Equal(e.Payload, p.examples[0].Payload) {
			p.spare = &e
			e.Payload = bytes.Clone(e.Payload)
		}
		return
	}
	p.shown[form] = true
	e.Payload = bytes.Clone(e.Payload)
	p.examples = append(p.examples, e)
}

// formOf tells apart the payloads that are built differently.
func formOf(e *Example) string {
	if e.Format != JSON {
		return string(e.Format)
	}
	var names []string
	for name := range jsontext.Of(e.Payload).Members {
		if names = append(names, string(name)); len(names) == 64 {
			break
		}
	}
	slices.Sort(names)
	return strings.Join(names, "\x00")
}

// formatOfPayload tells how a payload is written.
func formatOfPayload(b []byte) Format {
	v := jsontext.Of(b)
	switch {
	case (v.Is('{') || v.Is('[')) && json.Valid(v):
		return JSON
	case utf8.Valid(b) && bytes.IndexByte(b, 0) < 0:
		return Text
	}
	return Binary
}

// format returns how all payloads were written.
func (p *payloads) format() Format {
	switch {
	case p.formats[Binary] > 0:
		return Binary
	case p.formats[Text] > 0 || len(p.formats) == 0:
		return Text
	case p.formats[Form] > 0:
		return Form
	}
	return JSON
}

// all returns the examples; one of a shape that was shown already where there
// are no others.
func (p *payloads) all() []Example {
	if len(p.examples) == 1 && p.spare != nil {
		return append(p.examples, *p.spare)
	}
	return p.examples
}

// schema returns what can be said of the payloads; what is now and then no text
// is a string like any other.
func (p *payloads) schema() *Schema {
	switch {
	case p.root == nil:
		return nil
	case p.formats[Binary] > 0:
		return &Schema{Types: []string{"string"}, Format: "binary"}
	}
	return p.root.named(anyKind)
}

// anyKind is the name of a member whose one value tells the kind: what a text
// message does that is always the same.
const anyKind = "type"

// form returns a form as the JSON text of an object.
func form(body []byte) []byte {
	var out []byte
	seen := map[string]bool{}
	for name, value := range pairs(string(body)) {
		if seen[name] || len(seen) == maxMembers {
			continue
		}
		out = append(out, tern(len(seen) == 0, "{", ",")...)
		seen[name] = true
		out = append(append(append(out, quoted(name)...), ':'), quoted(value)...)
	}
	if len(seen) == 0 {
		return []byte("{}")
	}
	return append(out, '}')
}

func tern(cond bool, a, b string) string {
	if cond {
		return a
	}
	return b
}

// pointerTo returns the place of a scalar in a JSON text, as a JSON pointer,
// the first at the top and then one level below; "" where it is not.
func pointerTo(v jsontext.Value, id string) string {
	if v.Is('[') {
		i := 0
		for e := range v.Elements {
			if scalarIs(e, id) {
				return "/" + strconv.Itoa(i)
			}
			i++
		}
		return ""
	}
	below := ""
	for name, m := range v.Members {
		at := "/" + escapePointer.Replace(string(name))
		if scalarIs(m, id) {
			return at
		}
		if below != "" || !m.Is('{') {
			continue
		}
		for inner, value := range m.Members {
			if scalarIs(value, id) {
				below = at + "/" + escapePointer.Replace(string(inner))
				break
			}
		}
	}
	return below
}

// escapePointer escapes a name for a JSON pointer (RFC 6901 §3).
var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

func scalarIs(v jsontext.Value, text string) bool {
	return (v.Is('"') || v.Number()) && len(v) <= len(text)*6+2 && v.Text() == text
}

// example returns an example without its format.
func example(ex *capture.Exchange, seq uint64, payload []byte) Example {
	return Example{Exchange: ex.ID, Seq: seq, Payload: payload}
}
