package replay

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// Bounds of what is kept of a field for inference.
const (
	maxSamples = 64
	maxValues  = 256
)

// near is how far a value may be from the clock at which it was sent to be a
// time of that moment; named is the same for fields that are named as times.
const (
	near  = 10 * time.Minute
	named = 26 * time.Hour
)

// sample is one value of a field, in a message.
type sample struct {
	m    *message
	leaf *payload.Leaf
}

// fields is the table of all fields of the client's messages.
type fields struct {
	byKey   map[string]map[string]*field // label, path
	series  map[string]*series           // by path, over all labels
	learned map[place][]string           // where the server repeats a series, by what was seen
	pinned  map[string]Class             // by path: classes a person set for every kind
	total   int                          // messages of the client, heartbeats left out
	http    bool
}

// learn gathers the fields of the client's messages and decides their classes.
func learn(messages []*message, http bool) *fields {
	t := &fields{byKey: map[string]map[string]*field{}, series: map[string]*series{}, learned: map[place][]string{}, pinned: map[string]Class{}, http: http}
	for _, m := range messages {
		if m.dir == capture.Send {
			if m.beat == noBeat {
				t.total++
			}
			t.gather(m)
		}
	}
	t.repeats(messages)
	for label, table := range t.byKey {
		identified, named := hasRequestField(table), hasOwnID(table)
		for _, f := range table {
			f.class, f.why = t.classify(f, label, identified, named)
			f.jwt = f.class == ClassToken && f.all(func(s sample) bool { _, ok := shape.JWT(s.leaf.Value); return ok })
		}
	}
	t.references(messages)
	return t
}

func (t *fields) gather(m *message) {
	shape := shapeOf(m)
	table := t.byKey[m.label]
	if table == nil {
		table = map[string]*field{}
		t.byKey[m.label] = table
	}
	m.fields = make([]*field, 0, len(m.doc.Leaves))
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		f := table[l.Path.Field]
		if f == nil {
			f = &field{key: fieldKey{m.label, l.Path.Field}, leaf: l.Path, values: map[string]int{}}
			table[l.Path.Field] = f
		}
		f.n++
		m.fields = append(m.fields, f)
		if len(f.values) < maxValues || f.values[l.Value] > 0 {
			f.values[l.Value]++
		}
		if len(f.samples) < maxSamples {
			f.samples = append(f.samples, sample{m, l})
		}
		if t.countable(l) {
			t.count(m, l, shape)
		}
	}
}

// all reports whether all samples of a field are so.
func (f *field) all(ok func(sample) bool) bool {
	for _, s := range f.samples {
		if !ok(s) {
			return false
		}
	}
	return len(f.samples) > 0
}

// hasRequestField reports whether messages have a field at the top that can
// only be the id of a request, so that a bare id is something else.
func hasRequestField(table map[string]*field) bool {
	for _, f := range table {
		if f.leaf.Depth == 1 && requestOnly[strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(f.leaf.Name))] {
			return true
		}
	}
	return false
}

// hasOwnID reports whether messages have an id of their own at the top, so that
// no other field is to be found that counts them.
func hasOwnID(table map[string]*field) bool {
	for _, f := range table {
		role := roleIn(f.leaf)
		if (role == shape.Request || role == shape.Top) && atTop(f.leaf) && f.leaf.Name != "tag" {
			return true
		}
	}
	return false
}

var requestOnly = map[string]bool{"reqid": true, "requestid": true, "invocationid": true, "xrequestid": true}

// whySecret is the reason for the class of credentials.
const whySecret = "named as a secret"

// classify decides the class of a field, and says why. identified and named tell
// what ids the messages have beside it.
func (t *fields) classify(f *field, label string, identified, named bool) (Class, string) {
	root := rootOf(f.leaf)
	role := roleIn(f.leaf)
	scalar := f.all(func(s sample) bool { return s.leaf.Kind != payload.Literal && s.leaf.Kind != payload.Empty })
	switch {
	case !scalar && !f.nullable():
		return f.lasting()
	case root == "method" || root == "packet" || root == "namespace" || root == "attachments":
		return ClassConst, "part of the protocol"
	case root == "path":
		return f.lasting()
	case root == "ack", strings.HasPrefix(f.leaf.Name, "bytes["):
		return ClassToken, "id of the request in " + root
	case role == shape.Credential && f.all(credential):
		return ClassToken, whySecret
	case role == shape.Signature && f.all(func(s sample) bool { return len(s.leaf.Value) >= 8 }):
		return ClassSign, "named as a signature"
	case role == shape.Request:
		return ClassToken, "named as the id of a request"
	case role != shape.Top && f.timed(role):
		return ClassTime, "near the clock when sent"
	case root == "query":
		return t.query(f, role)
	case role == shape.Top && f.top() && (!identified || strings.HasPrefix(f.leaf.Name, "@")) && (!t.http || rpc(label, f)):
		return ClassToken, "id at the top of the message"
	case f.phoenix():
		return ClassToken, "a ref of Phoenix"
	case f.opaque(role) && !lasting(f.leaf) && !(reads(label) && !f.top()):
		return ClassToken, "looks made for this run"
	}
	if !named || role == shape.Request || role == shape.Top {
		if why := t.series[f.key.path].counts(f, role, t.total); why != "" {
			return ClassSeq, why
		}
	}
	return f.lasting()
}

