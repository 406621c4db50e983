package replay

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// mintable reports whether a new value of the same look can be made of a
// server's value: it is like no other, or a number that is an id, and does not
// name a thing that lasts.
func mintable(e *entity) bool {
	if shape.Digits(e.value) && len(e.value) < 6 {
		return !e.lasts && e.made && e.origin.why >= byTurn
	}
	return !e.lasts && e.id && e.value != "" && (e.name == "" || shape.Digits(e.value) || shape.Numbered(e.value))
}

// madeThings are what requests make, and what is often numbered from 1 then.
var madeThings = []string{
	"ord", "order", "trade", "fill", "exec", "execution", "tx", "txn", "transaction", "transfer", "withdrawal", "payment",
	"invoice", "ticket", "message", "msg", "event", "task", "job", "run", "session", "conn", "connection", "sub",
	"subscription", "stream", "request", "response", "item", "post", "comment", "upload", "batch", "lease", "lock",
}

// made reports whether an id is by its name that of such a thing.
func made(p *payload.Path) bool {
	for _, w := range words(p.Name) {
		if slices.Contains(madeThings, w) || slices.Contains(madeThings, strings.TrimSuffix(w, "id")) {
			return true
		}
	}
	return false
}

// idWords are names of values that are made up, though they do not end in id.
var idWords = []string{
	"result", "subscription", "session", "sid", "handle", "connection", "conn", "key", "uuid", "guid", "hash", "challenge",
	"salt", "cookie", "listener", "watch", "lease", "location", "ref", "reference", "receipt", "number", "code",
}

// idName reports whether a value at a path is an id by its name or its place,
// and not a text.
func idName(p *payload.Path) bool {
	if roleIn(p) != shape.NoRole || strings.HasPrefix(p.Name, "[") && atTop(p) {
		return true
	}
	list := words(strings.TrimPrefix(p.Name, "@"))
	return len(list) > 0 && slices.Contains(idWords, list[len(list)-1])
}

// lastingThings are what has one id from run to run.
var lastingThings = []string{
	"user", "account", "acct", "acc", "customer", "member", "owner", "author", "tenant", "org", "organization", "team",
	"project", "workspace", "app", "application", "device", "product", "inst", "instrument", "symbol", "market", "pair",
	"channel", "room", "guild", "group", "category", "asset", "coin", "currency", "country", "region", "zone", "node",
	"host", "server", "model", "version", "build", "merchant", "wallet", "address", "profile", "role", "company", "store",
	"shop", "person", "employee", "player", "bot", "agent", "pubkey", "key", "hash",
}

// lasting reports whether an id at a path is that of such a thing: by its own
// name, or by that of the object it is in. What stands in metadata is for the
// logs of who gets it, not for the answer.
func lasting(p *payload.Path) bool {
	for q := p.Parent(); q != nil; q = q.Parent() {
		if q.Name == "metadata" {
			return false
		}
	}
	list := words(p.Name)
	if len(list) == 1 && list[0] == "id" && p.Parent() != nil {
		list = words(p.Parent().Name)
	}
	for _, w := range list {
		if slices.Contains(lastingThings, w) || slices.Contains(lastingThings, strings.TrimSuffix(w, "id")) {
			return true
		}
	}
	return false
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
	case m.why == bySpontaneity, m.why == byTopic && m.cause.doc != nil && m.cause.verb() == subscribe:
		return m.cause == nil || m.cause == m.rec.root
	case m.cause == nil || m.cause.doc == nil:
		return true
	case m.cause.beat != noBeat:
		return false
	case m.why == byRequest && !strings.HasPrefix(m.cause.label, "POST"):
		return false
	}
	return !reads(m.cause.label)
}

// reads reports whether messages of a kind ask for what there is, by the words
// in its name.
func reads(label string) bool {
	for _, w := range words(label) {
		for _, part := range strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune(" =:/", r) }) {
			if slices.Contains(readWords, part) {
				return true
			}
		}
	}
	return false
}

// mint makes a new value that looks like the recorded one and that is not in
// use.
func (c *conversation) mint(e *entity) string {
	for {
		v := minted(c.random, e.value)
		if v == e.value {
			continue
		}
		if _, taken := c.plan.registry.byKey[entityKey{e.name, v}]; taken {
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
