package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// handshakeJSON is what the heads of an exchange say, taken apart.
type handshakeJSON struct {
	URL         urlJSON     `json:"url"`
	Cookies     cookiesJSON `json:"cookies"`
	JWT         []jwtJSON   `json:"jwt"`
	Subprotocol string      `json:"subprotocol"`
	Extensions  []string    `json:"extensions"`
	KeyOK       bool        `json:"key_ok"`
}

type urlJSON struct {
	Scheme string      `json:"scheme"`
	Host   string      `json:"host"`
	Path   string      `json:"path"`
	Params [][3]string `json:"params"` // name and value as sent, value decoded
}

type cookiesJSON struct {
	Request  []cookieJSON `json:"request"`
	Response []cookieJSON `json:"response"`
}

// cookieJSON is a cookie; what a Set-Cookie line says beside the value is
// attributes, in order (RFC 6265 §4.1.1).
type cookieJSON struct {
	Name       string      `json:"name"`
	Value      string      `json:"value"`
	Attributes [][2]string `json:"attributes,omitempty"`
}

// jwtJSON is a JSON Web Token that stands somewhere in the heads.
type jwtJSON struct {
	Where   string          `json:"where"`
	Header  json.RawMessage `json:"header"`
	Claims  json.RawMessage `json:"claims"`
	Expires *time.Time      `json:"expires,omitempty"`
	// Expired tells whether it was too old when the exchange began.
	Expired bool `json:"expired"`
}

func handshakeOf(ex *capture.Exchange) *handshakeJSON {
	h := &handshakeJSON{
		URL: takeApart(ex.Request.URL), JWT: []jwtJSON{}, Extensions: []string{},
		Cookies: cookiesJSON{Request: requestCookies(ex), Response: responseCookies(ex)},
		KeyOK:   ex.Kind == capture.KindWebSocket && view.KeyAnswered(ex),
	}
	if r := ex.Response; r != nil {
		h.Subprotocol = strings.Join(capture.Values(r.Header, "Sec-WebSocket-Protocol"), ", ")
		for _, line := range capture.Values(r.Header, "Sec-WebSocket-Extensions") {
			for e := range strings.SplitSeq(line, ",") {
				h.Extensions = append(h.Extensions, strings.TrimSpace(e))
			}
		}
	}
	for _, f := range ex.Request.Header {
		h.token("header "+f.Name, f.Value, ex)
	}
	for _, c := range h.Cookies.Request {
		h.token("cookie "+c.Name, c.Value, ex)
	}
	for _, p := range h.URL.Params {
		h.token("param "+p[0], p[2], ex)
	}
	return h
}

// token takes a value apart that is a JSON Web Token.
func (h *handshakeJSON) token(where, value string, ex *capture.Exchange) {
	header, claims, expires, ok := view.ParseJWT(value)
	if !ok {
		return
	}
	t := jwtJSON{Where: where, Header: header, Claims: claims}
	if !expires.IsZero() {
		t.Expires, t.Expired = &expires, expires.Before(ex.Started)
	}
	h.JWT = append(h.JWT, t)
}

// takeApart takes a URL apart without changing how its parts are written.
func takeApart(raw string) urlJSON {
	u := urlJSON{Params: [][3]string{}}
	rest := raw
	if scheme, after, ok := strings.Cut(raw, "://"); ok {
		u.Scheme, rest = scheme, after
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	u.Host, u.Path = rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		u.Host, u.Path = rest[:i], rest[i:]
	}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		decoded, err := url.QueryUnescape(value)
		if err != nil {
			decoded = value
		}
		u.Params = append(u.Params, [3]string{name, value, decoded})
	}
	return u
}

func requestCookies(ex *capture.Exchange) []cookieJSON {
	out := []cookieJSON{}
	for _, line := range capture.Values(ex.Request.Header, "Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name != "" {
				out = append(out, cookieJSON{Name: name, Value: value})
			}
		}
	}
	return out
}

func responseCookies(ex *capture.Exchange) []cookieJSON {
	out := []cookieJSON{}
	if ex.Response == nil {
		return out
	}
	for _, line := range capture.Values(ex.Response.Header, http.CanonicalHeaderKey("Set-Cookie")) {
		pair, rest, _ := strings.Cut(line, ";")
		c := cookieJSON{Attributes: [][2]string{}}
		c.Name, c.Value, _ = strings.Cut(strings.TrimSpace(pair), "=")
		for a := range strings.SplitSeq(rest, ";") {
			if name, value, _ := strings.Cut(strings.TrimSpace(a), "="); name != "" {
				c.Attributes = append(c.Attributes, [2]string{name, value})
			}
		}
		out = append(out, c)
	}
	return out
}
