package har

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// request writes the request with its body.
func (n *entry) request() error {
	q := &n.ex.Request
	n.object("request")
	n.text("method", q.Method)
	url := address(n.ex)
	n.text("url", url)
	n.text("httpVersion", spell(q.Proto))
	n.cookies(requestCookies(q.Header))
	n.headers(q.Header)
	n.array("queryString")
	for _, p := range queryOf(url) {
		n.element()
		n.text("name", p.name)
		n.text("value", p.value)
		n.close("}")
	}
	n.close("]")
	var err error
	if n.hasBody(capture.Send) {
		err = n.postData()
	}
	n.number("headersSize", headSize(q.Proto, q.Raw, q.Header, len(q.Method)+1+len(target(q.URL))+1+len(q.Proto)))
	n.number("bodySize", n.bodySize(capture.Send))
	n.close("}")
	return err
}

// response writes the response with its body, or what stands for one that never
// came.
func (n *entry) response() error {
	r := n.ex.Response
	n.object("response")
	defer func() {
		n.some("_error", failure(n.ex))
		n.close("}")
	}()
	if !answered(n.ex) {
		n.noResponse()
		return nil
	}
	n.number("status", int64(r.Status))
	n.text("statusText", r.Reason)
	n.text("httpVersion", spell(r.Proto))
	n.cookies(responseCookies(r.Header, n.ex.Started.Add(r.At)))
	n.headers(r.Header)
	if err := n.content(); err != nil {
		return err
	}
	n.text("redirectURL", capture.Get(r.Header, "Location"))
	head := headSize(r.Proto, r.Raw, r.Header, len(r.Proto)+5+len(r.Reason))
	n.number("headersSize", head)
	n.number("bodySize", n.bodySize(capture.Receive))
	n.number("_transferSize", max(head, 0)+n.survey.wire[capture.Receive]+int64(n.survey.lost[capture.Receive]))
	return nil
}

func (n *entry) noResponse() {
	n.number("status", 0)
	n.text("statusText", "")
	n.text("httpVersion", "")
	n.array("cookies")
	n.close("]")
	n.array("headers")
	n.close("]")
	n.object("content")
	n.number("size", 0)
	n.text("mimeType", "x-unknown")
	n.close("}")
	n.text("redirectURL", "")
	n.number("headersSize", -1)
	n.number("bodySize", -1)
	n.number("_transferSize", 0)
}

// spell writes a protocol as Chrome does: HTTP/1.1, http/2.0, h3.
func spell(proto string) string {
	switch strings.ToUpper(proto) {
	case "HTTP/2.0", "HTTP/2", "H2":
		return "http/2.0"
	case "HTTP/3.0", "HTTP/3", "H3":
		return "h3"
	}
	return proto
}

// headSize returns how many bytes a head took, up to and with the blank line;
// -1 where it was packed by HTTP/2. first is the length of the first line.
func headSize(proto string, raw []byte, fields []capture.Field, first int) int64 {
	if len(raw) > 0 {
		return int64(len(raw))
	}
	if !strings.HasPrefix(proto, "HTTP/1") {
		return -1
	}
	size := first + 2
	for _, f := range fields {
		size += len(f.Name) + len(": ") + len(f.Value) + 2
	}
	return int64(size + 2)
}

// target is a URL in origin form.
func target(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	i := strings.IndexAny(rest, "/?#")
	if i < 0 {
		return "/"
	}
	rest, _, _ = strings.Cut(rest[i:], "#")
	return rest
}

func (n *entry) headers(fields []capture.Field) {
	n.array("headers")
	for _, f := range fields {
		n.element()
		n.text("name", f.Name)
		n.text("value", f.Value)
		n.close("}")
	}
	n.close("]")
}

// cookie is a cookie as HAR has it.
type cookie struct {
	name, value, path, domain, sameSite string
	expires                             time.Time
	httpOnly, secure                    bool
	set                                 bool // from a response: the flags mean something
}

func (n *entry) cookies(list []cookie) {
	n.array("cookies")
	for _, c := range list {
		n.element()
		n.text("name", c.name)
		n.text("value", c.value)
		n.some("path", c.path)
		n.some("domain", c.domain)
		if !c.expires.IsZero() {
			n.text("expires", c.expires.UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		if c.set {
			n.yes("httpOnly", c.httpOnly)
			n.yes("secure", c.secure)
		}
		n.some("sameSite", c.sameSite)
		n.close("}")
	}
	n.close("]")
}

// requestCookies reads Cookie fields (RFC 6265 §4.2).
func requestCookies(fields []capture.Field) (list []cookie) {
	for _, v := range capture.Values(fields, "Cookie") {
		for part := range strings.SplitSeq(v, ";") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			name, value, ok := strings.Cut(part, "=")
			if !ok {
				name, value = "", part
			}
			list = append(list, cookie{name: strings.TrimSpace(name), value: strings.TrimSpace(value)})
		}
	}
	return list
}

// responseCookies reads Set-Cookie fields (RFC 6265 §5.2) of a response that
// came at the time given.
func responseCookies(fields []capture.Field, at time.Time) (list []cookie) {
	for _, v := range capture.Values(fields, "Set-Cookie") {
		first, attributes, _ := strings.Cut(v, ";")
		name, value, ok := strings.Cut(first, "=")
		if !ok {
			name, value = "", first
		}
		c := cookie{name: strings.TrimSpace(name), value: strings.TrimSpace(value), set: true}
		aged := false
		for part := range strings.SplitSeq(attributes, ";") {
			key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			aged = c.attribute(strings.ToLower(key), strings.TrimSpace(value), at, aged) || aged
		}
		list = append(list, c)
	}
	return list
}

// attribute takes one attribute of a Set-Cookie field. Max-Age goes before
// Expires, wherever it stands; it returns true for one.
func (c *cookie) attribute(key, value string, at time.Time, aged bool) bool {
	switch key {
	case "path":
		c.path = value
	case "domain":
		c.domain = value
	case "samesite":
		c.sameSite = value
	case "httponly":
		c.httpOnly = true
	case "secure":
		c.secure = true
	case "expires":
		if when, ok := cookieDate(value); ok && !aged {
			c.expires = when
		}
	case "max-age":
		if seconds, ok := wholeNumber(value); ok {
			c.expires = at.Add(time.Duration(min(max(seconds, 0), 400*24*3600)) * time.Second)
			return true
		}
	}
	return false
}
