package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

// maxBody is the longest body of a request that is not an import, in bytes.
const maxBody = 16 << 20

// Problem is a request that was not answered, in the words of RFC 9457. It is
// the error a handler returns for what the asker can mend.
type Problem struct {
	Status int
	Title  string // what went wrong, the same for all of its kind
	Detail string // this time
	At     *int   // the byte of the text given at which reading it failed
	hint   string

	Exchange capture.ExchangeID // the exchange in which it stands; 0 for none
}

// Error implements error.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// Hint says what a person can do about it.
func (p *Problem) Hint() string { return p.hint }

// problem returns a Problem with a hint.
func problem(status int, title, detail, hint string) *Problem {
	return &Problem{Status: status, Title: title, Detail: detail, hint: hint}
}

// problemOf says what an error means to the asker.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	p = &Problem{Status: http.StatusInternalServerError, Title: "it went wrong", Detail: err.Error()}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		p.hint = hinted.Hint()
	}
	var syntax *filter.SyntaxError
	var tooLong *http.MaxBytesError
	var gone *url.Error // of the recorder that the tape is read through
	switch {
	case errors.As(err, &gone) && !gone.Timeout():
		p.Status, p.Title, p.Detail, p.hint = http.StatusConflict, "the recorder has gone: the tape can only be read", gone.Err.Error(), "open the page again, with wiretape ui"
	case errors.As(err, &syntax):
		p.Status, p.Title, p.Detail, p.At = http.StatusBadRequest, "the filter cannot be read", syntax.Want, &syntax.Pos
	case errors.Is(err, capture.ErrNotFound):
		p.Status, p.Title = http.StatusNotFound, "it is not on the tape"
	case errors.As(err, &tooLong):
		p.Status, p.Title = http.StatusRequestEntityTooLarge, "the request is too long"
	case errors.Is(err, context.Canceled):
		p.Status, p.Title = http.StatusServiceUnavailable, "the page's server is stopping"
	}
	return p
}

// refuse answers with a problem document (RFC 9457).
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	id := fmt.Sprintf("r%d", s.requests.Add(1))
	if p.Status == http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.Warn("the page's server: "+err.Error(), "request", id)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(struct {
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		Hint      string `json:"hint,omitempty"`
		At        *int   `json:"at,omitempty"`
		Exchange  uint64 `json:"exchange,omitempty"`
		RequestID string `json:"request_id"`
	}{p.Title, p.Status, p.Detail, p.hint, p.At, uint64(p.Exchange), id})
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return answerJSON(w, body)
}

// answerJSON writes what is JSON already.
func answerJSON(w http.ResponseWriter, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
	return nil
}

// take reads the JSON body of a request into v.
func take(w http.ResponseWriter, r *http.Request, v any) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "the body is not JSON", r.Header.Get("Content-Type"), "send it as application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is something behind it")
		}
	}
	var tooLong *http.MaxBytesError
	if err == nil || errors.As(err, &tooLong) {
		return err
	}
	return problem(http.StatusBadRequest, "the body cannot be read", err.Error(), "docs/ui-api.md has the form of each request")
}
