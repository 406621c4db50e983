package mitm

import (
	"net/http"
	"slices"
	"strings"
)

// requestHead returns the head as it goes to the server: as it came, but for
// the request line's target, the lines that were meant for a proxy, and the
// Host where the request was led elsewhere.
func (x *exchange) requestHead() []byte {
	if x.head == nil || !x.head.clean {
		return x.rebuiltHead()
	}
	b := make([]byte, 0, len(x.head.raw)+64)
	for _, part := range [...]string{x.r.Method, " ", x.requestTarget(), " ", x.r.Proto, "\r\n"} {
		b = append(b, part...)
	}
	raw := x.rawTarget()
	forProxy := !strings.HasPrefix(raw, "/") && raw != "*"
	lines := x.head.raw[len(x.head.first)+2:]
	host := false
	for _, f := range x.head.fields {
		n := slices.Index(lines, '\n') + 1
		line := lines[:n]
		lines = lines[n:]
		switch {
		case forProxy && (strings.EqualFold(f.Name, "Proxy-Connection") || strings.EqualFold(f.Name, "Proxy-Authorization")):
		case strings.EqualFold(f.Name, "Host"):
			host = true
			if f.Value != x.r.Host {
				line = []byte(f.Name + ": " + x.r.Host + "\r\n")
			}
			b = append(b, line...)
		default:
			b = append(b, line...)
		}
	}
	if !host && x.r.Host != "" && forProxy {
		b = append(b, "Host: "+x.r.Host+"\r\n"...)
	}
	return append(append(b, x.proxyLine()...), "\r\n"...)
}

// rebuiltHead returns a head made from what net/http understood.
func (x *exchange) rebuiltHead() []byte {
	var b strings.Builder
	b.WriteString(x.r.Method + " " + x.requestTarget() + " " + x.r.Proto + "\r\nHost: " + x.r.Host + "\r\n")
	h := x.r.Header.Clone()
	for _, name := range []string{"Proxy-Connection", "Proxy-Authorization", "Content-Length", "Transfer-Encoding", "Trailer"} {
		delete(h, name)
	}
	for _, f := range fieldsOf(h) {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	switch {
	case slices.Contains(x.r.TransferEncoding, "chunked"):
		b.WriteString("Transfer-Encoding: chunked\r\n")
		for _, f := range fieldsOf(x.r.Trailer) {
			b.WriteString("Trailer: " + f.Name + "\r\n")
		}
	case x.r.ContentLength > 0 || x.r.Header["Content-Length"] != nil:
		b.WriteString("Content-Length: " + x.r.Header.Get("Content-Length") + "\r\n")
	}
	return []byte(b.String() + x.proxyLine() + "\r\n")
}

// proxyLine returns our credentials at an upstream proxy that is asked for the
// resource, or "".
func (x *exchange) proxyLine() string {
	if !x.route.ask {
		return ""
	}
	return proxyAuthorization(x.relay.upstream.proxy)
}

// requestTarget returns the request-target for the server (RFC 9112 §3.2).
func (x *exchange) requestTarget() string {
	if x.route.ask {
		return "http://" + x.r.URL.Host + x.target()
	}
	return x.target()
}

// rawTarget returns the request-target as the client sent it.
func (x *exchange) rawTarget() string {
	if x.head != nil {
		_, rest, _ := strings.Cut(x.head.first, " ")
		if target, _, ok := strings.Cut(rest, " "); ok {
			return target
		}
	}
	return x.r.RequestURI
}

// target returns path and query in the client's spelling, in origin form.
func (x *exchange) target() string {
	t := x.r.RequestURI
	if strings.HasPrefix(t, "/") || t == "*" {
		return t
	}
	if _, rest, ok := strings.Cut(t, "://"); ok {
		switch i := strings.IndexAny(rest, "/?"); {
		case i < 0 && x.r.Method == http.MethodOptions:
			return "*"
		case i < 0:
			return "/"
		case rest[i] == '?':
			return "/" + rest[i:]
		default:
			return rest[i:]
		}
	}
	return x.r.URL.RequestURI()
}
