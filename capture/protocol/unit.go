package protocol

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Role is what a unit is in the conversation.
type Role uint8

// The roles.
const (
	Other     Role = iota // nothing is known of it
	Request               // wants an answer, or may have one
	Answer                // answers a request of the other side
	Push                  // said without having been asked, by either side
	Heartbeat             // keeps the connection alive: asked, answered, or a sign of life
	Control               // is about the connection itself: handshakes, acknowledgements, closing
)

var roleNames = [...]string{"other", "request", "answer", "push", "heartbeat", "control"}

// String returns the role's name, "request".
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "other"
}

// Unit is one message of an application protocol. Every byte of a message is in
// the Data of one unit, and in order; only between the messages of a unit that
// stands in several there may be others.
type Unit struct {
	Seq         uint64 // 1, 2, 3 … within the exchange, in the order in which the units were complete
	Dir         capture.Direction
	At          time.Duration // first byte of the first message it stands in, since the exchange's start
	Took        time.Duration // to the last byte of the last message it stands in
	First, Last uint64        // the Seq of those messages
	Opcode      capture.Opcode
	// Data is the unit as it stood in its messages, with what sets units apart.
	// It shares the memory of the message where it stands in one.
	Data []byte
	// Body is what there is to read: Data without separators and packet types,
	// the payload of a PUBLISH, the text of a STOMP frame, inflated where the
	// protocol compresses. Mostly a part of Data.
	Body  []byte
	Label string // for people: "order", "subscribe tickers BTC-USDT", "PUBLISH a/b"
	Op    string // the part of the label that names the kind: "order", "subscribe", "PUBLISH"; of an answer the request's, where it is known
	Role  Role
	ID    string // what correlates requests and answers, as text; "" where there is none
	Topic string // what it is about, as subscriptions name it
	Error bool   // says that something failed
	More  bool   // an answer after which others to the same request may come
	// Violation is the rule of the protocol that it breaks, or why it could not
	// be cut: "MQTT 3.1.1 2.1: packet type 0".
	Violation string

	link link
}

// link is how a unit hangs together with others.
type link struct {
	key    string   // the id in its own space: what a request and its answers share
	alt    string   // likewise for answers without an id: oldest request first
	any    bool     // answers the oldest open request, if nothing else fits
	verb   verb     // what it does about a subscription
	topics []string // of a subscription that names more than one
	filter bool     // topics are MQTT topic filters
	wants  int8     // how many answers a request is promised; 0: one, optional: none
	beat   beat
}

// optional are the answers of a request that may go without one.
const optional = -1

// verb is what a unit does about a subscription.
type verb uint8

const (
	noVerb verb = iota
	opens
	ends
)

// beat is which part of a heartbeat a unit is.
type beat uint8

const (
	noBeat beat = iota
	asks
	replies
	sign // wants no reply
)

// ask makes u a request with the given id, written as key in the space of ids.
// Without an id there is no key.
func (u *Unit) ask(id, key string) {
	u.Role = Request
	u.identify(id, key)
}

// answer makes u an answer to the request with the given id.
func (u *Unit) answer(id, key string) {
	u.Role = Answer
	u.identify(id, key)
}

func (u *Unit) identify(id, key string) {
	if id == "" {
		key = ""
	}
	u.ID, u.link.key = id, key
}

// beats makes u a heartbeat.
func (u *Unit) beats(b beat) {
	u.Role, u.link.beat = Heartbeat, b
}

// about notes the subscription that u opens or ends.
func (u *Unit) about(v verb, topic string) {
	u.link.verb, u.Topic = v, topic
}
