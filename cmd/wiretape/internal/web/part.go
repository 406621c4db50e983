package web

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// part is what a request wants of an exchange: a row, or one of the bodies.
type part struct {
	line *line
	dir  capture.Direction
	body *view.Body
}

func noRow(name string) *Problem {
	return problem(http.StatusNotFound, "the exchange has no such row", name, "its rows are numbered from 1; request and response are the bodies")
}

// has reports whether an exchange may have a part of that name.
func (r *reel) has(name string) bool {
	switch name {
	case "request":
		return r.ex.Sent.Bytes > 0 && r.ex.Kind != capture.KindWebSocket
	case "response":
		return r.ex.Received.Bytes > 0 && r.ex.Kind != capture.KindWebSocket
	}
	seq, err := strconv.ParseUint(name, 10, 64)
	return err == nil && seq > 0
}

func (r *reel) part(name string) (*part, error) {
	none := noRow(name)
	switch name {
	case "request":
		if b := reading.Body(r.script, capture.Send); b != nil {
			return &part{dir: capture.Send, body: b}, nil
		}
		return nil, none
	case "response":
		if b := reading.Body(r.script, capture.Receive); b != nil && r.ex.Kind != capture.KindWebSocket {
			return &part{dir: capture.Receive, body: b}, nil
		}
		return nil, none
	}
	seq, err := strconv.ParseUint(name, 10, 64)
	if err != nil || seq == 0 {
		return nil, none
	}
	for l, err := range r.from(seq) {
		if err != nil {
			return nil, err
		}
		if l.seq == seq {
			return &part{line: l, dir: l.dir}, nil
		}
		break
	}
	return nil, none
}

// bytes returns what the part holds, and what its type is said to be.
func (p *part) bytes(ex *capture.Exchange) (data []byte, mediaType string) {
	if p.line != nil {
		return p.line.payload(), ""
	}
	return p.body.Data, capture.Get(reading.Header(ex, p.dir), "Content-Type")
}

// known returns an error where an exchange has no part of that name. Bodies are
// not read for it.
func (s *Server) known(ctx context.Context, r *reel, name string) error {
	if !r.has(name) {
		return noRow(name)
	}
	if name == "request" || name == "response" {
		return nil
	}
	done, err := s.reading.take(ctx, r.ex)
	if err != nil {
		return err
	}
	defer done()
	_, err = r.part(name)
	return err
}

// sendPart writes a part of an exchange as a file. Nothing long is held in
// memory while its reader takes his time.
func (s *Server) sendPart(ctx context.Context, w http.ResponseWriter, r *reel, name string) error {
	var body io.ReadCloser
	h := w.Header()
	switch {
	case name == "request" || name == "response" && r.ex.Kind != capture.KindWebSocket:
		dir := capture.Send
		if name == "response" {
			dir = capture.Receive
		}
		body = r.script.Body(dir)
	default:
		payload, size, err := s.payload(ctx, r, name)
		if err != nil {
			return err
		}
		h.Set("Content-Length", strconv.Itoa(size))
		body = payload
	}
	defer body.Close()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="exchange-`+strconv.FormatUint(uint64(r.ex.ID), 10)+"-"+name+`.bin"`)
	if _, err := io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler) // the answer has begun and cannot be finished
	}
	return nil
}

// payload returns what a part holds, and how long it is.
func (s *Server) payload(ctx context.Context, r *reel, name string) (io.ReadCloser, int, error) {
	done, err := s.reading.take(ctx, r.ex)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	p, err := r.part(name)
	if err != nil {
		return nil, 0, err
	}
	data, _ := p.bytes(r.ex)
	body, err := spool(data)
	return body, len(data), err
}
