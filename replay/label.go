package replay

import (
	"strings"

	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// labelOf names the kind of a message by the fields that tell kinds apart, as
// in "op=order". Messages without such a field are named by what they have.
func labelOf(d *payload.Doc) string {
	switch d.Format {
	case payload.Binary:
		return "binary"
	case payload.Text:
		return textLabel(d)
	case payload.XML:
		if len(d.Leaves) > 0 {
			p := d.Leaves[len(d.Leaves)-1].Path
			for p.Depth > 2 {
				p = p.Parent()
			}
			return p.Text
		}
		return "xml"
	}
	if l := tupleLabel(d); l != "" {
		return l
	}
	return memberLabel(d)
}

// textLabel is the first word of letters, or the number after the source of a
// message of IRC (RFC 2812 §2.3.1).
func textLabel(d *payload.Doc) string {
	for i := range d.Leaves {
		v := d.Leaves[i].Value
		switch {
		case i >= 4:
			return "text"
		case letters(v), i == 1 && len(v) == 3 && shape.Digits(v) && strings.HasPrefix(d.Leaves[0].Value, ":"):
			return "text " + v
		}
	}
	return "text"
}

func letters(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '-' && i > 0) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// memberLabel joins the fields that say what a message does, else those that
// say what it is about, or the names of its members where it has none.
func memberLabel(d *payload.Doc) string {
	var does, about strings.Builder
	does.Grow(32)
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Path.Depth != 1 {
			continue
		}
		kind, verb := shape.Discriminator(l.Path.Name)
		if !kind || !isKind(l) {
			continue
		}
		b := &about
		if verb {
			b = &does
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l.Path.Name + "=" + l.Value)
	}
	switch {
	case does.Len() > 0:
		return does.String()
	case about.Len() > 0:
		return about.String()
	}
	var b strings.Builder
	last := ""
	for i := range d.Leaves {
		p := d.Leaves[i].Path
		for p.Depth > 1 {
			p = p.Parent()
		}
		if p.Name != last {
			last = p.Name
			b.WriteByte('{')
			b.WriteString(last)
		}
	}
	return b.String()
}

// isKind reports whether a value may name a kind of message.
func isKind(l *payload.Leaf) bool {
	switch l.Kind {
	case payload.Number:
		return len(l.Value) <= 3
	case payload.String, payload.Word, payload.Form:
		return isName(l.Value) && !shape.Opaque(l.Value)
	}
	return false
}

func isName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	return !strings.ContainsAny(s, " \t\r\n{}[]\"<>")
}

// tupleLabel names a message that is an array of values of different meaning:
// by its fourth element as Phoenix does, else by its first. A Socket.IO packet
// has its type before the event's name.
func tupleLabel(d *payload.Doc) string {
	var elements [5]*payload.Leaf
	prefix := ""
	n := 0
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Path.Text == "packet" {
			prefix = l.Value + " "
		}
		if l.Path.Depth == 0 || l.Path.Field[0] != '$' || l.Path.Field[1] != '[' || l.Path.Field[2] == '*' {
			continue
		}
		n++
		if k := int(l.Path.Field[2] - '0'); l.Path.Depth == 1 && len(l.Path.Field) == 4 && k < len(elements) {
			elements[k] = l
		}
	}
	if n == 0 {
		return prefix
	}
	if isPhoenix(elements) {
		return "event=" + elements[3].Value
	}
	if first := elements[0]; first != nil && isKind(first) {
		return prefix + first.Value
	}
	return prefix + "[]"
}

// isPhoenix reports whether a tuple is [join_ref, ref, topic, event, payload].
func isPhoenix(e [5]*payload.Leaf) bool {
	for i := range 2 {
		if e[i] == nil || e[i].Kind != payload.String && e[i].Value != "null" {
			return false
		}
	}
	return e[2] != nil && e[3] != nil && e[2].Kind == payload.String && e[3].Kind == payload.String && isName(e[3].Value)
}

// isError reports whether a message of the server looks like the protocol's
// word for an error.
func isError(d *payload.Doc) bool {
	for i := range d.Leaves {
		l := &d.Leaves[i]
		p := l.Path
		for p.Depth > 1 {
			p = p.Parent()
		}
		name := strings.ToLower(p.Name)
		value := strings.ToLower(l.Value)
		switch {
		case (name == "error" || name == "errors") && !(l.Kind == payload.Literal && value != "true") && l.Kind != payload.Empty && l.Value != "" && l.Value != "0":
			return true
		case l.Path.Depth > 1:
		case value == "error" || value == "exception" || value == "err":
			if kind, _ := shape.Discriminator(name); kind || name == "status" {
				return true
			}
		case (name == "success" || name == "ok") && value == "false":
			return true
		}
	}
	return false
}

// spaceOf returns the namespace of a packet of Socket.IO, "" for the main one
// and for all other messages. What a server sends in one has its cause there.
func spaceOf(d *payload.Doc) string {
	for i := range d.Leaves {
		if d.Leaves[i].Path.Text == "namespace" {
			return d.Leaves[i].Value
		}
	}
	return ""
}
