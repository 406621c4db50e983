package redact

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// message finds the secrets in the payload of a message.
func (f *finder) message(p []byte) {
	if !utf8.Valid(p) {
		f.sameLength = true // what counts bytes must still count right
		f.scan(p, 0, len(p))
		return
	}
	if i := jsonStart(p); i >= 0 {
		inner := *f
		inner.edits = nil
		inner.json(p[i:])
		f.scan(p, 0, i)
		if f.leaves != nil {
			for k := range *f.leaves {
				(*f.leaves)[k].start += i
				(*f.leaves)[k].end += i
			}
		}
		f.within(&inner, i, nil)
		return
	}
	before := len(f.edits)
	if f.r.rules.defaults {
		f.lines(p)
		f.command(p)
	}
	f.scan(p, 0, len(p))
	if f.leaves != nil && len(f.edits) == before && len(p) <= maxLeaf {
		*f.leaves = append(*f.leaves, leaf{start: 0, end: len(p)})
	}
}

// jsonStart returns where JSON begins in p, or -1. What may stand before it are
// the prefixes of Engine.IO, Socket.IO and SockJS ("42/chat,7[…]", "a[…]"), and one word
// ("CONNECT {…}").
func jsonStart(p []byte) int {
	for i := range min(len(p), 64) {
		switch c := p[i]; {
		case c == '{' || c == '[':
			return i
		case tokenByte(c) || c == '/' || c == ',' || c == ':' || c == '.' || c == ' ' || c == '\n' || c == '\r' || c == '\t':
			if c == ' ' && i+1 < len(p) && tokenByte(p[i+1]) {
				return -1 // running text
			}
		default:
			return -1
		}
	}
	return -1
}

// lines finds the secrets in the header lines of STOMP's first frame, and in
// lines that look like header fields elsewhere.
func (f *finder) lines(p []byte) {
	stomp := bytes.HasPrefix(p, []byte("CONNECT\n")) || bytes.HasPrefix(p, []byte("STOMP\n"))
	if !stomp && bytes.IndexByte(p, ':') < 0 {
		return
	}
	for start := 0; start < len(p); {
		stop := cutAt(p, start, len(p), '\n')
		colon := cutAt(p, start, min(stop, start+64), ':')
		if colon < stop && p[colon] == ':' && colon > start {
			f.line(p, start, colon, stop, stomp)
		}
		start = stop + 1
	}
}

func (f *finder) line(p []byte, start, colon, stop int, stomp bool) {
	for _, c := range p[start:colon] {
		if !tokenByte(c) {
			return
		}
	}
	if stop > colon && p[stop-1] == '\r' {
		stop--
	}
	name := string(p[start:colon])
	if !stomp && (colon+1 >= stop || p[colon+1] != ' ' || !strings.Contains(name, "-") && !strings.EqualFold(name, "authorization")) {
		return
	}
	if lower := strings.ToLower(name); f.r.rules.isHeader(lower) || lower == "authorization" || stomp && defaultName(normal(name)) != notSecret {
		inner := *f
		inner.edits, inner.place = nil, f.place+" "+name
		inner.authorization(p, colon+1, stop, "login")
		f.edits = append(f.edits, inner.edits...)
	}
}

// command finds the secret behind a command that logs in: "PASS oauth:…" (IRC),
// "AUTH …".
func (f *finder) command(p []byte) {
	for start := 0; start < len(p); {
		stop := cutAt(p, start, len(p), '\n')
		end := stop
		if end > start && p[end-1] == '\r' {
			end--
		}
		space := cutAt(p, start, min(end, start+16), ' ')
		switch strings.ToUpper(string(p[start:space])) {
		case "PASS", "AUTH", "AUTHENTICATE", "LOGIN":
			if i, j := trim(p, min(space, end), end); j > i && !bytes.ContainsAny(p[i:j], ".!?,") {
				f.add(p, i, j, "login", f.place)
			}
		}
		start = stop + 1
	}
}
