package openapi

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// contents describes bodies, by media type.
func contents(all []*apidoc.Content) *tree.Map {
	m := &tree.Map{}
	for _, c := range all {
		t := &tree.Map{}
		if c.Schema != nil {
			t.Set("schema", c.Schema.Tree(apidoc.Draft2020))
		}
		t.Part("examples", examples(c.Examples))
		m.Set(mediaType(c), t)
	}
	return m
}

func mediaType(c *apidoc.Content) string {
	if c.MediaType != "" {
		return c.MediaType
	}
	switch c.Format {
	case apidoc.JSON:
		return "application/json"
	case apidoc.Text:
		return "text/plain"
	}
	return "application/octet-stream"
}

// examples returns examples by name. One with a reference in it is given as it
// was on the wire.
func examples(all []apidoc.Example) *tree.Map {
	m := &tree.Map{}
	for i, e := range all {
		name := "recorded-" + string(rune('1'+i))
		if v, ok := e.Value(); ok {
			m.Set(name, tree.New("dataValue", v))
		} else {
			m.Set(name, tree.New("serializedValue", string(e.Payload)))
		}
	}
	return m
}

// stream adds what a stream's items are.
func stream(content *tree.Map, e *apidoc.Endpoint, r *apidoc.Response) {
	for _, c := range r.Content {
		if !isStream(e, c) || len(e.Messages) == 0 {
			continue
		}
		t := &tree.Map{}
		if e.Kind == capture.KindSSE {
			t.Set("itemSchema", event(e.Messages))
		} else {
			t.Set("itemSchema", record(e.Messages))
		}
		t.Set("examples", tree.New("recorded", tree.New("serializedValue", excerpt(e))))
		content.Set(mediaType(c), t)
	}
}

// event describes an event of an event stream (OAS 3.2 §4.14.4.2), whose data
// is text for all kinds, and often the text of something else.
func event(messages []*apidoc.Message) *tree.Map {
	item := tree.New("type", "object", "properties", tree.New(
		"event", tree.New("type", "string"),
		"data", tree.New("type", "string"),
		"id", tree.New("type", "string"),
		"retry", tree.New("type", "integer", "minimum", 0),
	), "required", tree.List{"data"})
	var kinds tree.List
	types := map[string]bool{}
	for _, m := range messages {
		types[m.Event] = true
		data := &tree.Map{}
		switch {
		case m.Schema == nil:
		case m.Format == apidoc.JSON:
			data.Set("contentMediaType", "application/json")
			data.Set("contentSchema", m.Schema.Tree(apidoc.Draft2020))
		default:
			data = m.Schema.Tree(apidoc.Draft2020)
		}
		properties := &tree.Map{}
		if m.Event != "message" {
			properties.Set("event", tree.New("const", m.Event))
		}
		properties.Part("data", data)
		kind := tree.New("title", m.Name, "properties", properties)
		if m.Event != "message" {
			kind.Set("required", tree.List{"event"})
		}
		kinds = append(kinds, kind)
	}
	if len(types) == len(messages) && !types["message"] {
		item.Set("oneOf", kinds)
	} else {
		item.Set("anyOf", kinds)
	}
	return item
}

// record describes one of several JSON texts.
func record(messages []*apidoc.Message) *tree.Map {
	if len(messages) == 1 {
		return messages[0].Schema.Tree(apidoc.Draft2020)
	}
	var kinds tree.List
	for _, m := range messages {
		kinds = append(kinds, m.Schema.Tree(apidoc.Draft2020))
	}
	return tree.New("anyOf", kinds)
}

// maxExcerpt is how many items the example of a stream has.
const maxExcerpt = 6

// excerpt returns a piece of a stream: items of all kinds, as on the wire.
func excerpt(e *apidoc.Endpoint) string {
	var b strings.Builder
	for i, m := range e.Messages {
		if i == maxExcerpt || len(m.Examples) == 0 {
			continue
		}
		data := string(m.Examples[0].Payload)
		if e.Kind != capture.KindSSE {
			b.WriteString(strings.TrimRight(data, "\r\n") + "\n")
			continue
		}
		if m.Event != "message" {
			b.WriteString("event: " + m.Event + "\n")
		}
		for line := range strings.SplitSeq(data, "\n") {
			b.WriteString("data: " + line + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}
