package replay

import (
	"time"

	"github.com/wiretape/wiretape/replay/internal/payload"
)

// instance is a recorded message of the client come true: a live message that
// was matched to it, with the values the live client put into it. What the
// server sends because of it is sent on its behalf.
type instance struct {
	m           *message
	values      []value
	parents     []*instance // earlier ones whose values this one repeats
	minted      map[*entity]string
	began       time.Time
	again       bool // the recorded message had been used before: the server's ids are made anew
	repeat      bool // it had been used on this connection
	stopped     bool
	unasked     bool            // only for what the server says unasked; the message has not come
	spoken      bool            // that was said already
	answered    map[string]bool // answers to the same live message, which are not sent twice
	batch       *batch          // the live message was an element of one
	substitutes []substitute    // at LevelNear: values that had to be as recorded and are not

	// Where it stands in the effects of m.
	next     int
	answers  int           // how many of them answered the message itself
	attached int           // how many of the next belong to the last one, and are sent at once
	delay    time.Duration // recorded time from m to the next effect, gaps shortened
	due      time.Time
	index    int // in the queue, -1: not in it
}

// value is what the live client has where the recorded one had an entity.
type value struct {
	entity *entity
	leaf   payload.Leaf
	raw    []byte // as it stood in the live message
	made   bool   // the recorded message was the first to show it
}

// substitute is a lasting value of the recording that the live client changed.
type substitute struct {
	name, recorded string
	value          value
}

// lookup returns the live value of an entity: that of this instance, or of the
// ones whose values it repeats.
func (i *instance) lookup(e *entity, depth int) *value {
	for k := range i.values {
		if i.values[k].entity == e {
			return &i.values[k]
		}
	}
	if depth < 8 {
		for _, p := range i.parents {
			if v := p.lookup(e, depth+1); v != nil {
				return v
			}
		}
	}
	return nil
}

// mintedValue returns the value that was made in place of the server's e, or "".
func (i *instance) mintedValue(e *entity, depth int) string {
	if v := i.minted[e]; v != "" {
		return v
	}
	if depth < 8 {
		for _, p := range i.parents {
			if v := p.mintedValue(e, depth+1); v != "" {
				return v
			}
		}
	}
	return ""
}

// stand puts a value in the place of one of the server's.
func (i *instance) stand(e *entity, value string) {
	if i.minted == nil {
		i.minted = map[*entity]string{}
	}
	i.minted[e] = value
}

// upcoming returns the next effect, or nil. Spontaneous ones come once on a
// connection.
func (i *instance) upcoming() *message {
	for !i.stopped && i.next < len(i.m.effects) {
		m := i.m.effects[i.next]
		spontaneous := m.why == bySpontaneity
		if spontaneous && (i.repeat || i.spoken) || !spontaneous && i.unasked {
			i.next++
			continue
		}
		return m
	}
	return nil
}

// known is what a live value stands for.
type known struct {
	entity   *entity
	instance *instance
}

// maxKnown bounds how many instances a connection remembers the values of.
const maxKnown = 4096

// bindings are the values of one live connection.
type bindings struct {
	known  map[entityKey]known
	latest map[*entity]*instance
	ring   []remembered // the oldest are forgotten first
	oldest int
}

// remembered is under which keys the values of an instance are known.
type remembered struct {
	instance *instance
	keys     []entityKey
}

func newBindings() bindings {
	return bindings{known: map[entityKey]known{}, latest: map[*entity]*instance{}}
}

// liveKey is under which key a live value is known.
func liveKey(l *payload.Leaf, e *entity) entityKey {
	if e.name == "" {
		return entityKey{value: l.Value}
	}
	return entityKey{e.name, l.Value}
}

// bind notes the values of an instance. A value that it only repeats goes on
// belonging to the instance that it came from.
func (b *bindings) bind(i *instance) {
	var keys []entityKey
	for k := range i.values {
		v := &i.values[k]
		key := liveKey(&v.leaf, v.entity)
		if was, ok := b.known[key]; ok && !v.made && was.entity == v.entity {
			continue
		}
		keys = append(keys, key)
		b.known[key] = known{v.entity, i}
		b.latest[v.entity] = i
	}
	b.remember(i, keys)
}

// remember keeps the keys of the last instances and forgets those before.
func (b *bindings) remember(i *instance, keys []entityKey) {
	if len(keys) == 0 {
		return
	}
	if len(b.ring) < maxKnown {
		b.ring = append(b.ring, remembered{i, keys})
		return
	}
	old := b.ring[b.oldest]
	for _, k := range old.keys {
		if b.known[k].instance == old.instance {
			delete(b.known, k)
		}
	}
	b.ring[b.oldest] = remembered{i, keys}
	b.oldest = (b.oldest + 1) % maxKnown
}
