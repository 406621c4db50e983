package capture

import (
	"fmt"
	"time"
)

// How tells in which way an exchange ended.
type How uint8

// The ways to end. The numbers stand on tapes and never change.
const (
	HowClose   How = iota + 1 // a WebSocket close frame, or a message that was complete by its own framing
	HowFIN                    // the connection was closed; for a framed body that is a cut
	HowReset                  // RST, or RST_STREAM under HTTP/2
	HowTimeout                // a time limit ran out
	HowError                  // anything else: Err says what
)

var howNames = [...]string{"", "close", "fin", "reset", "timeout", "error"}

// String returns "close", "fin", "reset", "timeout" or "error".
func (h How) String() string {
	if int(h) < len(howNames) {
		return howNames[h]
	}
	return fmt.Sprintf("how(%d)", uint8(h))
}

// ParseHow is the inverse of How.String.
func ParseHow(s string) (How, error) {
	for i, n := range howNames {
		if i > 0 && n == s {
			return How(i), nil
		}
	}
	return 0, fmt.Errorf("unknown way to end %q", s)
}

// Party is who ended an exchange.
type Party uint8

// The parties. The numbers stand on tapes and never change.
const (
	Client Party = iota + 1
	Server
	Proxy
)

var partyNames = [...]string{"", "client", "server", "proxy"}

// String returns "client", "server" or "proxy".
func (p Party) String() string {
	if int(p) < len(partyNames) {
		return partyNames[p]
	}
	return fmt.Sprintf("party(%d)", uint8(p))
}

// ParseParty is the inverse of Party.String.
func ParseParty(s string) (Party, error) {
	for i, n := range partyNames {
		if i > 0 && n == s {
			return Party(i), nil
		}
	}
	return 0, fmt.Errorf("unknown party %q", s)
}

// End is how an exchange ended, and by whom.
//
// After a close frame How is HowClose whatever TCP does then, and Code and
// Reason are those of the first close frame; the recorder fills them in, a
// relay only reports what the connection did. A complete HTTP message ends with
// HowClose and Code 0; one that its framing leaves short with HowFIN or
// HowReset.
type End struct {
	At       time.Duration // since the exchange's start
	How      How
	By       Party
	Code     int    // close code; 1005 for a close frame without one; 0 where no close frame came
	Reason   string // close reason
	NoNotify bool   // the TLS connection ended without close_notify (RFC 8446 §6.1)
	Err      string // what went wrong, for people
}
