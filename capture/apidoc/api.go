package apidoc

import (
	"encoding/base64"
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/internal/tree"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// API is what a tape tells of the services on it.
type API struct {
	Endpoints []*Endpoint // by host, path and method
	// First and Last are when the first exchange began and the last one.
	First, Last time.Time
}

// Endpoint is what was asked for in one place: all exchanges with one method,
// host and path pattern.
type Endpoint struct {
	Key
	Notes
	Kind         capture.Kind // of what it gives when it goes well: the most telling kind that was seen
	Schemes      []string     // "https", "wss", …
	Subprotocols []string     // those that were chosen
	Protocol     string       // of its sockets, as people call it: "OKX v5"; "" where none is known
	Exchanges    int
	First, Last  time.Time
	// Paths are examples of paths that the pattern stands for, as many as are
	// kept; none where it stands for itself.
	Paths []string

	// What follows is there only if the exchanges were read whole.

	Parameters []*Parameter
	Security   []Security
	Request    []*Content // by media type
	Responses  []*Response
	Messages   []*Message // of sockets and streams, as they first came
	Heartbeats []*Heartbeat
	Ends       []End // of sockets
	Read       Extent
}

// Extent tells how much an Endpoint was made from.
type Extent struct {
	Exchanges int  // that were read whole
	Messages  int  // and the messages and events in them
	Cut       bool // there were more
}

// Place is where a parameter stands.
type Place string

// The places, in the words of OpenAPI.
const (
	InPath   Place = "path"
	InQuery  Place = "query"
	InHeader Place = "header"
	InCookie Place = "cookie"
)

// Parameter is a part of a request's head that has a name.
type Parameter struct {
	In       Place
	Name     string
	Required bool // stood in every request
	Secret   bool // carries what Security tells of
	Schema   *Schema
	Example  string // as it stood there
}

// Security is a way in which a client says who it is.
type Security struct {
	Type   string // "basic", "bearer", "http" for other schemes, "apiKey"
	In     Place
	Name   string // of the header, the parameter or the cookie
	Scheme string // of Authorization, as RFC 9110 §11 calls it
}

// Response is what came back under one status.
type Response struct {
	Status  int
	Reason  string
	Count   int
	Headers []*Parameter
	Content []*Content // by media type; none for event streams and sockets, whose content is Messages
}

// Content is a body of one media type.
type Content struct {
	MediaType string // without parameters, in lower case; "" where none was said
	Format    Format
	Count     int
	Schema    *Schema // nil where nothing can be told
	Examples  []Example
}

// Format is how a payload is written.
type Format string

// The formats.
const (
	JSON   Format = "json"
	Text   Format = "text"
	Binary Format = "binary"
	Form   Format = "form" // application/x-www-form-urlencoded
)

// Example is a payload as it was recorded.
type Example struct {
	Exchange capture.ExchangeID
	Seq      uint64 // of the message or event; 0 for a body
	Format   Format
	Payload  []byte
}

// Value returns the payload as a value of a document: the value of a JSON text,
// else a string, in base64 where it is binary. ok is false where a reader of the
// document would take a part of it for a reference.
func (e Example) Value() (v tree.Value, ok bool) {
	switch e.Format {
	case JSON, Form:
		v = tree.Parse(jsontext.Of(e.Payload))
		return v, !refers(v)
	case Binary:
		return base64.StdEncoding.EncodeToString(e.Payload), true
	}
	return string(e.Payload), true
}

// refers reports whether there is a reference in a value.
func refers(v tree.Value) bool {
	switch v := v.(type) {
	case *tree.Map:
		for name, m := range v.All {
			if name == refName || refers(m) {
				return true
			}
		}
	case tree.List:
		return slices.ContainsFunc(v, refers)
	}
	return false
}

// ID returns a name for a way to log in, for documents that want one.
func (s Security) ID() string {
	switch s.Type {
	case "apiKey":
		return slug(string(s.In) + " " + s.Name)
	case "http":
		return slug("http " + s.Scheme)
	}
	return s.Type
}

// Message is one kind of message or event of an endpoint.
type Message struct {
	ID    string // unique within the endpoint: "send.order"
	Name  string // "order", "subscription OnTick next"
	Dir   capture.Direction
	Role  string // as protocol.Role says: "request", "answer", "push", "heartbeat", "control", "other"
	Error bool   // says that something failed
	Event string // the event's type, of an event stream
	// Format is JSON if every sample was, Binary if one was no text.
	Format   Format
	Count    int
	Schema   *Schema  // nil where nothing can be told
	Topics   []string // what it was about, the first few
	Examples []Example
	// Correlation is the place of the id that a request and its answers share,
	// as a JSON pointer (RFC 6901); "" where there is none.
	Correlation string
	Replies     []*Message // what answered this request
}

// Heartbeat is how one side keeps a socket alive.
type Heartbeat struct {
	Label           string
	Dir             capture.Direction
	Frames          bool // ping frames of WebSocket itself
	Count, Answered int
	Every           time.Duration // between two, on average; 0 for fewer than two
}

// End is how a socket ended, and how often it did.
type End struct {
	How    capture.How
	By     capture.Party
	Code   int
	Reason string
	Count  int
}
