package replay

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/replay/internal/shape"
)

// mintable reports whether a new value of the same look can be made of a
// server's value: it is like no other, or a number that is an id.
func mintable(e *entity) bool {
	return e.value != "" && (e.name == "" || shape.Digits(e.value) || shape.Numbered(e.value))
}

// readWords are words of requests that make nothing: what they show lasts.
var readWords = []string{
	"get", "list", "fetch", "query", "read", "search", "find", "status", "show", "describe", "req", "select", "scan",
	"count", "info", "stats", "history", "snapshot", "lookup", "view", "check", "poll", "head", "options",
}

// creates reports whether a message of the server may show things made for the
// request it answers: not where the request only reads, and not in a stream.
func creates(m *message) bool {
	switch {
	case m.why == bySpontaneity, m.why == byTopic && m.cause.doc != nil && verbOf(m.cause.doc) == subscribe:
		return m.cause == nil || m.cause == m.rec.root
	case m.cause == nil || m.cause.doc == nil:
		return true
	case m.why == byRequest && !strings.HasPrefix(m.cause.label, "POST"):
		return false
	}
	for _, w := range words(m.cause.label) {
		for _, part := range strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune(" =:/", r) }) {
			if slices.Contains(readWords, part) {
				return false
			}
		}
	}
	return true
}

// mint makes a new value that looks like the recorded one and that is not in
// use.
func (c *conversation) mint(e *entity) string {
	for {
		v := minted(c.random, e.value)
		if v == e.value {
			continue
		}
		if _, taken := c.plan.registry[entityKey{e.name, v}]; taken {
			continue
		}
		if c.server.mint(entityKey{e.name, v}, e) {
			return v
		}
	}
}

// minted draws a value of the look of s: letters stay letters of their case,
// digits digits; words at the start, as in "ord_8fK2", stay.
func minted(r *rand.Rand, s string) string {
	if shape.UUID(s) {
		return mintedUUID(r, s)
	}
	if shape.Digits(s) {
		return mintedNumber(r, s)
	}
	prefix := 0
	if i := strings.LastIndexAny(s, "_-:"); i >= 0 && len(s)-i > 4 {
		prefix = i + 1
	}
	hex := isHexText(s[prefix:])
	b := []byte(s)
	for i := prefix; i < len(b); i++ {
		b[i] = redraw(r, b[i], hex)
	}
	return string(b)
}

func redraw(r *rand.Rand, c byte, hex bool) byte {
	letters := byte(26)
	if hex {
		letters = 6
	}
	switch {
	case c >= '0' && c <= '9':
		return '0' + byte(r.IntN(10))
	case c >= 'a' && c <= 'z':
		return 'a' + byte(r.IntN(int(letters)))
	case c >= 'A' && c <= 'Z':
		return 'A' + byte(r.IntN(int(letters)))
	}
	return c
}

func isHexText(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == '-') {
			return false
		}
	}
	return true
}

// mintedUUID keeps version and variant (RFC 9562 §4), and so of time-ordered
// ones nothing but that.
func mintedUUID(r *rand.Rand, s string) string {
	b := []byte(s)
	base := strings.IndexByte(s, '-') - 8
	for i := range b {
		if at := i - base; at == 14 || at == 19 {
			continue
		}
		if c := b[i]; c != '-' && c != '{' && c != '}' {
			const digits = "0123456789abcdef"
			b[i] = digits[r.IntN(16)]
			if c >= 'A' && c <= 'F' || strings.ToUpper(s) == s && strings.ToLower(s) != s {
				b[i] = "0123456789ABCDEF"[r.IntN(16)]
			}
		}
	}
	return string(b)
}

// mintedNumber keeps the number of digits of a long number, and its first half;
// a short one becomes a larger one.
func mintedNumber(r *rand.Rand, s string) string {
	b := []byte(s)
	if len(b) < 6 {
		const head = "123456789"
		out := []byte{head[r.IntN(len(head))]}
		for range max(len(b), 5) {
			out = append(out, '0'+byte(r.IntN(10)))
		}
		return string(out)
	}
	for i := len(b) / 2; i < len(b); i++ {
		b[i] = '0' + byte(r.IntN(10))
	}
	return string(b)
}
