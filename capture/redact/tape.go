package redact

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wiretape/wiretape/capture"
)

// Tape is a capture.Reader with the secrets taken out of what is read from it:
// out of heads, bodies and messages, notes and errors. Frames, chunks and their
// times stay; their lengths follow. Raw heads that hold a secret are left out.
// What is found is counted when an exchange is first read whole. It may be used
// concurrently.
//
// Secrets are learned as exchanges are read: one that nothing but its value
// gives away is found in exchanges read later, or after Learn.
type Tape struct {
	capture.Reader
	r *Redactor

	mu   sync.Mutex
	read map[capture.ExchangeID]*reading
}

var _ capture.Reader = (*Tape)(nil)

// Tape returns tape without its secrets.
func (r *Redactor) Tape(tape capture.Reader) *Tape {
	return &Tape{Reader: tape, r: r, read: map[capture.ExchangeID]*reading{}}
}

// Learn reads exchanges whole, so that their secrets are known wherever they
// stand, also before the place that gives them away, and counted.
func (t *Tape) Learn(ids iter.Seq[capture.ExchangeID]) error {
	for id := range ids {
		if _, err := t.Exchange(id); err != nil {
			return fmt.Errorf("look for secrets in exchange %d: %w", id, err)
		}
	}
	return nil
}

// reading is what was learned of an exchange when it was first read whole.
type reading struct {
	edited [2]bool   // the body came in a content coding, and holds secrets
	bytes  [2]uint64 // what is left of the bodies, or the payloads
	was    [2]uint64 // how much it was
}

// Exchange implements capture.Reader.
func (t *Tape) Exchange(id capture.ExchangeID) (*capture.Exchange, error) {
	ex, err := t.Reader.Exchange(id)
	if err != nil {
		return nil, err
	}
	return t.whole(ex)
}

// Exchanges implements capture.Reader.
func (t *Tape) Exchanges(after capture.ExchangeID, brief bool) iter.Seq2[*capture.Exchange, error] {
	return func(yield func(*capture.Exchange, error) bool) {
		for ex, err := range t.Reader.Exchanges(after, brief) {
			switch {
			case err != nil:
			case brief:
				ex = t.head(ex, nil)
			default:
				ex, err = t.whole(ex)
			}
			if !yield(ex, err) {
				return
			}
		}
	}
}

// Marks implements capture.Reader: what is held back for a secret knows no
// blocks, so reading starts at the beginning.
func (t *Tape) Marks(id capture.ExchangeID) ([]capture.Mark, error) {
	marks, err := t.Reader.Marks(id)
	if err != nil || len(marks) == 0 {
		return nil, err
	}
	return []capture.Mark{{Clean: true}}, nil
}

