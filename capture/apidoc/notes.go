package apidoc

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Notes is what a person wrote on an endpoint.
type Notes struct {
	Title       string   `json:"title,omitempty"`
	Status      Status   `json:"status,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Description string   `json:"description,omitempty"` // Markdown
}

// Status is how far an endpoint is.
type Status string

// The statuses. An endpoint of which none was said has "".
const (
	Designing  Status = "designing"
	Developing Status = "developing"
	Testing    Status = "testing"
	Released   Status = "released"
	Deprecated Status = "deprecated"
)

// Statuses returns the statuses in the order in which an endpoint goes through
// them.
func Statuses() []Status { return []Status{Designing, Developing, Testing, Released, Deprecated} }

// ParseStatus is the inverse of the status' text; "" is none.
func ParseStatus(s string) (Status, error) {
	if st := Status(strings.ToLower(s)); st == "" || slices.Contains(Statuses(), st) {
		return st, nil
	}
	return "", &StatusError{s}
}

// StatusError says that a status is not known.
type StatusError struct{ Status string }

// Error implements error.
func (e *StatusError) Error() string { return fmt.Sprintf("status %q is not known", e.Status) }

// Hint names those that are.
func (e *StatusError) Hint() string {
	var names []string
	for _, s := range Statuses() {
		names = append(names, string(s))
	}
	return "it is one of " + strings.Join(names, ", ")
}

// Notebook is where notes are kept: the documents of a tape.
type Notebook interface {
	// Document returns a document, nil if there is none.
	Document(key string) ([]byte, error)
	// Documents returns the keys that begin with prefix, in order.
	Documents(prefix string) ([]string, error)
}

// notePrefix is how the keys of the documents with notes begin; the endpoint's
// key follows.
const notePrefix = "endpoint/"

// DocumentKey returns the key of the document that holds the notes on an
// endpoint.
func DocumentKey(k Key) string { return notePrefix + k.String() }

// maxNotes is how long the notes on one endpoint may be, in bytes.
const maxNotes = 1 << 20

// ErrNotesTooLong is returned for notes that a tape does not take.
var ErrNotesTooLong = errors.New("the notes on one endpoint may have 1 MiB")

// Encode returns n as a document holds it, nil if there is nothing in it, which
// deletes the document.
func (n Notes) Encode() ([]byte, error) {
	if n.empty() {
		return nil, nil
	}
	if _, err := ParseStatus(string(n.Status)); err != nil {
		return nil, err
	}
	b, err := json.Marshal(n)
	if err == nil && len(b) > maxNotes {
		err = ErrNotesTooLong
	}
	return b, err
}

func (n Notes) empty() bool {
	return n.Title == "" && n.Status == "" && n.Owner == "" && len(n.Tags) == 0 && n.Description == ""
}

// ReadNotes returns the notes on an endpoint, empty where there are none.
func ReadNotes(from Notebook, k Key) (Notes, error) {
	var n Notes
	b, err := from.Document(DocumentKey(k))
	if err == nil && b != nil {
		err = json.Unmarshal(b, &n)
	}
	if err != nil {
		return Notes{}, fmt.Errorf("read the notes on %s: %w", k, err)
	}
	return n, nil
}

// noted returns the endpoints that there are notes on.
func noted(from Notebook) ([]Key, error) {
	if from == nil {
		return nil, nil
	}
	names, err := from.Documents(notePrefix)
	if err != nil {
		return nil, fmt.Errorf("read the notes on endpoints: %w", err)
	}
	var keys []Key
	for _, name := range names {
		if k, err := ParseKey(strings.TrimPrefix(name, notePrefix)); err == nil {
			keys = append(keys, k)
		}
	}
	return keys, nil
}
