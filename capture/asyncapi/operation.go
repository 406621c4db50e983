package asyncapi

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// work describes what is done on a channel: one operation for each message
// that somebody begins with. Answers stand with what they answer.
func (d *document) work(channel string, e *apidoc.Endpoint) {
	if e.Kind != capture.KindWebSocket {
		d.stream(channel, e)
		return
	}
	answers := map[*apidoc.Message]bool{}
	for _, m := range e.Messages {
		for _, a := range m.Replies {
			answers[a] = true
		}
	}
	for _, m := range e.Messages {
		if answers[m] {
			continue
		}
		o := d.operation(channel, e, m.Dir, m.ID)
		o.Set("title", m.Name)
		if len(m.Replies) > 0 {
			var refs tree.List
			for _, a := range m.Replies {
				refs = append(refs, ref("channels", channel, "messages", a.ID))
			}
			o.Set("reply", tree.New("channel", ref("channels", channel), "messages", refs))
		}
		d.operations.Set(free(d.operations, channel+"."+m.ID), o)
		d.Operations++
	}
}

// operation describes that the service takes or sends messages.
func (d *document) operation(channel string, e *apidoc.Endpoint, dir capture.Direction, ids ...string) *tree.Map {
	action := "send"
	if dir == capture.Send {
		action = "receive"
	}
	var refs tree.List
	for _, id := range ids {
		refs = append(refs, ref("channels", channel, "messages", id))
	}
	o := tree.New("action", action, "channel", ref("channels", channel))
	o.Part("messages", refs)
	if len(e.Security) > 0 && len(d.shared(e.Host)) == 0 {
		o.Set("security", d.security(e.Security))
	}
	return o
}

// stream describes a request and the events that answer it.
func (d *document) stream(channel string, e *apidoc.Endpoint) {
	var events, bodies []string
	for _, m := range e.Messages {
		events = append(events, m.ID)
	}
	for i := range e.Request {
		bodies = append(bodies, requestID(i))
	}
	dir := capture.Receive
	first := events
	if len(bodies) > 0 {
		dir, first = capture.Send, bodies
	}
	o := d.operation(channel, e, dir, first...)
	if len(bodies) > 0 && len(events) > 0 {
		var refs tree.List
		for _, id := range events {
			refs = append(refs, ref("channels", channel, "messages", id))
		}
		o.Set("reply", tree.New("channel", ref("channels", channel), "messages", refs))
	}
	b := tree.New("method", e.Method)
	b.Part("query", group(e.Parameters, apidoc.InQuery))
	b.Set("bindingVersion", "0.3.0")
	if knownMethods[e.Method] {
		o.Set("bindings", tree.New("http", b))
	}
	d.operations.Set(free(d.operations, channel+"."+strings.ToLower(e.Method)), o)
	d.Operations++
}

// knownMethods are those that the HTTP binding 0.3.0 takes.
var knownMethods = map[string]bool{
	"GET": true, "PUT": true, "POST": true, "PATCH": true, "DELETE": true, "HEAD": true, "OPTIONS": true, "CONNECT": true, "TRACE": true,
}