// Pieces implements capture.Reader.
func (t *Tape) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		ex, err := t.Reader.Exchange(id)
		if err != nil {
			yield(nil, err)
			return
		}
		known, err := t.reading(ex)
		if err != nil {
			yield(nil, err)
			return
		}
		skip := from.Pieces
		err = t.rewrite(ex, nil, known.edited, func(p *capture.Piece) error {
			if skip > 0 {
				skip--
				return nil
			}
			if !yield(p, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// errStopped says that nobody wants more pieces.
var errStopped = errors.New("stopped")

// rewrite reads the pieces of an exchange and passes them on redacted.
func (t *Tape) rewrite(ex *capture.Exchange, count *tally, recode [2]bool, out func(*capture.Piece) error) error {
	w := newRewriter(t.r, ex, count, recode, out)
	for p, err := range t.Reader.Pieces(ex.ID, capture.Mark{Clean: true}) {
		if err == nil {
			err = w.piece(p)
		}
		if err != nil {
			return errors.Join(err, w.abandon())
		}
	}
	return w.close()
}

// whole redacts an exchange, with the lengths that its bodies have without
// their secrets.
func (t *Tape) whole(ex *capture.Exchange) (*capture.Exchange, error) {
	t.mu.Lock()
	_, again := t.read[ex.ID]
	t.mu.Unlock()
	count := &t.r.tally
	if again {
		count = nil
	}
	out := t.head(ex, count)
	known, err := t.reading(ex)
	if err != nil {
		return nil, err
	}
	for dir, bytes := range known.bytes {
		if bytes == known.was[dir] {
			continue
		}
		counts, fields := &out.Sent, &out.Request.Header
		if dir == int(capture.Receive) {
			counts = &out.Received
			if out.Response == nil {
				continue
			}
			fields = &out.Response.Header
		}
		*fields = withLength(*fields, known.was[dir], bytes)
		counts.Bytes += bytes
		counts.Bytes -= min(counts.Bytes, known.was[dir])
	}
	return out, nil
}

// withLength corrects Content-Length.
func withLength(fields []capture.Field, was, is uint64) []capture.Field {
	for i, f := range fields {
		if strings.EqualFold(f.Name, "Content-Length") && f.Value == strconv.FormatUint(was, 10) {
			fields = slices.Clone(fields)
			fields[i].Value = strconv.FormatUint(is, 10)
		}
	}
	return fields
}

// maxReadings bounds how many exchanges are remembered; of others, what is
// found is counted again.
const maxReadings = 1 << 20

// reading reads an exchange for the first time, or remembers how that was.
func (t *Tape) reading(ex *capture.Exchange) (*reading, error) {
	t.mu.Lock()
	known := t.read[ex.ID]
	t.mu.Unlock()
	if known != nil && !ex.Open {
		return known, nil
	}
	count := &t.r.tally
	if known != nil {
		count = nil
	}
	known = &reading{}
	if err := t.first(ex, known, count); err != nil {
		return nil, err
	}
	if err := t.measure(ex, known); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.read) < maxReadings {
		t.read[ex.ID] = known
	}
	return known, nil
}

// first walks through the pieces of an exchange, to find and to learn.
func (t *Tape) first(ex *capture.Exchange, known *reading, count *tally) error {
	w := newRewriter(t.r, ex, count, [2]bool{}, func(p *capture.Piece) error {
		known.bytes[p.Dir] += uint64(len(p.Data))
		return nil
	})
	for p, err := range t.Reader.Pieces(ex.ID, capture.Mark{Clean: true}) {
		if err == nil {
			known.was[p.Dir] += uint64(len(p.Data))
			err = w.piece(p)
		}
		if err != nil {
			return errors.Join(err, w.abandon())
		}
	}
	if err := w.close(); err != nil {
		return err
	}
	for dir, side := range w.sides {
		if body, ok := side.(*bodySide); ok && body.edited && len(body.codings) > 0 {
			known.edited[dir] = true
		}
	}
	return nil
}

// measure finds out how long bodies are that are coded anew.
func (t *Tape) measure(ex *capture.Exchange, known *reading) error {
	if known.edited == [2]bool{} {
		return nil
	}
	known.bytes = [2]uint64{}
	return t.rewrite(ex, nil, known.edited, func(p *capture.Piece) error {
		known.bytes[p.Dir] += uint64(len(p.Data))
		return nil
	})
}

// head redacts all of an exchange but its pieces.
func (t *Tape) head(ex *capture.Exchange, count *tally) *capture.Exchange {
	out := *ex
	out.Request = t.r.request(&ex.Request, count)
	out.Response = t.r.response(ex.Response, count)
	out.End = t.r.end(ex.End, count)
	out.Fault = t.r.words(ex.Fault, "error", count)
	out.Note = t.r.words(ex.Note, "note", count)
	return &out
}

// words redacts text that a program or a person wrote beside the traffic.
func (r *Redactor) words(s, place string, count *tally) string {
	return r.counted(s, place, count, func(f *finder, p []byte) { f.scan(p, 0, len(p)) })
}

func (r *Redactor) request(q *capture.Request, count *tally) capture.Request {
	out := *q
	out.URL = r.counted(q.URL, "url", count, (*finder).url)
	out.Header, out.Trailer = r.fields(q.Header, count), r.fields(q.Trailer, count)
	out.Raw = r.raw(q.Raw, q.URL != out.URL || !same(q.Header, out.Header))
	return out
}

func (r *Redactor) response(reply *capture.Response, count *tally) *capture.Response {
	if reply == nil {
		return nil
	}
	out := *reply
	out.Header, out.Trailer = r.fields(reply.Header, count), r.fields(reply.Trailer, count)
	out.Raw = r.raw(reply.Raw, !same(reply.Header, out.Header))
	out.Early = slices.Clone(reply.Early)
	for i := range out.Early {
		out.Early[i].Header = r.fields(out.Early[i].Header, count)
	}
	return &out
}

func (r *Redactor) end(e *capture.End, count *tally) *capture.End {
	if e == nil {
		return nil
	}
	out := *e
	out.Reason = r.counted(e.Reason, "close reason", count, func(f *finder, p []byte) {
		f.sameLength = true // as in the close frame
		f.scan(p, 0, len(p))
	})
	out.Err = r.words(e.Err, "error", count)
	return &out
}

// raw returns a head byte for byte, unless there is a secret in it.
func (r *Redactor) raw(raw []byte, secret bool) []byte {
	if raw == nil || secret {
		return nil
	}
	f := r.finder("head")
	if f.scan(raw, 0, len(raw)); len(f.edits) > 0 {
		return nil
	}
	return raw
}

func same(a, b []capture.Field) bool { return len(a) == 0 || &a[0] == &b[0] }
