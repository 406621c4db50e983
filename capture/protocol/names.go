package protocol

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture/jsontext"
)

const (
	maxNames = 4096 // names kept to be used again
	maxWord  = 120  // bytes of a part of a label
)

// names makes the strings of labels. Those that come again and again are made
// once.
type names struct {
	known map[string]string
	buf   []byte
}

// word returns b as a string that is fit for a label: not too long, and UTF-8.
func (n *names) word(b []byte) string {
	if len(b) > maxWord {
		b = clip(b)
	}
	if s, ok := n.known[string(b)]; ok {
		return s
	}
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	if n.known == nil {
		n.known = map[string]string{}
	}
	if len(n.known) < maxNames {
		n.known[string(b)] = s
	}
	return s
}

// clip cuts a word that is too long.
func clip(b []byte) []byte {
	cut := maxWord - len("…")
	for cut > 0 && !utf8.RuneStart(b[cut]) {
		cut--
	}
	return append(b[:cut:cut], "…"...)
}

// text returns a JSON scalar as a word, and "" for null and for containers.
func (n *names) text(v jsontext.Value) string {
	if v.Null() || v.Is('{') || v.Is('[') {
		return ""
	}
	return n.word(v.Bytes())
}

// label joins the parts that are not empty with blanks.
func (n *names) label(parts ...string) string {
	n.buf = n.buf[:0]
	used, last := 0, ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if used++; used > 1 {
			n.buf = append(n.buf, ' ')
		}
		n.buf, last = append(n.buf, p...), p
	}
	if used == 1 {
		return last
	}
	if s, ok := n.known[string(n.buf)]; ok {
		return s
	}
	s := string(n.buf)
	if n.known == nil {
		n.known = map[string]string{}
	}
	if len(n.known) < maxNames {
		n.known[s] = s
	}
	return s
}

// call names u by what it does and the details of it.
func (n *names) call(u *Unit, op string, details ...string) {
	u.Op = op
	u.Label = op
	if len(details) > 0 {
		var parts [5]string
		parts[0] = op
		k := copy(parts[1:], details)
		u.Label = n.label(parts[:k+1]...)
	}
}

const maxID = 256 // bytes of a correlation id

// id returns a JSON scalar as the text of a correlation id.
func (n *names) id(v jsontext.Value) string {
	if v.Null() || v.Is('{') || v.Is('[') {
		return ""
	}
	b := v.Bytes()
	return strings.ToValidUTF8(string(b[:min(len(b), maxID)]), "\uFFFD")
}

// topics completes the label of a unit that opens or ends the subscriptions to
// link.topics.
func (n *names) topics(u *Unit) {
	switch t := u.link.topics; len(t) {
	case 0:
	case 1:
		u.Topic = t[0]
		u.link.topics = nil
		n.call(u, u.Op, u.Topic)
	default:
		u.Topic = t[0]
		n.call(u, u.Op, t[0], "+"+strconv.Itoa(len(t)-1))
	}
}
