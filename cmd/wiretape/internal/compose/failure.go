package compose

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// UnknownError names the variables of a text that stand for nothing. The text
// is not sent then.
type UnknownError struct{ Names []string }

func (e *UnknownError) Error() string {
	return "nothing is known of {{" + strings.Join(e.Names, "}}, {{") + "}}"
}

// Hint says how to give them a value.
func (e *UnknownError) Hint() string {
	if name, ok := strings.CutPrefix(e.Names[0], "env."); ok {
		return "set the environment variable " + name + " before wiretape is started"
	}
	if strings.HasPrefix(e.Names[0], "$") {
		return "the functions are $uuid, $nowMs, $seq, $hmacSha256 and $hmacSha256Base64"
	}
	return "give it a value with --var " + e.Names[0] + "=…, or as a variable on the page; write \\{{ where the braces themselves are meant"
}

// TemplateError is a placeholder that cannot be read.
type TemplateError struct {
	At  int // the byte of the text
	Why string
}

func (e *TemplateError) Error() string { return fmt.Sprintf("at byte %d: %s", e.At, e.Why) }

// Hint says what placeholders look like.
func (e *TemplateError) Hint() string {
	return `as in {{name}}, {{env.NAME}}, {{$uuid}} or {{$hmacSha256 env.KEY "text" $nowMs}}; write \{{ where the braces themselves are meant`
}

// TargetError is a part of a Target that cannot be sent.
type TargetError struct{ Part, Why, hint string }

func (e *TargetError) Error() string { return e.Part + ": " + e.Why }

// Hint says how to write it; it may be empty.
func (e *TargetError) Hint() string { return e.hint }

// MessageError is a message that cannot be sent as it was written.
type MessageError struct {
	Why string
	At  int // the byte of its text that is wrong; -1 where it is not one
}

func (e *MessageError) Error() string { return e.Why }

// Hint says how to write it.
func (e *MessageError) Hint() string {
	return "a message is a text, or bytes in base64 (RFC 4648 4) or in hex digits"
}

// UnreachableError says that the recorder could not reach the server, or would
// not: its certificate is not trusted, nobody listens there, or it is
// wiretape's own. Nothing of the request has left then.
type UnreachableError struct {
	URL    string
	Status int    // what the recorder answered: 403 and 508 for addresses of its own, 502, 504
	Why    string // in the recorder's words
	Client string // our address, by which Find knows the exchange
	hint   string
}

func (e *UnreachableError) Error() string { return e.URL + " cannot be reached: " + e.Why }

// Hint says what can be done.
func (e *UnreachableError) Hint() string { return e.hint }

// RefusedError says that a server answered a handshake with something else
// than a WebSocket.
type RefusedError struct {
	URL    string
	Status int
	Reason string // the reason phrase, or what is wrong with the handshake
	Header []capture.Field
	Body   []byte // up to 64 KiB of it
	Client string // our address, by which Find knows the exchange
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s is no WebSocket: the server answered %d %s", e.URL, e.Status, e.Reason)
}

// Hint says what can be done.
func (e *RefusedError) Hint() string {
	switch {
	case e.Status == http.StatusSwitchingProtocols:
		return "the server, or something before it, does not follow RFC 6455 4.2.2"
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return "the server wants to know who you are, or does not like it: see its answer, and send credentials in a header, a cookie or a parameter; some want an Origin header"
	case e.Status >= 300 && e.Status < 400 && capture.Get(e.Header, "Location") != "":
		return "the server sends you to " + capture.Get(e.Header, "Location")
	case e.Status == http.StatusNotFound:
		return "see whether the path is right"
	case e.Status == http.StatusBadRequest || e.Status == http.StatusUpgradeRequired:
		return "see the server's answer; some ask for a subprotocol, an Origin header or another path"
	case e.Status == http.StatusOK:
		return "there is a plain HTTP server at this path; send an http or https request to it, or see whether the path is right"
	}
	return "see the server's answer"
}

// ProxyError says that the recorder's proxy did not let the client through.
type ProxyError struct {
	Proxy string // host:port
	Err   error
}

func (e *ProxyError) Error() string { return "the recorder at " + e.Proxy + ": " + e.Err.Error() }
func (e *ProxyError) Unwrap() error { return e.Err }

// Hint says what can be done.
func (e *ProxyError) Hint() string {
	return "see whether the recorder still runs, and whether it looks into connections to this host (--exclude, --include)"
}

// ClosedError says that a connection is over, so that nothing can be sent.
type ClosedError struct{ Ended Ended }

func (e *ClosedError) Error() string { return "the connection is over: " + e.Ended.String() }

// Hint says what can be done.
func (e *ClosedError) Hint() string { return "connect again, and send it then" }

// ErrNoConnection is returned for a connection a Desk does not know.
var ErrNoConnection = errors.New("there is no such connection")
