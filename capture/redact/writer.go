package redact

import (
	"github.com/wiretape/wiretape/capture"
)

// Writer returns tape with the secrets taken out of what is written to it, so
// that they never reach the disk.
//
// A piece is passed on once it is decided: a frame when its message is whole, a
// chunk of JSON when the body is, a chunk of an event stream when its event is;
// what may be the beginning of a secret in pieces waits for the next ones. What
// waits is bounded: 16 MiB for a message, 8 MiB for a body, 4 MiB for a series
// of events; it is lost if the recorder is killed. Bodies in a content coding
// are coded anew, since nobody can know before the end whether there is a secret
// in them. Reading such a recording begins at its beginning, wherever a page of
// it starts.
func (r *Redactor) Writer(tape capture.Writer) capture.Writer {
	return &redactedWriter{Writer: tape, r: r}
}

// redactedWriter is a capture.Writer that keeps no secrets.
type redactedWriter struct {
	capture.Writer
	r *Redactor
}

// Begin implements capture.Writer.
func (w *redactedWriter) Begin(s *capture.Session) error {
	out := *s
	out.Label = w.r.words(s.Label, "label", &w.r.tally)
	out.Note = w.r.words(s.Note, "note", &w.r.tally)
	err := w.Writer.Begin(&out)
	s.ID = out.ID
	return err
}

// Track implements capture.Writer.
func (w *redactedWriter) Track(ex *capture.Exchange, _ func() capture.Mark) (capture.Track, error) {
	k := &redactedTrack{tape: w.Writer, r: w.r, live: ex, kept: &capture.Exchange{}}
	k.renew()
	track, err := w.Writer.Track(k.kept, k.mark)
	if err != nil {
		return nil, err
	}
	k.Track = track
	ex.ID = k.kept.ID
	k.rewriter = newRewriter(w.r, ex, &w.r.tally, [2]bool{true, true}, k.pass)
	return k, nil
}

// redactedTrack is a capture.Track that keeps no secrets. The lock of the track
// below guards it, and both exchanges.
type redactedTrack struct {
	capture.Track
	tape     capture.Writer
	r        *Redactor
	live     *capture.Exchange // the recorder's
	kept     *capture.Exchange // the tape's
	rewriter *rewriter
	closed   bool
	pieces   uint64
	in, out  [2]uint64 // bytes taken and passed on

	// The heads as they were redacted last, and what they were made of.
	request  capture.Request
	response *capture.Response
	from     headParts
	counted  [2]bool // request and response were counted
}

var _ capture.Track = (*redactedTrack)(nil)

// headParts tells heads apart without comparing all of them.
type headParts struct {
	url                               string
	header, trailer                   *capture.Field
	response                          *capture.Response
	replyHeader, replyTrailer         *capture.Field
	headers, trailers, early          int
	replyHeaders, replyTrailers, code int
}

func partsOf(ex *capture.Exchange) headParts {
	p := headParts{
		url: ex.Request.URL, header: first(ex.Request.Header), trailer: first(ex.Request.Trailer),
		headers: len(ex.Request.Header), trailers: len(ex.Request.Trailer), response: ex.Response,
	}
	if r := ex.Response; r != nil {
		p.replyHeader, p.replyTrailer = first(r.Header), first(r.Trailer)
		p.replyHeaders, p.replyTrailers, p.early, p.code = len(r.Header), len(r.Trailer), len(r.Early), r.Status
	}
	return p
}

func first(fields []capture.Field) *capture.Field {
	if len(fields) == 0 {
		return nil
	}
	return &fields[0]
}

// mark tells the tape that reading cannot start in the middle.
func (k *redactedTrack) mark() capture.Mark {
	return capture.Mark{Pieces: k.pieces, Clean: k.pieces == 0}
}

// Append implements capture.Track.
func (k *redactedTrack) Append(p *capture.Piece) error {
	k.in[p.Dir] += uint64(len(p.Data))
	return k.rewriter.piece(p)
}

// pass appends a redacted piece to the tape.
func (k *redactedTrack) pass(p *capture.Piece) error {
	k.tape.Reserve(len(p.Data), 0) // placeholders may be longer than what they replace; nothing waits for them
	k.out[p.Dir] += uint64(len(p.Data))
	err := k.Track.Append(p)
	k.pieces++
	return err
}

// Touch implements capture.Track.
func (k *redactedTrack) Touch() {
	k.renew()
	k.Track.Touch()
}

// Unlock implements capture.Track. What the recorder changed is the tape's to
// see from then on.
func (k *redactedTrack) Unlock() {
	if !k.closed {
		k.renew()
	}
	k.Track.Unlock()
}

// Close implements capture.Track.
func (k *redactedTrack) Close() {
	if k.closed {
		return
	}
	if err := k.rewriter.close(); err != nil && k.live.Fault == "" {
		k.live.Fault = err.Error()
	}
	k.renew()
	k.closed = true
	q := &k.kept.Request
	q.Header = withLength(q.Header, k.in[capture.Send], k.out[capture.Send])
	if reply := k.kept.Response; reply != nil {
		reply.Header = withLength(reply.Header, k.in[capture.Receive], k.out[capture.Receive])
	}
	k.Track.Close()
}

// renew makes the tape's exchange what the recorder's is, without secrets.
func (k *redactedTrack) renew() {
	if parts := partsOf(k.live); parts != k.from || k.request.Method == "" {
		k.from = parts
		k.request = k.r.request(&k.live.Request, k.count(0))
		k.response = nil
		if k.live.Response != nil {
			k.response = k.r.response(k.live.Response, k.count(1))
		}
	}
	id := k.kept.ID
	*k.kept = *k.live
	k.kept.ID = id
	if id == 0 {
		k.kept.ID = k.live.ID
	}
	k.kept.Request, k.kept.Response = k.request, k.response
	k.kept.End = k.r.end(k.live.End, nil)
	k.kept.Fault = k.r.words(k.live.Fault, "error", nil)
	k.kept.Note = k.r.words(k.live.Note, "note", nil)
	for dir, counts := range [2]*capture.Counts{&k.kept.Sent, &k.kept.Received} {
		counts.Bytes += k.out[dir]
		counts.Bytes -= min(counts.Bytes, k.in[dir])
	}
}

// count returns where what is found in a head is counted: the first time.
func (k *redactedTrack) count(part int) *tally {
	if k.counted[part] {
		return nil
	}
	k.counted[part] = true
	return &k.r.tally
}
