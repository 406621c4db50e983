package apidoc

import (
	"strings"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// rank tells how well a member of that name tells kinds of messages apart; 1 is
// best, 0 not at all.
func rank(name string) int {
	switch name {
	case "op", "operation":
		return 1
	case "action":
		return 2
	case "command", "cmd":
		return 3
	case "method":
		return 4
	case "type":
		return 5
	case "event":
		return 6
	case "msg_type", "msgType", "message_type", "messageType", "event_type", "eventType":
		return 7
	case "kind", "object":
		return 8
	}
	return 0
}

// isKindWord reports whether a string may name a kind: a short word that no
// program made up.
func isKindWord(s string) bool {
	if s == "" || len(s) > maxWord || isMade(s) || isRedacted(s) || formatOf(s) != "" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("_-.:/ +@#", c) >= 0 && i > 0 {
			continue
		}
		return c == '[' && s == "[DONE]"
	}
	return hasLetter(s)
}

// isName reports whether a value names a kind of message: a word, or a small
// number.
func isName(v jsontext.Value) bool {
	if v.Number() {
		return len(v) <= 3 && v[0] != '-' && !strings.Contains(string(v), ".")
	}
	if !v.Is('"') {
		return false
	}
	s := v.Text()
	return isKindWord(s) && !strings.Contains(s, " ") && (!isMixed(s) || isWordy(s))
}

// discriminate returns the name of the kind that a JSON text says it is, "" if
// it does not say.
func discriminate(v jsontext.Value) string {
	best, name := 100, ""
	members, only := 0, ""
	for n, m := range v.Members {
		if r := rank(string(n)); r > 0 && r < best && isName(m) {
			if best, name = r, m.Text(); m.Number() {
				name = string(n) + " " + name
			}
		}
		switch {
		case string(n) == "id":
		case m.Is('{') || m.Is('['):
			members++
			only = string(n)
		default:
			members += 2
		}
	}
	if name == "" && members == 1 && isKindWord(only) { // an envelope: {"serverContent":{…}}
		return only
	}
	if name == "" && v.Is('[') {
		if first := v.First(); first.Is('"') && isName(first) {
			return first.Text()
		}
	}
	return name
}

// general are the words that services say of many kinds of messages; what
// another member says then tells more.
var general = map[string]bool{
	"event": true, "message": true, "msg": true, "data": true, "update": true, "notify": true, "notification": true,
	"push": true, "response": true, "result": true, "reply": true, "ack": true, "request": true, "publish": true,
	"call": true, "command": true, "rpc": true, "signal": true, "next": true, "error": true,
}

// detail returns the word of a message that tells more than op does, "" for
// none.
func detail(v jsontext.Value, op string) string {
	best, word := 100, ""
	for n, m := range v.Members {
		r := rank(string(n))
		if r == 0 || r == 8 || r >= best || !m.Is('"') || !isName(m) {
			continue
		}
		if w := m.Text(); w != op {
			best, word = r, w
		}
	}
	return word
}
