package replay

import (
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// entity is one value of a recording that is of its run: an id, a token, a
// counter's number, with everywhere it stands. Of values that look like no
// other the value is enough to know them; short ones belong to a name.
type entity struct {
	value  string
	name   string // of short values; "" otherwise
	owner  capture.Direction
	class  Class
	origin *message
	top    bool     // the client sent it at the top of a message
	uses   int      // how many of the client's messages have it, so far
	paths  []string // fields of the client's messages in which it stands

	// Of the server's own values: whether all that shows it belongs to one
	// exchange of messages, so that a further use of it needs a new value.
	shared bool
	lasts  bool // it names a thing that lasts
	made   bool // it names a thing that requests make
	id     bool // it stands where ids do
	minted bool
	place  place // where it was first shown
}

// token is an entity in a message of the client.
type token struct {
	leaf   int
	entity *entity
	made   bool // first seen here
}

// slot is an entity in a message of the server: a place where the live value
// is put.
type slot struct {
	start, end int
	entity     *entity
	leaf       *payload.Leaf
	keep       bool // the type of what stands here is kept, not that of the live value
	part       bool // a part of a longer string
	elsewhere  bool // the entity is one of the plain requests
}

// entityKey finds an entity: by value alone, or by name and value.
type entityKey struct{ name, value string }

// registry is all entities of a plan.
type registry struct {
	traits pathTraits
	byKey  map[entityKey]*entity
	said   map[string]bool // what the client has said so far, whatever it means
	// doubtful are fields of the client's short ids at which the server has
	// values of its own, by the kind of message; see trust.
	doubtful map[place]bool
	web      *registry        // of the plain requests, for sockets; nil: there are none
	told     map[place]string // what a person said; see Plan.told
}

func newRegistry() registry {
	return registry{traits: pathTraits{}, byKey: map[entityKey]*entity{}, said: map[string]bool{}, doubtful: map[place]bool{}}
}

// get looks an entity up, nil if there is none.
func (g registry) get(name, value string) *entity { return g.byKey[entityKey{name, value}] }

// distinct reports whether a value is known by itself, wherever it stands. One
// that could be a time is not: the server may mean its own clock.
func distinct(l *payload.Leaf) bool {
	if l.Kind == payload.Bytes {
		return false
	}
	if _, unit := shape.Time(l.Value); unit != shape.NoTime {
		return false
	}
	return shape.Opaque(l.Value)
}

// own returns the entity of a volatile leaf of the client.
func (g registry) own(m *message, l *payload.Leaf, class Class) (*entity, bool) {
	key := entityKey{value: l.Value}
	if !distinct(l) || class == ClassTime {
		key.name = nameIn(l.Path)
	}
	e := g.byKey[key]
	if e == nil {
		e = &entity{value: l.Value, name: key.name, owner: capture.Send, class: class, origin: m}
		g.byKey[key] = e
		e.seen(l.Path.Field)
		e.top = atTop(l.Path)
		return e, true
	}
	e.seen(l.Path.Field)
	return e, e.origin == m
}

func (e *entity) seen(path string) {
	if slices.Contains(e.paths, path) {
		return
	}
	if len(e.paths) < 8 {
		e.paths = append(e.paths, path)
	}
}

// nameIn is the name short values go by: of a place in a tuple the place.
func nameIn(p *payload.Path) string {
	if root := rootOf(p); root != "$" && p.Parent() == nil {
		return root
	}
	return p.Lower
}

// serverMade returns the entity of a leaf of the server that is its own id or
// token, or nil where the value is none.
func (g registry) serverMade(m *message, l *payload.Leaf) *entity {
	if l.Kind == payload.Literal || l.Kind == payload.Empty || l.Kind == payload.Bytes || l.Value == "" {
		return nil
	}
	role := roleIn(l.Path)
	if role == shape.Clock || role == shape.Signature || measured(m, l, role) {
		return nil
	}
	key := entityKey{value: l.Value}
	switch {
	case l.Kind != payload.Number && distinct(l):
	case l.Kind == payload.Number && strings.HasPrefix(l.Path.Name, "[") && atTop(l.Path) && len(l.Value) >= 9 && shape.Digits(l.Value):
	case role == shape.ID && (shape.Digits(l.Value) || shape.Numbered(l.Value) || shape.Opaque(l.Value)):
		if !distinct(l) {
			key.name = nameIn(l.Path)
		}
	default:
		return nil
	}
	e := g.byKey[key]
	if e == nil && g.said[l.Value] {
		return nil
	}
	if e == nil {
		e = &entity{value: l.Value, name: key.name, owner: capture.Receive, class: ClassToken, origin: m, place: place{m.label, l.Path.Field}}
		g.byKey[key] = e
	}
	t := g.traits.of(l.Path)
	e.lasts = e.lasts || t.lasts
	e.made = e.made || t.made
	e.id = e.id || t.id
	return e
}

// measured reports whether a number is a time.
func measured(m *message, l *payload.Leaf, role shape.Role) bool {
	if role == shape.ID || !shape.Digits(l.Value) {
		return false
	}
	at, unit := shape.Time(l.Value)
	if unit == shape.NoTime {
		return false
	}
	limit := 3 * 365 * 24 * time.Hour
	if strings.HasPrefix(l.Path.Name, "[") && atTop(l.Path) {
		limit = named // an id of WAMP is a number drawn at random
	}
	return at.Sub(m.rec.wall(m.at)).Abs() < limit
}

// like reports whether two values of the server stand for things of one kind:
// they were shown at one place by the answers to two equal messages.
func (e *entity) like(o *entity) bool {
	if e.owner != capture.Receive || o.owner != capture.Receive || e.place != o.place || e.origin == o.origin {
		return false
	}
	a, b := e.origin.cause, o.origin.cause
	return a != nil && b != nil && a.doc != nil && b.doc != nil && a.key == b.key
}
