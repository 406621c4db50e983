package mitm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

var errLongHead = errors.New("the head of the response is longer than is let through")

// readHead reads a head of at most so many bytes, up to and with its blank line.
// What it returns is the caller's.
func readHead(br *bufio.Reader, most int) ([]byte, error) {
	if _, err := br.Peek(1); err != nil {
		return nil, err
	}
	// The whole head is mostly there with the first read.
	there, _ := br.Peek(br.Buffered())
	if end := headEnd(there, 0); end >= 0 && end <= most {
		raw := bytes.Clone(there[:end])
		br.Discard(end)
		return raw, nil
	}
	var raw []byte
	for len(raw) < most {
		line, err := br.ReadSlice('\n')
		raw = append(raw, line...)
		if err != nil && err != bufio.ErrBufferFull {
			return raw, err
		}
		if headEnd(raw, len(raw)-len(line)) == len(raw) {
			return raw, nil
		}
	}
	return raw, errLongHead
}

// response is the head of an HTTP/1 response.
type response struct {
	*head
	at     time.Duration // when it had come, on the recorder's clock
	proto  string
	status int
	reason string
	body   framing
}

// framing says where a body ends (RFC 9112 §6.3).
type framing struct {
	kind   framingKind
	length int64 // of a byLength body
}

type framingKind uint8

const (
	byNothing framingKind = iota // there is no body
	byLength
	byChunks
	byClose
)

// parseResponse takes the head of the response to a request with the given
// method apart.
func parseResponse(raw []byte, method string) (*response, error) {
	h, err := parseHead(raw)
	if err != nil {
		return nil, err
	}
	r := &response{head: h}
	if r.proto, r.status, r.reason, err = parseStatusLine(h.first); err != nil {
		return nil, err
	}
	if r.body, err = r.framing(method); err != nil {
		return nil, err
	}
	return r, nil
}

// parseStatusLine reads a status line (RFC 9112 §4).
func parseStatusLine(line string) (proto string, status int, reason string, err error) {
	proto, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if _, _, ok := http.ParseHTTPVersion(proto); !ok || len(code) != 3 {
		return "", 0, "", fmt.Errorf("malformed status line %.60q", line)
	}
	if status, err = strconv.Atoi(code); err != nil || status < 100 {
		return "", 0, "", fmt.Errorf("malformed status line %.60q", line)
	}
	return proto, status, reason, nil
}

func (r *response) framing(method string) (framing, error) {
	codings := capture.Values(r.fields, "Transfer-Encoding")
	lengths := capture.Values(r.fields, "Content-Length")
	length := int64(-1)
	for _, v := range lengths {
		n, err := strconv.ParseUint(v, 10, 63)
		if err != nil || length >= 0 && int64(n) != length {
			return framing{}, fmt.Errorf("bad Content-Length %.40q", lengths)
		}
		length = int64(n)
	}
	switch {
	case method == http.MethodHead, r.status < 200, r.status == http.StatusNoContent, r.status == http.StatusNotModified:
		return framing{kind: byNothing}, nil
	case len(codings) == 1 && strings.EqualFold(codings[0], "chunked"):
		return framing{kind: byChunks}, nil
	case len(codings) > 0 && r.proto != "HTTP/1.0":
		return framing{}, fmt.Errorf("unknown transfer coding %.40q", codings)
	case length >= 0:
		return framing{kind: byLength, length: length}, nil
	}
	return framing{kind: byClose}, nil
}

// lasts reports whether the connection may be used again after the response
// (RFC 9112 §9.3).
func (r *response) lasts() bool {
	if r.body.kind == byClose || r.hasToken("Connection", "close") {
		return false
	}
	return r.proto != "HTTP/1.0" || r.hasToken("Connection", "keep-alive")
}

// addTo adds the fields to h as net/http is to write them to the client, framed
// in the way the body came.
func (r *response) addTo(h http.Header) {
	addFields(h, r.fields, r.status)
	switch r.body.kind {
	case byChunks:
		delete(h, "Content-Length") // RFC 9112 §6.3: chunked overrides it
		h["Transfer-Encoding"] = []string{"chunked"}
	case byLength:
		delete(h, "Transfer-Encoding")
		h["Content-Length"] = h["Content-Length"][:1]
	case byClose:
		h["Transfer-Encoding"] = []string{"identity"} // net/http: to the end of the connection
	}
}

// captured returns the head as it is recorded.
func (r *response) captured() capture.Response {
	return capture.Response{Status: r.status, Reason: r.reason, Proto: r.proto, Header: r.fields, Raw: r.raw}
}
