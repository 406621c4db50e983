package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/view"
)

// endpointFlags are the flags of wiretape note that are about endpoints.
type endpointFlags struct {
	key, title, status, owner, text, file string
	tags                                  []string
	list, json                            bool
}

func (e *endpointFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&e.key, "endpoint", "", "on the endpoint `METHOD HOST /PATH`")
	fs.StringVar(&e.title, "title", "", "endpoint: its title is `TEXT`")
	fs.StringVar(&e.status, "status", "", "endpoint: designing, developing, testing, released or deprecated")
	fs.StringVar(&e.owner, "owner", "", "endpoint: it is `NAME`'s")
	fs.StringSliceVar(&e.tags, "tag", nil, "endpoint: tag it `TAG` (may be repeated)")
	fs.StringVar(&e.text, "description", "", "endpoint: describe it by `MARKDOWN`")
	fs.StringVar(&e.file, "description-file", "", "endpoint: describe it by the Markdown in `FILE`, - for stdin")
	fs.BoolVar(&e.list, "endpoints", false, "list the endpoints, with what is noted on them")
	fs.BoolVar(&e.json, "json", false, "list them as JSON, one object a line")
}

// apply sets what was given.
func (e *endpointFlags) apply(n *apidoc.Notes, given func(string) bool, in io.Reader) error {
	changed := false
	for name, set := range map[string]func(){
		"title":       func() { n.Title = e.title },
		"status":      func() { n.Status = apidoc.Status(strings.ToLower(e.status)) },
		"owner":       func() { n.Owner = e.owner },
		"tag":         func() { n.Tags = e.tags },
		"description": func() { n.Description = e.text },
	} {
		if given(name) {
			set()
			changed = true
		}
	}
	if given("description-file") {
		text, err := readText(e.file, in)
		if err != nil {
			return err
		}
		n.Description, changed = text, true
	}
	if !changed {
		return &misuse{"there is nothing to write", "give --title, --status, --owner, --tag, --description or --description-file"}
	}
	_, err := apidoc.ParseStatus(string(n.Status))
	return err
}

// readText returns what stands in a file, or comes in from stdin for "-".
func readText(name string, in io.Reader) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(in)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read the description: %w", err)
	}
	return string(b), nil
}

// noteEndpoint writes what was given of an endpoint's notes.
func (a *app) noteEndpoint(e *endpointFlags, given func(string) bool) error {
	key, err := apidoc.ParseKey(e.key)
	if err != nil {
		return &misuse{fmt.Sprintf("%q is %v", e.key, err), "wiretape note --endpoints lists the endpoints"}
	}
	return a.write(func(tape capture.Reader) (func(annotator) error, error) {
		notes := notebook(tape)
		if notes == nil {
			return nil, errors.New("a HAR keeps no notes on endpoints: import it into a tape first")
		}
		n, err := apidoc.ReadNotes(notes, key)
		if err != nil {
			return nil, err
		}
		if err := e.apply(&n, given, a.in); err != nil {
			return nil, err
		}
		api, err := apidoc.Read(tape, &apidoc.Options{Brief: true, Only: &key, Notes: notes, Patterns: []apidoc.Key{key}})
		if err != nil {
			return nil, err
		}
		if len(api.Endpoints) == 0 {
			return nil, &hinted{fmt.Errorf("no exchange on the tape is of %s", key), "wiretape note --endpoints lists the endpoints"}
		}
		value, err := n.Encode()
		return func(w annotator) error { return w.SetDocument(apidoc.DocumentKey(key), value) }, err
	})
}

// listEndpoints prints the endpoints on the tape.
func (a *app) listEndpoints(e *endpointFlags) error {
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	api, err := apidoc.Read(tape, &apidoc.Options{Brief: true, Notes: notebook(tape)})
	if err != nil {
		return err
	}
	for _, p := range api.Endpoints {
		if err := a.print(endpointLine(p, e.json)); err != nil {
			return err
		}
	}
	return nil
}

// endpointLine returns an endpoint as a line of a list.
func endpointLine(p *apidoc.Endpoint, asJSON bool) string {
	if !asJSON {
		line := fmt.Sprintf("%-9s %6d  %s", p.Kind, p.Exchanges, p.Key)
		for _, more := range []string{p.Title, string(p.Status), p.Owner, strings.Join(p.Tags, " ")} {
			if more != "" {
				line += "  · " + more
			}
		}
		return view.Sanitize(line) + "\n"
	}
	b, _ := json.Marshal(struct {
		Key       string `json:"endpoint"`
		Kind      string `json:"kind"`
		Exchanges int    `json:"exchanges"`
		apidoc.Notes
	}{p.Key.String(), p.Kind.String(), p.Exchanges, p.Notes})
	return string(b) + "\n"
}
