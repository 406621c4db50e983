package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/wiretape/wiretape/capture"
)

// Overrides are the rules of a plan as a person reads and corrects them. Those
// of a compiled plan come from Plan.Rules; given back in Options.Plans, they
// replace what is inferred. What is left out is inferred as before.
type Overrides struct {
	// Endpoint is the URL without its query that the rules are for; "" is any.
	Endpoint string      `yaml:"endpoint,omitempty" json:"endpoint,omitempty"`
	Fields   []FieldRule `yaml:"fields,omitempty" json:"fields,omitempty"`
	Echoes   []EchoRule  `yaml:"echoes,omitempty" json:"echoes,omitempty"`
	Causes   []CauseRule `yaml:"causes,omitempty" json:"causes,omitempty"`
}

// FieldRule is the class of a field of the client's messages.
type FieldRule struct {
	Kind   string `yaml:"kind,omitempty" json:"kind,omitempty"` // the kind of message, as in "op=order"; "" is every kind
	Path   string `yaml:"path" json:"path"`                     // as in "$.args[*].sz"
	Class  string `yaml:"class" json:"class"`
	Seen   int    `yaml:"seen,omitempty" json:"seen,omitempty"`     // in how many messages; not read
	Values int    `yaml:"values,omitempty" json:"values,omitempty"` // with how many values; not read
	Why    string `yaml:"why,omitempty" json:"why,omitempty"`       // not read
}

// EchoRule says that the server repeats a value of the client.
type EchoRule struct {
	Kind string `yaml:"kind,omitempty" json:"kind,omitempty"` // the kind of the server's message
	Path string `yaml:"path" json:"path"`                     // where it is repeated
	From string `yaml:"from" json:"from"`                     // where the client sends it; "" or "-": it does not
	Seen int    `yaml:"seen,omitempty" json:"seen,omitempty"` // how often; not read
}

// CauseRule says which message of the client made the server send one of its
// own.
type CauseRule struct {
	Exchange capture.ExchangeID `yaml:"exchange" json:"exchange"`
	Message  uint64             `yaml:"message" json:"message"`
	Cause    uint64             `yaml:"cause" json:"cause"` // 0: nothing did
	Why      string             `yaml:"why,omitempty" json:"why,omitempty"`
	After    int64              `yaml:"after_ns,omitempty" json:"after_ns,omitempty"` // not read
}

// ParseRules reads rules in YAML or JSON.
func ParseRules(data []byte) (*Overrides, error) {
	o := &Overrides{}
	if err := yaml.UnmarshalWithOptions(data, o, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	for _, f := range o.Fields {
		if _, err := ParseClass(f.Class); err != nil {
			return nil, fmt.Errorf("read the plan: field %s: %w", f.Path, err)
		}
	}
	return o, nil
}

// WriteYAML writes the rules as ParseRules reads them.
func (o *Overrides) WriteYAML(w io.Writer) error {
	out, err := yaml.MarshalWithOptions(o, yaml.IndentSequence(true))
	if err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	_, err = w.Write(out)
	return err
}

// WriteJSON writes the rules as one JSON object.
func (o *Overrides) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(o)
}

// Rules returns the rules of the plan.
func (p *Plan) Rules() *Overrides {
	o := &Overrides{Endpoint: baseOf(p.recordings[0].ex.Request.URL)}
	if !p.socket {
		o.Endpoint = ""
	}
	for _, f := range p.fields.sorted() {
		if f.key.label == "" {
			continue
		}
		o.Fields = append(o.Fields, FieldRule{
			Kind: f.key.label, Path: f.key.path, Class: f.class.String(), Seen: f.n, Values: len(f.values), Why: f.why,
		})
	}
	o.Echoes = p.echoes()
	for _, r := range p.recordings {
		for _, m := range r.messages {
			if m.dir == capture.Send || !p.socket || m.part > 0 {
				continue
			}
			c := CauseRule{Exchange: r.ex.ID, Message: m.seq, Why: m.why.String()}
			if m.cause != nil && m.cause != r.root {
				c.Cause, c.After = m.cause.seq, int64(max(0, m.at-m.cause.done))
			}
			o.Causes = append(o.Causes, c)
		}
	}
	return o
}

