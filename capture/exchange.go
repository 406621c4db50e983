package capture

import (
	"fmt"
	"time"
)

// ExchangeID numbers the exchanges of a tape: 1, 2, 3 … Zero means none.
type ExchangeID uint64

// Kind tells how the content of an exchange is to be read.
type Kind uint8

// The kinds of exchange. The numbers stand on tapes and never change.
const (
	KindHTTP      Kind = iota // one request, one response with a body
	KindWebSocket             // an upgrade that was answered with 101 (RFC 6455)
	KindSSE                   // a text/event-stream response (WHATWG HTML 9.2)
	KindNDJSON                // a response of JSON texts, one a line or one an element
	KindTunnel                // bytes passed through without a look inside
)

var kindNames = [...]string{"http", "websocket", "sse", "ndjson", "tunnel"}

// String returns the kind's name in the JSON contract: "http", "websocket", …
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind is the inverse of Kind.String.
func ParseKind(s string) (Kind, error) {
	for i, n := range kindNames {
		if n == s {
			return Kind(i), nil
		}
	}
	return 0, fmt.Errorf("unknown kind of exchange %q", s)
}

// Exchange is one request and all that came back: one HAR entry. A WebSocket
// and an event stream are exchanges of their own kind, not other types.
//
// While an exchange is being recorded its Track's lock guards it; what a Reader
// returns is the caller's own copy.
type Exchange struct {
	ID       ExchangeID
	Session  SessionID
	Kind     Kind
	Started  time.Time     // wall clock: the session's anchor + At
	At       time.Duration // since the session's start
	Duration time.Duration // from At to the end, or to the last piece while open
	Open     bool          // still being recorded, or cut off by a crash (then Cut)
	Cut      bool          // the recorder ended before the exchange did

	Request  Request
	Response *Response // nil until the head of a response came

	Client   string // the client's address, host:port
	Server   string // the upstream address that was dialled, host:port, "" when none was
	Timing   Timing
	Sent     Counts // client → server
	Received Counts // server → client
	End      *End   // nil while open
	Lost     Loss   // what an overloaded recorder had to leave out
	Fault    string // why the recording of this exchange stopped before the exchange did

	Note string
	Tags []string
}

// Counts is the arithmetic of one direction of an exchange.
//
// For sockets Messages counts data messages, Control pings, pongs and closes,
// Frames frames, and Bytes payload bytes as on the wire. For event streams and
// JSON lines Messages counts the events that dispatch and the records, Bytes
// body bytes as on the wire. For plain exchanges only Bytes counts.
type Counts struct {
	Messages, Control, Frames, Bytes uint64
}

// Loss counts what was forwarded but not recorded because the recorder's queue
// was full (--on-overload gap). Where each gap lies stands in the pieces.
type Loss struct {
	Gaps, Bytes uint64
}

// Timing is how the time before the response was spent; -1 where a phase did
// not happen, or is not known (HAR 1.2 timings; Connect does not include TLS).
type Timing struct {
	Blocked, DNS, Connect, TLS, Send, Wait time.Duration
}

// NoTiming is the Timing in which nothing is known.
var NoTiming = Timing{Blocked: -1, DNS: -1, Connect: -1, TLS: -1, Send: -1, Wait: -1}
