package replay

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/transcript"
)

// maxRequestBody bounds how much of a request's body is compared.
const maxRequestBody = 16 << 20

// body is a recorded response body: the chunks as they came, and the same
// with the content coding undone.
type body struct {
	chunks  []chunk
	wire    []byte
	plain   []byte // nil: as the wire
	codings []string
	broken  bool // the coding could not be undone
}

// chunk is where a run of bytes that came at once ends.
type chunk struct {
	at    time.Duration // since the exchange's start
	late  time.Duration // how long after that faults send it
	wire  int           // end in the bytes as on the wire
	plain int           // end in the decoded bytes
}

// loadBody reads the chunks of a response.
func loadBody(tr *transcript.Transcript) (*body, error) {
	ex := tr.Exchange()
	b := &body{}
	if ex.Response != nil {
		b.codings = content.Codings(capture.Values(ex.Response.Header, "Content-Encoding"))
	}
	var decoder *content.Decoder
	for c, err := range tr.Chunks(capture.Receive) {
		if err != nil {
			return nil, fmt.Errorf("read the body of exchange %d: %w", ex.ID, err)
		}
		if decoder == nil && len(b.codings) > 0 && !b.broken {
			if decoder, err = content.NewDecoder(b.codings); err != nil {
				b.broken = true
			}
		}
		b.wire = append(b.wire, c.Data...)
		if decoder != nil && !b.broken {
			out, err := decoder.Feed(c.Data)
			b.plain = append(b.plain, out...)
			b.broken = err != nil
		}
		b.chunks = append(b.chunks, chunk{at: c.At, wire: len(b.wire), plain: len(b.plain)})
	}
	if decoder != nil {
		out, _ := decoder.Close()
		b.plain = append(b.plain, out...)
		if n := len(b.chunks); n > 0 {
			b.chunks[n-1].plain = len(b.plain)
		}
	}
	if len(b.codings) == 0 {
		b.plain = b.wire
		for i := range b.chunks {
			b.chunks[i].plain = b.chunks[i].wire
		}
	}
	return b, nil
}

// requestBody reads the body of a recorded request, decoded.
func requestBody(tr *transcript.Transcript) ([]byte, error) {
	r := tr.Body(capture.Send)
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxRequestBody))
	if err != nil {
		return nil, fmt.Errorf("read the request body of exchange %d: %w", tr.Exchange().ID, err)
	}
	return data, nil
}

// after returns where in the decoded body the event with an id ends, and false
// if it has none such (WHATWG HTML 9.2.6).
func (b *body) after(id string) (int, bool) {
	last := ""
	found, ok := 0, false
	for start := 0; start < len(b.plain); {
		line, next := eventLine(b.plain, start)
		if v, is := strings.CutPrefix(line, "id:"); is {
			last = strings.TrimPrefix(v, " ")
		} else if line == "" && last == id {
			found, ok = next, true
			last = ""
		}
		start = next
	}
	return found, ok
}

// eventLine returns the line at start and where the next one begins.
func eventLine(p []byte, start int) (line string, next int) {
	end := start
	for end < len(p) && p[end] != '\n' && p[end] != '\r' {
		end++
	}
	next = min(end+1, len(p))
	if end+1 < len(p) && p[end] == '\r' && p[end+1] == '\n' {
		next++
	}
	return string(p[start:end]), next
}
