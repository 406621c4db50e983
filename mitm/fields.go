package mitm

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/wiretape/wiretape/capture"
)

// head is the head of an HTTP/1 message, taken apart.
type head struct {
	raw    []byte // from the first line to the blank line
	first  string // the request line or the status line, without its end
	fields []capture.Field
	// clean tells that every reader of raw understands it in the same way: all
	// lines end in CRLF, no line is folded, and names are tokens (RFC 9112 §2.2,
	// §5.1, §5.2). Only a clean head may be passed on as it is.
	clean bool
}

var errMalformedHead = errors.New("malformed head")

// parseHead takes raw apart. Lines that end in a bare LF and folded lines are
// understood; a line without a colon is an error. It keeps raw.
func parseHead(raw []byte) (*head, error) {
	h := &head{raw: raw, clean: bytes.IndexByte(raw, 0) < 0}
	text := string(raw)
	lines := strings.Count(text, "\n")
	h.fields = make([]capture.Field, 0, max(lines-2, 0))
	for n := 0; len(text) > 0; n++ {
		line, rest, found := strings.Cut(text, "\n")
		text = rest
		if !found {
			return nil, errMalformedHead
		}
		bare, crlf := strings.CutSuffix(line, "\r")
		h.clean = h.clean && crlf && strings.IndexByte(bare, '\r') < 0
		switch {
		case n == 0:
			h.first = bare
		case bare == "":
			return h, nil
		default:
			if err := h.addLine(bare); err != nil {
				return nil, err
			}
		}
	}
	return nil, errMalformedHead
}

func (h *head) addLine(line string) error {
	if line[0] == ' ' || line[0] == '\t' { // obs-fold, RFC 9112 §5.2
		if len(h.fields) == 0 {
			return errMalformedHead
		}
		h.clean = false
		last := &h.fields[len(h.fields)-1]
		last.Value = strings.TrimRight(last.Value+" "+strings.Trim(line, " \t"), " \t")
		return nil
	}
	name, value, found := strings.Cut(line, ":")
	if !found || name == "" {
		return errMalformedHead
	}
	h.clean = h.clean && httpguts.ValidHeaderFieldName(name)
	h.fields = append(h.fields, capture.Field{Name: strings.TrimRight(name, " \t"), Value: strings.Trim(value, " \t")})
	return nil
}

// hasToken reports whether one of the fields called name lists token.
func (h *head) hasToken(name, token string) bool {
	return httpguts.HeaderValuesContainsToken(capture.Values(h.fields, name), token)
}

// fieldsOf returns the lines of h in the order of their names. The order in
// which they came is lost in an http.Header.
func fieldsOf(h http.Header) []capture.Field {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	fields := make([]capture.Field, 0, len(h))
	for _, name := range names {
		for _, value := range h[name] {
			fields = append(fields, capture.Field{Name: name, Value: value})
		}
	}
	return fields
}

// canonical returns the name net/http looks for when it frames a response, and
// every other name as it is.
func canonical(name string) string {
	for _, c := range [...]string{"Content-Length", "Connection", "Transfer-Encoding", "Trailer"} {
		if len(name) == len(c) && strings.EqualFold(name, c) {
			return c
		}
	}
	return name
}

// addFields adds fields to h as net/http is to write them to an HTTP/1 client:
// names keep their case, and the empty entries keep net/http from adding a Date
// or a Content-Type of its own, or from taking the length of an answer without a
// body away.
func addFields(h http.Header, fields []capture.Field, status int) {
	values := make([]string, 0, len(fields))
	for _, f := range fields {
		name := canonical(f.Name)
		if had := h[name]; had != nil {
			h[name] = append(had, f.Value)
			continue
		}
		values = append(values, f.Value)
		h[name] = values[len(values)-1:][:1:1]
	}
	for _, name := range [...]string{"Date", "Content-Type"} {
		if _, ok := h[name]; !ok {
			h[name] = nil
		}
	}
	if status == http.StatusNotModified || status == http.StatusNoContent {
		rename(h, "Content-Length", "content-length")
		rename(h, "Content-Type", "content-type")
	}
}

// rename moves the values of a field to another spelling of its name.
func rename(h http.Header, from, to string) {
	if values := h[from]; len(values) > 0 {
		h[to] = append(h[to], values...)
		h[from] = nil
	}
}
