package redact

import (
	"io"

	"github.com/wiretape/wiretape/capture"
)

// Options makes a Redactor. The zero value is the default.
type Options struct {
	// Rules are applied beside the default ones; nil: none.
	Rules *Rules
	// NoDefaults leaves the default rules out.
	NoDefaults bool
	// SameLength pads or cuts placeholders to the length of the secret, so that
	// sizes stay what they were.
	SameLength bool
	// Salt keys the placeholders, so that two Redactors with the same salt give
	// the same ones. nil: placeholders are numbered by first appearance.
	Salt []byte
}

// Redactor replaces secrets by placeholders. It may be used concurrently.
type Redactor struct{}

// Finding counts what one rule replaced in one place.
type Finding struct {
	Rule  string // the rule's name, as in "authorization"
	Place string // as in "request header Authorization", "query token", "message $.args[*].apiKey"
	Count int
}

// New returns a Redactor.
func New(o *Options) (*Redactor, error) { return &Redactor{}, nil }

// URL redacts user info, query and fragment of a URL, which keeps its spelling
// otherwise.
func (r *Redactor) URL(s string) string { return s }

// Header redacts the value of one header field.
func (r *Redactor) Header(name, value string) string { return value }

// Fields returns fields with their values redacted; fields itself stays.
func (r *Redactor) Fields(fields []capture.Field) []capture.Field { return fields }

// Body redacts a decoded body of the given media type. p stays; what is
// returned may be p.
func (r *Redactor) Body(mediaType string, p []byte) []byte { return p }

// Message redacts the payload of a message. p stays; what is returned may be p.
func (r *Redactor) Message(p []byte) []byte { return p }

// Text redacts free text.
func (r *Redactor) Text(s string) string { return s }

// Stream returns a writer that passes a decoded body of the given media type on
// to w, redacted, also where a secret is split over several writes or events.
// Close writes what was held back; it does not close w.
func (r *Redactor) Stream(mediaType string, w io.Writer) io.WriteCloser { return nil }

// Tape returns tape with the secrets taken out of what is read from it.
func (r *Redactor) Tape(tape capture.Reader) capture.Reader { return tape }

// Found returns what was replaced so far, by rule and place, in that order.
func (r *Redactor) Found() []Finding { return nil }
