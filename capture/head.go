package capture

import (
	"strings"
	"time"
)

// Field is one header or trailer line. Lists of fields keep the order, the case
// and the repetitions they had where they were seen.
type Field struct{ Name, Value string }

// Request is the head of a request.
type Request struct {
	Method  string
	URL     string // absolute: http, https, ws or wss; for a tunnel host:port
	Proto   string // as in "HTTP/1.1", "HTTP/2.0"
	Header  []Field
	Trailer []Field
	Raw     []byte // the head byte for byte, request line to blank line; nil where it was not kept
}

// Response is the head of a response.
type Response struct {
	At      time.Duration // since the exchange's start
	Status  int
	Reason  string // the reason phrase, "OK"; "" under HTTP/2
	Proto   string
	Header  []Field
	Trailer []Field
	Raw     []byte // the head byte for byte, status line to blank line; nil where it was not kept
	Early   []Early
}

// Early is an informational response that came before the final one: 103 Early
// Hints (RFC 8297), 102, but not 101 and not 100 (RFC 9110 §15.2).
type Early struct {
	At     time.Duration // since the exchange's start
	Status int
	Header []Field
}

// Get returns the value of the first field called name, in any case, or "".
func Get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns the values of all fields called name, in any case, in order.
func Values(fields []Field, name string) []string {
	var out []string
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			out = append(out, f.Value)
		}
	}
	return out
}