// echoes sums up where the server repeats values of the client.
func (p *Plan) echoes() []EchoRule {
	var out []EchoRule
	at := map[EchoRule]int{}
	for _, m := range p.messages {
		for _, s := range m.slots {
			if s.entity.owner == capture.Receive || len(s.entity.paths) == 0 {
				continue
			}
			rule := EchoRule{Kind: m.label, Path: s.leaf.Path.Field, From: s.entity.paths[0]}
			i, ok := at[rule]
			if !ok {
				i = len(out)
				at[rule] = i
				out = append(out, rule)
			}
			out[i].Seen++
		}
	}
	slices.SortStableFunc(out, func(a, b EchoRule) int {
		if c := strings.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	return out
}

// applies reports whether the rules are for a plan.
func (o *Overrides) applies(p *Plan) bool {
	return o.Endpoint == "" || p.socket && baseOf(o.Endpoint) == baseOf(p.recordings[0].ex.Request.URL)
}

// correct replaces inferred classes by those of the rules.
func (p *Plan) correct() {
	for _, o := range p.overrides {
		if !o.applies(p) {
			continue
		}
		for _, rule := range o.Fields {
			p.fields.pin(rule)
		}
	}
}

// pin sets the class of a field.
func (t *fields) pin(rule FieldRule) {
	class, err := ParseClass(rule.Class)
	if err != nil {
		return // ParseRules has checked it
	}
	for label, table := range t.byKey {
		f := table[rule.Path]
		if f == nil || rule.Kind != "" && rule.Kind != label {
			continue
		}
		if f.class != class {
			f.class, f.why = class, "as told"
			f.jwt, f.refers = f.jwt && class == ClassToken, false
		}
	}
	if rule.Kind == "" {
		t.pinned[rule.Path] = class
	}
}

// told returns where the rules put values of the client, by kind and path; "-"
// for nowhere.
func (p *Plan) told() map[place]string {
	places := map[place]string{}
	for _, o := range p.overrides {
		if !o.applies(p) {
			continue
		}
		for _, e := range o.Echoes {
			name := "-"
			if e.From != "" && e.From != "-" {
				name = nameOfPath(e.From)
			}
			places[place{e.Kind, e.Path}] = name
		}
	}
	return places
}

// causes replaces inferred causes by those of the rules.
func (p *Plan) causes() {
	type key struct {
		exchange capture.ExchangeID
		seq      uint64
	}
	find := map[key][]*message{}
	for _, m := range p.messages {
		k := key{m.rec.ex.ID, m.seq}
		find[k] = append(find[k], m)
	}
	for _, o := range p.overrides {
		if !o.applies(p) {
			continue
		}
		for _, rule := range o.Causes {
			var cause *message
			if c := find[key{rule.Exchange, rule.Cause}]; rule.Cause > 0 && len(c) > 0 && c[0].dir == capture.Send {
				cause = c[0]
			}
			for _, m := range find[key{rule.Exchange, rule.Message}] {
				m.move(cause)
			}
		}
	}
}

// move gives a message of the server another cause.
func (m *message) move(cause *message) {
	if m.dir == capture.Send || m.cause == cause || cause == nil && m.why == byTimer {
		return
	}
	if m.cause != nil {
		m.cause.effects = slices.DeleteFunc(m.cause.effects, func(e *message) bool { return e == m })
	}
	if m.cause = cause; cause == nil {
		m.why = bySpontaneity
		return
	}
	m.why = byTurn
	cause.effects = append(cause.effects, m)
	slices.SortFunc(cause.effects, func(a, b *message) int { return a.order - b.order })
}
