package apidoc

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
)

// Key names an endpoint.
type Key struct {
	Method  string // "GET"
	Host    string // with its port, where the address has one
	Pattern string // the path, with {name} for segments that vary
}

// String returns the key as it is written: "GET host:8443 /users/{id}".
func (k Key) String() string { return k.Method + " " + k.Host + " " + k.Pattern }

// ErrKey is returned for what names no endpoint.
var ErrKey = errors.New("not METHOD HOST /PATH, as in: GET api.example.com /users/{id}")

// ParseKey is the inverse of Key.String.
func ParseKey(s string) (Key, error) {
	method, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	host, pattern, _ := strings.Cut(strings.TrimSpace(rest), " ")
	k := Key{strings.ToUpper(method), strings.ToLower(host), strings.TrimSpace(pattern)}
	if k.Method == "" || k.Host == "" || !strings.HasPrefix(k.Pattern, "/") || strings.ContainsAny(k.Pattern, " ?#\t\r\n") {
		return Key{}, ErrKey
	}
	return k, nil
}

// Variables returns the names of the segments that vary, in order.
func (k Key) Variables() []string {
	var names []string
	for s := range strings.SplitSeq(k.Pattern, "/") {
		if isVariable(s) {
			names = append(names, s[1:len(s)-1])
		}
	}
	return names
}

// Slug returns the path as a name of letters, digits and hyphens.
func (k Key) Slug() string {
	if strings.Trim(k.Pattern, "/") == "" {
		return "root"
	}
	return slug(k.Pattern)
}

// compare orders keys by host, path and method.
func compare(a, b Key) int {
	return cmp.Or(strings.Compare(a.Host, b.Host), strings.Compare(a.Pattern, b.Pattern), strings.Compare(a.Method, b.Method))
}

// address is the parts of an exchange's URL, as they were written.
type address struct{ scheme, host, path, query string }

// splitURL takes an absolute URL apart. The path stays in its escapes.
func splitURL(s string) (a address, ok bool) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return a, false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, a.query, _ = strings.Cut(rest, "?")
	a.scheme = strings.ToLower(scheme)
	a.host, a.path = rest, "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		a.host, a.path = rest[:i], rest[i:]
	}
	a.host = strings.ToLower(a.host[strings.LastIndexByte(a.host, '@')+1:])
	port := map[string]string{"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}[a.scheme]
	if port != "" {
		a.host = strings.TrimSuffix(a.host, port)
	}
	return a, a.host != ""
}

// pairs yields the names and values of a query or a form, in order.
func pairs(query string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for part := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(part, "=")
			if name == "" {
				continue
			}
			if !yield(unescape(name), unescape(value)) {
				return
			}
		}
	}
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return strings.ToValidUTF8(u, "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
