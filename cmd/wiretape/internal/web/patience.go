package web

import (
	"io"
	"net/http"
	"time"
)

const (
	// patienceDefault is how long a client may leave the rest of its request, or
	// the rest of its answer, where it is. Browsers let people pause a download.
	patienceDefault = time.Minute
	// patientRun is how much of an answer is written under one deadline, in bytes.
	patientRun = 256 << 10
)

// patiently bounds how long the two directions of a request may stand still, so
// that no client keeps memory, a file or the place of an export for ever. What
// is left of a body nobody reads is bounded too: net/http throws it away before
// the connection is used again.
func (s *Server) patiently(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	p := &patient{ResponseWriter: w, control: http.NewResponseController(w), patience: s.o.Patience}
	p.begin()
	if r.ContentLength != 0 {
		copied := *r
		copied.Body = &patientBody{r.Body, p}
		_ = p.control.SetReadDeadline(time.Now().Add(p.patience))
		return p, &copied
	}
	return p, r
}

// patient is an answer that breaks off when its reader does not read.
type patient struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// begin gives the reader time for the next part.
func (p *patient) begin() { _ = p.control.SetWriteDeadline(time.Now().Add(p.patience)) }

// Unwrap lets http.ResponseController find what lies below.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (p *patient) WriteHeader(status int) {
	p.begin()
	p.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (p *patient) Write(b []byte) (n int, err error) {
	for {
		p.begin()
		run, err := p.ResponseWriter.Write(b[n:min(len(b), n+patientRun)])
		if n += run; err != nil || n >= len(b) {
			return n, err
		}
	}
}

// patientBody is the body of a request that has to go on coming.
type patientBody struct {
	io.ReadCloser
	of *patient
}

// Read implements io.Reader. At the end of the body the deadline goes away: from
// then on net/http watches the connection to tell that the client has gone.
func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.of.control.SetReadDeadline(time.Now().Add(b.of.patience))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.of.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