// lasting is the class of a field whose values mean something from run to run.
func (f *field) lasting() (Class, string) {
	switch {
	case len(f.values) == 1:
		return ClassConst, "one value"
	case len(f.values) <= 8 && len(f.values)*2 <= f.n:
		return ClassEnum, "few values"
	case f.all(func(s sample) bool { return s.leaf.Kind == payload.Number }):
		return ClassNum, "numbers"
	}
	return ClassText, "texts"
}

// nullable reports whether the field is null at times and a scalar at others.
func (f *field) nullable() bool {
	some := false
	for _, s := range f.samples {
		if s.leaf.Kind == payload.Empty || s.leaf.Kind == payload.Literal && s.leaf.Value != "null" {
			return false
		}
		some = some || s.leaf.Kind != payload.Literal
	}
	return some
}

// timed reports whether all values are times near the moment they were sent.
func (f *field) timed(role shape.Role) bool {
	limit := near
	if role == shape.Clock {
		limit = named
	}
	return f.all(func(s sample) bool {
		at, unit := shape.Time(s.leaf.Value)
		if unit == shape.NoTime {
			return false
		}
		return at.Sub(s.m.rec.wall(s.m.done)).Abs() <= limit
	})
}

// top reports whether the field stands at the top of the message, or in the
// head of one.
func (f *field) top() bool {
	p := f.leaf
	if p.Depth == 2 && rootOf(p) == "xml" {
		return true // of the root element
	}
	if p.Depth == 2 {
		switch p.Parent().Name {
		case "header", "headers", "head", "meta", "metadata", "ctx", "context":
			return true
		}
		return strings.HasPrefix(p.Field, "$[*].")
	}
	return p.Depth == 1
}

// rpc reports whether an HTTP body is a call whose id at the top is its own.
func rpc(label string, f *field) bool {
	return strings.Contains(label, "method=") || strings.Contains(label, "jsonrpc") || f.all(func(s sample) bool { return shape.Opaque(s.leaf.Value) })
}

// phoenix reports whether the field is join_ref or ref in Phoenix's tuple.
func (f *field) phoenix() bool {
	return strings.HasPrefix(f.key.label, "event=") && (f.leaf.Field == "$[0]" || f.leaf.Field == "$[1]")
}

// opaque reports whether the values look drawn for this run, and are not the
// same in several.
func (f *field) opaque(role shape.Role) bool {
	ok := f.all(func(s sample) bool {
		v := s.leaf.Value
		if s.leaf.Kind == payload.Number && role != shape.ID {
			return false
		}
		return shape.UUID(v) || shape.Opaque(v) && (role == shape.ID || role == shape.Top || len(v) >= 16 || s.leaf.Kind == payload.Word)
	})
	return ok && !f.lastsOverSessions()
}

// lastsOverSessions reports whether one value was seen in several sessions.
func (f *field) lastsOverSessions() bool {
	if len(f.values) != 1 || len(f.samples) < 2 {
		return false
	}
	first := f.samples[0].m.rec.ex.Session
	for _, s := range f.samples {
		if s.m.rec.ex.Session != first {
			return true
		}
	}
	return false
}

// query decides about a parameter of a URL: its names say what it is.
func (t *fields) query(f *field, role shape.Role) (Class, string) {
	switch f.leaf.Name {
	case "_", "t", "cb", "rand", "random", "nocache", "cachebust":
		return ClassToken, "keeps caches away"
	}
	return f.lasting()
}

// credential reports whether a value may be a secret; "BTC" is no token.
func credential(s sample) bool {
	v := s.leaf.Value
	if strings.EqualFold(s.leaf.Path.Name, "token") {
		return len(v) >= 8 || strings.ContainsAny(v, "0123456789*") || v == ""
	}
	return true
}

// roleIn returns what the name of a field says. The place in a tuple is no
// name.
func roleIn(p *payload.Path) shape.Role {
	name := p.Name
	if strings.HasPrefix(name, "[") {
		return shape.NoRole
	}
	return shape.RoleOf(strings.TrimPrefix(name, "@"))
}

// rootOf returns the name of the part of a message a path lies in: "$", "query".
func rootOf(p *payload.Path) string {
	for p.Parent() != nil {
		p = p.Parent()
	}
	return p.Name
}
