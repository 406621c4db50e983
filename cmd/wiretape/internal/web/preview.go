package web

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// previewPolicy is what recorded HTML may do: show its text and its own styles.
// It has an origin of its own, runs nothing and loads nothing, in a frame and
// alone.
const previewPolicy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"

func (s *Server) registerPreview() {
	s.handle("POST /tickets", s.ticket)
	s.mux.HandleFunc("GET /preview/", s.serveTicket)
}

// ticket issues a path that works once, for what cannot carry the token.
func (s *Server) ticket(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		For      string
		Exchange capture.ExchangeID
		Seq      json.RawMessage // a row's number, or "request" or "response"
		Side     string          // the body, instead
		Level    string
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	level, err := parseLevel(q.Level)
	if err != nil {
		return err
	}
	name := strings.Trim(string(q.Seq), `"`)
	if name == "" || name == "null" || name == "0" {
		name = q.Side
	}
	reel, err := s.reel(q.Exchange, level)
	if err != nil {
		return err
	}
	if err := s.known(r.Context(), reel, name); err != nil {
		return err
	}
	switch q.For {
	case "download":
		return answer(w, map[string]string{"path": s.tickets.issue("/download", func(w http.ResponseWriter, r *http.Request) error {
			return s.sendPart(r.Context(), w, reel, name)
		})})
	case "preview":
		// The payload is read when it is asked for: tickets that nobody uses hold none.
		return answer(w, map[string]string{"path": s.tickets.issue("/preview", func(w http.ResponseWriter, r *http.Request) error {
			return s.servePreview(r.Context(), w, reel, name)
		})})
	}
	return problem(http.StatusBadRequest, "there are no tickets for this", q.For, "for preview, and for download")
}

// servePreview answers recorded HTML, shut in.
func (s *Server) servePreview(ctx context.Context, w http.ResponseWriter, r *reel, name string) error {
	body, _, err := s.payload(ctx, r, name)
	if err != nil {
		return err
	}
	defer body.Close()
	mediaType := ""
	switch name {
	case "request":
		mediaType = capture.Get(reading.Header(r.ex, capture.Send), "Content-Type")
	case "response":
		mediaType = capture.Get(reading.Header(r.ex, capture.Receive), "Content-Type")
	}
	h := w.Header()
	h.Set("Content-Security-Policy", previewPolicy)
	h.Set("Content-Type", mime.FormatMediaType("text/html", map[string]string{"charset": charsetOf(mediaType)}))
	_, _ = io.Copy(w, body)
	return nil
}

// charsetOf returns the charset that a media type names, else UTF-8.
func charsetOf(mediaType string) string {
	if c := content.ParseMediaType(mediaType).Charset; c != "" {
		return c
	}
	return "utf-8"
}
