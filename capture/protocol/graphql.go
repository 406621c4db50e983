package protocol

import (
	"bytes"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// graphQL names the messages of both GraphQL protocols: graphql-transport-ws
// and the older one of subscriptions-transport-ws, whose subprotocol is called
// graphql-ws.
type graphQL struct{}

// graphQLMessage is the members of a message that name it.
type graphQLMessage struct {
	typ, id, payload jsontext.Value
}

func graphQLMessageOf(v jsontext.Value) (x graphQLMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			x.typ = m
		case "id":
			x.id = m
		case "payload":
			x.payload = m
		}
	}
	return x
}

func (graphQL) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := graphQLMessageOf(v)
	op := s.text(x.typ)
	if op == "" {
		return
	}
	s.call(u, op)
	u.Role, u.ID = Control, s.id(x.id)
	key := "operation " + u.ID
	switch op {
	case "connection_init":
		u.ask("", "")
		u.link.alt = "connection_init"
	case "connection_ack", "connection_error":
		u.answer("", "")
		u.link.alt = "connection_init"
		u.Error = op == "connection_error"
	case "ping":
		u.beats(asks)
	case "pong":
		u.beats(replies)
	case "ka":
		u.beats(sign)
	case "subscribe", "start":
		operation(s, u, x.payload)
		u.ask(u.ID, key)
	case "next", "data", "error", "complete":
		if u.Dir == capture.Send { // a client that has had enough
			u.link.verb, u.Topic = ends, u.ID
			return
		}
		u.answer(u.ID, key)
		u.Op = ""
		u.Topic = u.ID
		u.More = op == "next" || op == "data"
		u.Error = op == "error" || u.More && !x.payload.Get("errors").Null()
		if u.Error && u.More {
			u.Label = s.label(op, "with errors")
		}
	case "stop":
		u.link.verb, u.Topic = ends, u.ID
	}
}

// operation names an operation by its kind and name, as the document spells
// them; an anonymous one by its first field.
func operation(s *Splitter, u *Unit, payload jsontext.Value) {
	var name, document jsontext.Value
	for n, m := range payload.Members {
		switch string(n) {
		case "operationName":
			name = m
		case "query":
			document = m
		}
	}
	kind, called := operationWords(document.Bytes())
	if given := s.text(name); given != "" {
		called = given
	}
	op := s.label(s.word([]byte(kind)), s.word([]byte(called)))
	if op == "" {
		return
	}
	s.call(u, op)
	if kind == "subscription" {
		u.about(opens, u.ID)
		u.link.wants = optional // nothing says that it stands
	}
}

// operationWords returns the kind of the first operation in a document, and its
// name or its first field (GraphQL §2.3).
func operationWords(document []byte) (kind, name string) {
	p := document[:min(len(document), 2048)]
	for {
		p = bytes.TrimLeft(p, " \t\r\n,\uFEFF")
		if len(p) == 0 || p[0] != '#' {
			break
		}
		n := bytes.IndexByte(p, '\n')
		if n < 0 {
			return "", ""
		}
		p = p[n:]
	}
	word, rest := graphQLName(p)
	switch word {
	case "query", "mutation", "subscription":
		if name, _ = graphQLName(bytes.TrimLeft(rest, " \t\r\n")); name != "" {
			return word, name
		}
	case "":
		word = "query"
	default:
		return "", "" // a fragment stands first
	}
	if _, fields, ok := bytes.Cut(rest, []byte{'{'}); ok {
		name, _ = graphQLName(bytes.TrimLeft(fields, " \t\r\n"))
	}
	return word, name
}

func graphQLName(p []byte) (name string, rest []byte) {
	n := 0
	for n < len(p) && (p[n] == '_' || p[n]|0x20 >= 'a' && p[n]|0x20 <= 'z' || n > 0 && p[n] >= '0' && p[n] <= '9') {
		n++
	}
	return strings.Clone(string(p[:n])), p[n:]
}
