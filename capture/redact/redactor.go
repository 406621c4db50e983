package redact

import (
	"bytes"
	"io"
	"slices"

	"github.com/wiretape/wiretape/capture"
)

// Options makes a Redactor. The zero value is the default.
type Options struct {
	// Rules are applied beside the default ones; nil: none.
	Rules *Rules
	// NoDefaults leaves the default rules out.
	NoDefaults bool
	// SameLength cuts or fills placeholders to the length of the secret, so
	// that sizes stay what they were. What is not text is treated so always.
	SameLength bool
	// Salt keys the placeholders, so that Redactors with the same salt give
	// the same ones: REDACTED- and 8 hex digits. nil: they are numbered by
	// first appearance: REDACTED-1, REDACTED-2.
	Salt []byte
}

// Redactor replaces secrets by placeholders. It may be used concurrently.
type Redactor struct {
	rules      compiled
	sameLength bool
	window     int
	book       book
	tally      tally
}

// New returns a Redactor.
func New(o *Options) (*Redactor, error) {
	if o == nil {
		o = &Options{}
	}
	r := &Redactor{window: defaultWindow, sameLength: o.SameLength || o.Rules != nil && o.Rules.sameLength}
	r.rules.set(o.Rules, !o.NoDefaults)
	r.book.salt = slices.Clone(o.Salt)
	return r, nil
}

// URL redacts user info, query and fragment of a URL, whose spelling stays as
// it is otherwise. It takes origin form too.
func (r *Redactor) URL(s string) string {
	return r.edited(s, "url", (*finder).url)
}

// Header redacts the value of one header field.
func (r *Redactor) Header(name, value string) string {
	return r.edited(value, "header "+name, func(f *finder, p []byte) { f.header(name, p) })
}

// Fields returns fields with their values redacted. The slice given stays as
// it is; it is returned itself where nothing was found.
func (r *Redactor) Fields(fields []capture.Field) []capture.Field {
	return r.fields(fields, &r.tally)
}

func (r *Redactor) fields(fields []capture.Field, t *tally) []capture.Field {
	out := fields
	for i, f := range fields {
		v := r.counted(f.Value, "header "+f.Name, t, func(n *finder, p []byte) { n.header(f.Name, p) })
		if v == f.Value {
			continue
		}
		if len(out) == 0 || &out[0] == &fields[0] {
			out = slices.Clone(fields)
		}
		out[i].Value = v
	}
	return out
}

// Text redacts free text, such as a note or an error.
func (r *Redactor) Text(s string) string {
	return r.edited(s, "text", func(f *finder, p []byte) { f.scan(p, 0, len(p)) })
}

// Message redacts the payload of a message: JSON, also behind the prefixes of
// Socket.IO and its like, login lines, other text and binary data. p stays as it
// is; what is returned may be p.
func (r *Redactor) Message(p []byte) []byte {
	f := r.finder("message")
	f.message(p)
	return r.apply(f, p)
}

// Body redacts a decoded body of the given media type. p stays as it is; what
// is returned may be p.
func (r *Redactor) Body(mediaType string, p []byte) []byte {
	var out bytes.Buffer
	w := r.Stream(mediaType, &out)
	_, _ = w.Write(p) // a Buffer takes everything
	_ = w.Close()
	if bytes.Equal(out.Bytes(), p) {
		return p
	}
	return out.Bytes()
}

// Stream returns a writer that passes a decoded body of the given media type on
// to w, redacted, also where a secret is split over several writes or events.
// It holds back at most 8 MiB. Close writes what was held back; it does not
// close w. An error of w is returned and sticks.
func (r *Redactor) Stream(mediaType string, w io.Writer) io.WriteCloser {
	s := &streamWriter{w: w}
	s.stream = newStream(r, mediaType, &r.tally, s.pass)
	return s
}

// streamWriter is a stream whose output goes to a writer.
type streamWriter struct {
	stream *stream
	w      io.Writer
	err    error
}

func (s *streamWriter) pass(_ int, out []byte) {
	if s.err == nil && len(out) > 0 {
		_, s.err = s.w.Write(out)
	}
}

func (s *streamWriter) Write(p []byte) (int, error) {
	if s.err == nil {
		s.stream.write(p)
	}
	return len(p), s.err
}

func (s *streamWriter) Close() error {
	if s.err == nil {
		s.stream.close()
	}
	return s.err
}

// finder returns a finder for one text at place.
func (r *Redactor) finder(place string) *finder {
	return &finder{r: r, place: place, sameLength: r.sameLength}
}

// edited redacts a short text.
func (r *Redactor) edited(s, place string, find func(*finder, []byte)) string {
	return r.counted(s, place, &r.tally, find)
}

// counted is edited with what is found counted by t; nil: nowhere.
func (r *Redactor) counted(s, place string, t *tally, find func(*finder, []byte)) string {
	if s == "" {
		return s
	}
	f := r.finder(place)
	p := []byte(s)
	find(f, p)
	if len(f.edits) == 0 {
		return s
	}
	return string(r.applyTo(f, p, t))
}

// apply makes the edits of f in p.
func (r *Redactor) apply(f *finder, p []byte) []byte { return r.applyTo(f, p, &r.tally) }

func (r *Redactor) applyTo(f *finder, p []byte, t *tally) []byte {
	if len(f.edits) == 0 {
		return p
	}
	edits := r.settle(f.edits, p, t)
	out := make([]byte, 0, len(p)+16*len(edits))
	at := 0
	for _, e := range edits {
		out = append(append(out, p[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, p[at:]...)
}
