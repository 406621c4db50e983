package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// header finds the secrets in the value of a header field.
func (f *finder) header(name string, p []byte) {
	lower := strings.ToLower(name)
	rules := &f.r.rules
	if rules.keepHeader(lower) {
		return
	}
	switch {
	case !rules.defaults:
	case lower == "authorization" || lower == "proxy-authorization":
		f.authorization(p, 0, len(p), "authorization")
		return
	case lower == "cookie":
		f.cookies(p)
		return
	case lower == "set-cookie":
		f.setCookie(p)
		return
	case lower == "sec-websocket-protocol":
		f.subprotocols(p)
		return
	case lower == "location" || lower == "content-location" || lower == "referer" || lower == "origin":
		f.url(p)
		return
	}
	if rules.isHeader(lower) {
		f.authorization(p, 0, len(p), "header")
		return
	}
	f.scan(p, 0, len(p))
}

// authorization finds the credentials in a value that may begin with the name
// of their scheme (RFC 9110 §11.4).
func (f *finder) authorization(p []byte, start, end int, rule string) {
	start, end = trim(p, start, end)
	if start < end && isScheme(string(p[start:end])) {
		scheme := cutAt(p, start, end, ' ')
		basic := strings.EqualFold(string(p[start:scheme]), "basic")
		start, end = trim(p, scheme, end)
		if basic {
			f.basic(p[start:end])
		}
	}
	f.add(p, start, end, rule, f.place)
}

// isScheme reports whether a value begins with a scheme and a space.
func isScheme(value string) bool {
	word, _, ok := strings.Cut(value, " ")
	if !ok || len(word) > 32 {
		return false
	}
	for i := range len(word) {
		if !tokenByte(word[i]) {
			return false
		}
	}
	return word != ""
}

// basic remembers the password in basic credentials (RFC 7617), so that it is
// found elsewhere.
func (f *finder) basic(p []byte) {
	plain, err := base64.StdEncoding.DecodeString(string(p))
	if err != nil {
		return
	}
	if _, password, ok := bytes.Cut(plain, []byte(":")); ok && distinct(string(password)) {
		f.r.book.placeholder(string(password), 0)
	}
}

// cookies finds the values of a Cookie field (RFC 6265 §4.2).
func (f *finder) cookies(p []byte) {
	for start := 0; start < len(p); {
		stop := cutAt(p, start, len(p), ';')
		f.cookie(p, start, stop)
		start = stop + 1
	}
}

// setCookie finds the value of a Set-Cookie field, whose attributes stay.
func (f *finder) setCookie(p []byte) {
	stop := cutAt(p, 0, len(p), ';')
	f.cookie(p, 0, stop)
	f.scan(p, stop, len(p))
}

func (f *finder) cookie(p []byte, start, stop int) {
	start, stop = trim(p, start, stop)
	value := cutAt(p, start, stop, '=') + 1
	name := "cookie"
	if value > stop {
		value = start
	} else if name = string(p[start : value-1]); f.r.rules.keepCookie(name) {
		return
	}
	value, stop = trim(p, value, stop)
	if value+1 < stop && p[value] == '"' && p[stop-1] == '"' {
		value, stop = value+1, stop-1
	}
	f.addAs(value, stop, unescapeQuery(string(p[value:stop]), '+'), "cookie", f.place+" "+name)
}

// carriers are the ways in which programs put a key into a subprotocol, which
// is the one field a browser lets them set.
var carriers = [...]string{
	"insecure-api-key.", "bearer.authorization.k8s.io.", "access_token.", "access-token.",
	"authorization.", "bearer.", "token.", "jwt.", "auth.", "api-key.", "apikey.", "token-", "bearer-",
}

// subprotocols finds keys among the subprotocols a client offers (RFC 6455
// §4.1), and in the one that the server takes.
func (f *finder) subprotocols(p []byte) {
	previous := ""
	for start := 0; start < len(p); {
		stop := cutAt(p, start, len(p), ',')
		i, j := trim(p, start, stop)
		f.subprotocol(p, i, j, previous)
		previous = strings.ToLower(string(p[i:j]))
		start = stop + 1
	}
}

func (f *finder) subprotocol(p []byte, start, stop int, previous string) {
	item := string(p[start:stop])
	lower := strings.ToLower(item)
	for _, carrier := range carriers {
		if i := strings.Index(lower, carrier); i >= 0 && i+len(carrier) < len(item) {
			f.add(p, start+i+len(carrier), stop, "subprotocol", f.place)
			return
		}
	}
	switch previous {
	case "bearer", "token", "access_token", "access-token", "authorization", "auth", "jwt", "apikey", "api-key", "api_key":
		f.add(p, start, stop, "subprotocol", f.place)
		return
	}
	// What is long and has digits and letters, and is not the dotted name of a
	// protocol, was not made up by a person.
	if len(item) >= 24 && distinct(item) && strings.ContainsAny(item, "0123456789") && random(item) {
		f.add(p, start, stop, "subprotocol", f.place)
		return
	}
	f.scan(p, start, stop)
}

// random reports whether s changes between kinds of character as often as keys do.
func random(s string) bool {
	changes := 0
	for i := 1; i < len(s); i++ {
		if class(s[i]) != class(s[i-1]) {
			changes++
		}
	}
	return changes*4 >= len(s)
}

func class(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return 0
	case 'A' <= c && c <= 'Z':
		return 1
	case '0' <= c && c <= '9':
		return 2
	}
	return 3
}
