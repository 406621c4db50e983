// Package curl stands at the far end of the path bytes → mitm → capture →
// show, export, replay: it writes a recorded exchange as the command line that
// makes the same request again, curl for HTTP and websocat for sockets.
//
// What was recorded is not to be trusted: whatever stands in it, a POSIX shell
// that runs the line runs that one program, with the recorded values as its
// arguments, and no value is taken for an option or a file.
package curl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// Command returns the command line for an exchange, without a line end. body is
// the request's body, with its content coding undone or not as the headers say.
// A tunnel, and a body that cannot stand on a command line, is an error.
func Command(ex *capture.Exchange, body []byte) (string, error) {
	if err := plain(ex.Request.URL); err != nil {
		return "", fmt.Errorf("the address of exchange %d: %w", ex.ID, err)
	}
	switch ex.Kind {
	case capture.KindTunnel:
		return "", fmt.Errorf("exchange %d is a tunnel: what was said in it is not known", ex.ID)
	case capture.KindWebSocket:
		return socket(ex), nil
	}
	// Without --globoff brackets and braces in the address would be patterns.
	words := []string{"curl", "--globoff"}
	switch {
	case strings.HasPrefix(ex.Request.Proto, "HTTP/2"):
		words = append(words, "--http2")
	case ex.Request.Proto == "HTTP/1.0":
		words = append(words, "--http1.0")
	}
	switch method := ex.Request.Method; {
	case !token(method):
		return "", fmt.Errorf("exchange %d has no method curl could send", ex.ID)
	case method == "HEAD":
		words = append(words, "--head")
	case method != "GET" || len(body) > 0:
		words = append(words, "--request", method)
	}
	if ex.Kind == capture.KindSSE || ex.Kind == capture.KindNDJSON {
		words = append(words, "--no-buffer")
	}
	for _, f := range ex.Request.Header {
		if sent(f) {
			words = append(words, "--header", quote(line(f)))
		}
	}
	if len(body) > 0 {
		if err := plain(string(body)); err != nil {
			return "", fmt.Errorf("the request body of exchange %d: %w", ex.ID, err)
		}
		words = append(words, "--data-raw", quote(string(body)))
	}
	return join(append(words, "--url", quote(ex.Request.URL))), nil
}

// socket returns the command line that opens the same socket.
func socket(ex *capture.Exchange) string {
	words := []string{"websocat"}
	for _, f := range ex.Request.Header {
		switch name := strings.ToLower(f.Name); {
		case name == "sec-websocket-protocol":
			words = append(words, "--protocol="+quote(f.Value))
		case strings.HasPrefix(name, "sec-websocket-"), name == "upgrade":
		case sent(f):
			words = append(words, "--header="+quote(line(f)))
		}
	}
	return join(append(words, "--", quote(ex.Request.URL)))
}

// sent reports whether curl is told to send a field: those about one
// connection it makes for itself, and what is no field it would read as a file.
func sent(f capture.Field) bool {
	switch strings.ToLower(f.Name) {
	case "host", "content-length", "transfer-encoding", "connection", "proxy-connection", "keep-alive", "te", "expect":
		return false
	}
	return token(f.Name) && plain(f.Value) == nil
}

// line writes a field as curl's --header wants it: one without a value ends in
// a semicolon, since "Name:" would take the field away.
func line(f capture.Field) string {
	if f.Value == "" {
		return f.Name + ";"
	}
	return f.Name + ": " + f.Value
}

// token reports whether s is a token (RFC 9110 §5.6.2), and so neither an
// option nor a file.
func token(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != "" && s[0] != '-'
}

// plain returns an error for text that would not survive a command line or a
// terminal as it is.
func plain(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("it is not text")
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return fmt.Errorf("it holds the control character %U", r)
		}
	}
	return nil
}

// quote puts s between single quotes, inside of which a POSIX shell takes
// every character for itself.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// join sets an option with its value on a line of its own.
func join(words []string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case strings.HasPrefix(w, "--"):
			b.WriteString(" \\\n  ")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}
