package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/asyncapi"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/htmldoc"
	"github.com/wiretape/wiretape/capture/openapi"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// describingFormats are those that say what an API is, not what was said.
var describingFormats = []string{"asyncapi", "openapi", "html"}

// asJSON is the ending of the formats that are written as JSON.
const asJSON = ".json"

// described returns the format, as JSON where the file's name says so.
func (f *exportFlags) described() string {
	if f.format != "html" && strings.HasSuffix(strings.ToLower(f.out), asJSON) {
		return f.format + asJSON
	}
	return f.format
}

// describe writes what the API is that was recorded.
func (a *app) describe(w io.Writer, format, title string, tape capture.Reader, o *har.ExportOptions) error {
	notes := notebook(tape)
	if notes != nil && o.Redactor != nil {
		notes = &cleanNotes{notes, o.Redactor}
	}
	ids, err := chosen(tape, o)
	if err != nil {
		return err
	}
	clean, err := withoutSecrets(tape, ids, o)
	if err != nil {
		return err
	}
	keep := o.Keep
	if keep != nil { // it has seen what is no longer there
		keep = func(ex *capture.Exchange) bool {
			_, found := slices.BinarySearch(ids, ex.ID)
			return found
		}
	}
	step, end := a.progress("describing")
	api, err := apidoc.Read(clean, &apidoc.Options{
		Session: o.Session, Exchanges: o.Exchanges, Keep: keep, Notes: notes, Progress: step,
	})
	end()
	if err != nil {
		return err
	}
	format, isJSON := strings.CutSuffix(format, asJSON)
	switch format {
	case "openapi":
		return a.describePaths(w, api, &openapi.Options{JSON: isJSON, Title: title})
	case "html":
		return a.describePage(w, api, &htmldoc.Options{Title: title, Redacted: o.Redactor != nil})
	}
	return a.describeChannels(w, api, &asyncapi.Options{JSON: isJSON, Title: title})
}

func (a *app) describePage(w io.Writer, api *apidoc.API, o *htmldoc.Options) error {
	s, err := htmldoc.Write(w, api, o)
	if err != nil {
		return err
	}
	a.say("described %s and %s of messages", count(uint64(s.Endpoints), "endpoint"), count(uint64(s.Messages), "kind"))
	return nil
}

func (a *app) describeChannels(w io.Writer, api *apidoc.API, o *asyncapi.Options) error {
	s, err := asyncapi.Write(w, api, o)
	if err != nil {
		return err
	}
	a.say("described %s and %s", count(uint64(s.Channels), "channel"), count(uint64(s.Messages), "kind")+" of messages")
	if s.Skipped > 0 {
		a.say("left out %s that %s no socket and no stream: --format openapi describes them",
			count(uint64(s.Skipped), "endpoint"), tern(s.Skipped == 1, "is", "are"))
	}
	return nil
}

func (a *app) describePaths(w io.Writer, api *apidoc.API, o *openapi.Options) error {
	s, err := openapi.Write(w, api, o)
	if err != nil {
		return err
	}
	a.say("described %s on %s", count(uint64(s.Operations), "operation"), count(uint64(s.Paths), "path"))
	if s.Sockets > 0 {
		a.say("left out %s: --format asyncapi describes them", count(uint64(s.Sockets), "WebSocket endpoint"))
	}
	for _, k := range s.Twice {
		a.say("left out %s: another host has the same path; --filter 'host:%s' describes this one",
			view.Sanitize(k.String()), view.Sanitize(k.Host))
	}
	return nil
}

// notebook returns what keeps the notes on endpoints, nil for nothing.
func notebook(tape capture.Reader) apidoc.Notebook {
	if u, ok := tape.(*reading.EndingTape); ok {
		return notebook(u.Reader)
	}
	if r, ok := tape.(*recording); ok {
		return notebook(r.Reader)
	}
	n, _ := tape.(apidoc.Notebook)
	return n
}

// cleanNotes are notes without secrets.
type cleanNotes struct {
	apidoc.Notebook
	redactor *redact.Redactor
}

// Document implements apidoc.Notebook.
func (n *cleanNotes) Document(key string) ([]byte, error) {
	b, err := n.Notebook.Document(key)
	if b == nil || err != nil {
		return b, err
	}
	return n.redactor.Body("application/json", b), nil
}
