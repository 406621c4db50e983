package mitm

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Route leads requests in origin form whose path begins with Prefix to URL. The
// prefix ends at a slash or with the path: "/api" takes "/api" and "/api/x",
// not "/apis". It is taken off, and what is left is appended to URL's path. An
// empty prefix takes everything.
type Route struct {
	Prefix string
	URL    *url.URL // http or https; ws and wss mean the same
}

// reverse is the handler NewReverse returns.
type reverse struct {
	routes []Route // the longest prefix first
	next   http.Handler
}

// NewReverse returns a handler that leads requests in origin form to other
// servers by their path and passes them on to next with absolute URLs, the
// target and the Host being those of the other server. The longest prefix that
// fits wins; where none fits the answer is 404. Paths are compared and kept as
// they came, escapes and all.
func NewReverse(routes []Route, next http.Handler) http.Handler {
	v := &reverse{next: next}
	for _, r := range routes {
		u := *r.URL
		if scheme, ok := strings.CutPrefix(u.Scheme, "ws"); ok {
			u.Scheme = "http" + scheme
		}
		v.routes = append(v.routes, Route{strings.TrimSuffix(r.Prefix, "/"), &u})
	}
	slices.SortStableFunc(v.routes, func(a, b Route) int { return len(b.Prefix) - len(a.Prefix) })
	return v
}

// ServeHTTP implements http.Handler.
func (v *reverse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.RequestURI
	if i := strings.Index(target, "://"); i > 0 && target[0] != '/' {
		target = "/" + strings.TrimPrefix(target[i+3+len(r.URL.Host):], "/")
	}
	for _, route := range v.routes {
		rest, ok := strings.CutPrefix(target, route.Prefix)
		if !ok || rest != "" && rest[0] != '/' && rest[0] != '?' && rest != "*" {
			continue
		}
		out, err := route.lead(r, rest)
		if err != nil {
			http.Error(w, "wiretape: "+err.Error(), http.StatusBadRequest)
			return
		}
		v.next.ServeHTTP(w, out)
		return
	}
	http.Error(w, fmt.Sprintf("wiretape: no --reverse leads from %q\n", target), http.StatusNotFound)
}

// lead returns a copy of r that goes where the route leads. rest is what is
// left of the target.
func (route *Route) lead(r *http.Request, rest string) (*http.Request, error) {
	target := rest
	if rest != "*" {
		path, _, _ := strings.Cut(rest, "?")
		query := rest[len(path):]
		if target = strings.TrimSuffix(route.URL.EscapedPath(), "/") + path; target == "" {
			target = "/"
		}
		if extra := route.URL.RawQuery; extra != "" {
			query = "?" + strings.TrimPrefix(extra+"&"+strings.TrimPrefix(query, "?"), "&")
			query = strings.TrimSuffix(query, "&")
		}
		target += query
	}
	u, err := url.ParseRequestURI(readablePath(target))
	if err != nil {
		return nil, err
	}
	u.Scheme, u.Host = route.URL.Scheme, route.URL.Host
	out := r.WithContext(r.Context())
	out.URL, out.Host, out.RequestURI = u, route.URL.Host, target
	return out, nil
}

// explainOrigin answers a request that was sent to the proxy as if it were a
// web server.
func explainOrigin(w http.ResponseWriter, r *http.Request) {
	http.Error(w, `wiretape: this is a proxy, and this request was sent to it as to a web server.

To record a program, set this address as its HTTP proxy, or as its SOCKS proxy,
or start it with: wiretape record -- COMMAND
To record a server under this address, start wiretape with --reverse URL.
How to trust the CA is told at http://wiretape/, through the proxy.
`, http.StatusMisdirectedRequest)
}
