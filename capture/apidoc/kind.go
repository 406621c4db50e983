package apidoc

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture/jsontext"
)

const (
	maxKinds  = 200 // kinds of messages of one endpoint that are told apart
	maxTopics = 8   // topics of one kind that are named
	maxLabel  = 80  // bytes of a name
)

// kind is what was seen of the messages of one kind.
type kind struct {
	Message
	payloads
	topics  map[string]bool
	ids     map[string]int // by the place where the correlation id stood
	answers map[*kind]int
}

// kinds are the kinds of messages of one endpoint, in the order in which they
// first came.
type kinds struct {
	budget *int
	byKey  map[string]*kind
	order  []*kind
}

// of returns the kind with a name. Once there are too many, further names share
// one kind for each direction.
func (k *kinds) of(m Message, tuple bool) *kind {
	key := m.Dir.String() + m.Name + tern(m.Error, "!", "") + tern(m.Role == "answer", "<", "")
	if known := k.byKey[key]; known != nil {
		return known
	}
	if len(k.order) >= maxKinds && m.Name != others {
		m.Name, m.Event, m.Role, m.Error = others, "", "other", false
		return k.of(m, false)
	}
	if k.byKey == nil {
		k.byKey = map[string]*kind{}
	}
	n := &kind{Message: m, topics: map[string]bool{}, ids: map[string]int{}, answers: map[*kind]int{}}
	n.payloads = payloads{budget: k.budget, tuple: tuple}
	k.byKey[key] = n
	k.order = append(k.order, n)
	return n
}

// others is the name of what is one kind too many.
const others = "other messages"

// see takes a message of the kind.
func (k *kind) see(e Example, id, topic string) {
	k.Count++
	if topic != "" && len(k.topics) < maxTopics && !isRedacted(topic) {
		k.topics[topic] = true
	}
	if !k.add(e) || id == "" {
		return
	}
	if at := pointerTo(jsontext.Of(e.Payload), id); at != "" && (k.ids[at] > 0 || len(k.ids) < maxTopics) {
		k.ids[at]++
	}
}

// message returns what was found out.
func (k *kind) message() *Message {
	m := &k.Message
	m.Format, m.Schema, m.Examples = k.payloads.format(), k.payloads.schema(), k.payloads.all()
	for t := range k.topics {
		m.Topics = append(m.Topics, t)
	}
	slices.Sort(m.Topics)
	most := 0
	for at, n := range k.ids {
		if n > most || n == most && at < m.Correlation {
			m.Correlation, most = at, n
		}
	}
	return m
}

// messages returns the messages of all kinds, with their answers and with ids
// that are unlike each other.
func (k *kinds) messages() []*Message {
	used := map[string]bool{}
	var all []*Message
	for _, one := range k.order {
		m := one.message()
		m.ID = distinct(m.Dir.String()+"."+slug(m.Name)+tern(m.Role == "answer", ".reply", ""), used)
		all = append(all, m)
	}
	for _, one := range k.order {
		for _, other := range k.order {
			if one.answers[other] > 0 {
				one.Replies = append(one.Replies, &other.Message)
			}
		}
	}
	return all
}

// Slug returns a text as a name of letters, digits, hyphens and underscores.
func Slug(s string) string { return slug(s) }

// distinct returns a name, with a number if it is in use.
func distinct(name string, used map[string]bool) string {
	unique := name
	for n := 2; used[unique]; n++ {
		unique = name + "." + itoa(n)
	}
	used[unique] = true
	return unique
}

// slug makes a name out of a text that documents take for a key: letters,
// digits, hyphens and underscores.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r < 0x80 && (r == '_' || strings.ContainsRune(letters+digits, r)) {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		} else {
			gap = true
		}
		if b.Len() >= maxLabel {
			break
		}
	}
	if b.Len() == 0 {
		return "message"
	}
	return b.String()
}

// clip cuts a name that is too long.
func clip(s string) string {
	if len(s) <= maxLabel {
		return s
	}
	return strings.ToValidUTF8(s[:maxLabel], "") + "…"
}
