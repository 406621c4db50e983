package asyncapi

import (
	"fmt"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// message describes one kind of message.
func message(m *apidoc.Message) *tree.Map {
	t := tree.New("name", m.Name, "title", m.Name)
	t.Set("summary", role(m))
	if len(m.Topics) > 0 {
		t.Set("description", "About, among others: "+strings.Join(m.Topics, ", "))
	}
	t.Set("contentType", contentType(m.Format))
	t.Set("payload", payload(m.Schema, m.Format))
	if m.Correlation != "" {
		t.Set("correlationId", tree.New(
			"description", "Requests and their answers share it.",
			"location", "$message.payload#"+m.Correlation,
		))
	}
	t.Part("examples", examples(m.Examples))
	t.Text("x-event", m.Event)
	t.Set("x-seen", m.Count)
	return t
}

// body describes the body of a request to a stream.
func body(c *apidoc.Content) *tree.Map {
	t := tree.New("name", "request", "title", "The body of the request")
	if c.MediaType != "" {
		t.Set("contentType", c.MediaType)
	} else {
		t.Set("contentType", contentType(c.Format))
	}
	t.Set("payload", payload(c.Schema, c.Format))
	t.Part("examples", examples(c.Examples))
	t.Set("x-seen", c.Count)
	return t
}

// requestID names the body of a request with the i-th media type.
func requestID(i int) string {
	if i == 0 {
		return "send.request"
	}
	return fmt.Sprintf("send.request.%d", i+1)
}

// role says in one line what a message is.
func role(m *apidoc.Message) string {
	who := map[capture.Direction]string{capture.Send: "client", capture.Receive: "service"}[m.Dir]
	var s string
	switch m.Role {
	case "request":
		s = "A request of the " + who
	case "answer":
		s = "An answer of the " + who
	case "heartbeat":
		s = "A heartbeat of the " + who
	case "control":
		s = "About the connection, by the " + who
	default:
		s = "Said by the " + who + " without being asked"
	}
	if m.Error {
		s += ", for something that failed"
	}
	return s + "."
}

func contentType(f apidoc.Format) string {
	switch f {
	case apidoc.JSON:
		return "application/json"
	case apidoc.Text:
		return "text/plain"
	case apidoc.Form:
		return "application/x-www-form-urlencoded"
	}
	return "application/octet-stream"
}

// payload returns the schema of payloads; of those that cannot be looked into,
// that they are bytes.
func payload(s *apidoc.Schema, f apidoc.Format) *tree.Map {
	if s == nil {
		m := tree.New("type", "string")
		if f == apidoc.Binary {
			m.Set("format", "binary")
		}
		return m
	}
	return s.Tree(apidoc.Draft07)
}

// examples returns the examples that a document can hold.
func examples(all []apidoc.Example) tree.List {
	var out tree.List
	for i, e := range all {
		v, ok := e.Value()
		if !ok {
			continue
		}
		out = append(out, tree.New("name", fmt.Sprintf("recorded-%d", i+1), "payload", v))
	}
	return out
}
