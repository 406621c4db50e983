package filter

import (
	"net/url"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// exchangeFields are the fields about an exchange as a whole.
func exchangeFields() []field {
	const (
		number   = "a number or a range of them"
		size     = "a size"
		duration = "a duration with its unit"
	)
	return []field{
		{
			name: "id", about: "its number on the tape", example: "id:12..40",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.ID) }, readNumber, number),
		},
		{
			name: "session", about: "the number of its session", example: "session:3",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Session) }, readNumber, number),
		},
		{
			name: "kind", about: "what it is", example: "kind:ws", values: []string{"http", "ws", "sse", "ndjson", "tunnel"},
			compile: choice(kinds(), func(ex *capture.Exchange) int64 { return int64(ex.Kind) }),
		},
		{
			name: "method", about: "the request's method", example: "method:POST",
			compile: text(func(ex *capture.Exchange) string { return ex.Request.Method }),
		},
		{
			name: "url", about: "the whole URL", example: "url~/orders/[0-9]+", single: true,
			compile: text(func(ex *capture.Exchange) string { return ex.Request.URL }),
		},
		{name: "host", about: "the URL's host, with or without its port", example: "host:*.example.com", compile: host},
		{name: "path", about: "the URL's path; with the query if the value holds a question mark", example: "path:/v1/*", single: true, compile: path},
		{name: "param", about: "a parameter of the query, decoded", example: "param:symbol:BTC*", named: true, compile: oneOf(params, false)},
		{name: "proto", about: "the protocol of the response, or else of the request", example: "proto:HTTP/2*", compile: text(proto)},
		{name: "status", about: "the response's status; 0 if there was none", example: "status:4xx", compile: integer(status, readStatus, "a status like 404, 4xx or 400..499")},
		{name: "mime", about: "the response's media type, without its parameters", example: "mime:application/json", compile: text(mediaType)},
		{name: "header", about: "a header or trailer line of request or response", example: "header:content-type~json", named: true, compile: oneOf(headers, true)},
		{name: "request", about: "a header or trailer line of the request", example: "request:authorization:bearer*", named: true, compile: oneOf(requestHeaders, true)},
		{name: "response", about: "a header or trailer line of the response", example: "response:server:nginx*", named: true, compile: oneOf(responseHeaders, true)},
		{name: "subprotocol", about: "the WebSocket subprotocol agreed on", example: "subprotocol:graphql-transport-ws", compile: oneOf(subprotocol, true)},
		{
			name: "client", about: "the client's address", example: "client:127.0.0.1:*",
			compile: text(func(ex *capture.Exchange) string { return ex.Client }),
		},
		{
			name: "server", about: "the address that was dialled", example: "server:10.0.0.*",
			compile: text(func(ex *capture.Exchange) string { return ex.Server }),
		},
		{
			name: "started", about: "when it began", example: "started>=2026-11-21T10:30",
			compile: integer(func(ex *capture.Exchange) int64 { return ex.Started.UnixNano() }, readTime, "a date or a time"),
		},
		{
			name: "duration", about: "how long it took, or has taken so far", example: "duration>1m",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Duration) }, readDuration, duration),
		},
		{name: "ttfb", about: "how long the response's head took to come", example: "ttfb>500ms", compile: ttfb},
		{
			name: "bytes", about: "payload and body bytes of both directions, as on the wire", example: "bytes>1M",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Sent.Bytes + ex.Received.Bytes) }, readSize, size),
		},
		{
			name: "sent", about: "the bytes sent", example: "sent>10k",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Sent.Bytes) }, readSize, size),
		},
		{
			name: "received", about: "the bytes received", example: "received:0",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Received.Bytes) }, readSize, size),
		},
		{
			name: "messages", about: "data messages, events or records of both directions", example: "messages>=100",
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Sent.Messages + ex.Received.Messages) }, readNumber, number),
		},
		{
			name: "end", about: "how it ended", example: "end:reset", values: []string{"close", "fin", "reset", "timeout", "error"},
			compile: choice(hows(), how),
		},
		{
			name: "by", about: "who ended it", example: "by:server", values: []string{"client", "server", "proxy"},
			compile: choice(parties(), by),
		},
		{name: "code", about: "the close code", example: "code:1008,4000..4999", compile: integer(code, readNumber, number)},
		{name: "reason", about: "the close reason", example: "reason~timeout", single: true, compile: text(reason)},
		{
			name: "error", about: "what went wrong; alone: a status from 400, an abnormal end, or a failed recording", example: "error", single: true,
			flag: flag(failed), compile: text(failure),
		},
		{
			name: "open", about: "still being recorded", example: "open",
			flag: flag(func(ex *capture.Exchange) bool { return ex.Open && !ex.Cut }),
		},
		{
			name: "cut", about: "the recorder ended first", example: "cut",
			flag: flag(func(ex *capture.Exchange) bool { return ex.Cut }),
		},
		{
			name: "lost", about: "bytes missing because the recorder was overloaded; alone: some are", example: "lost",
			flag:    flag(func(ex *capture.Exchange) bool { return ex.Lost.Gaps > 0 }),
			compile: integer(func(ex *capture.Exchange) int64 { return int64(ex.Lost.Bytes) }, readSize, size),
		},
		{
			name: "note", about: "the note a person wrote; alone: there is one", example: "note:~login", single: true,
			flag:    flag(func(ex *capture.Exchange) bool { return ex.Note != "" }),
			compile: text(func(ex *capture.Exchange) string { return ex.Note }),
		},
		{
			name: "tag", about: "a tag; alone: there is one", example: "tag:flaky",
			flag:    flag(func(ex *capture.Exchange) bool { return len(ex.Tags) > 0 }),
			compile: oneOf(func(ex *capture.Exchange, _ string) []string { return ex.Tags }, false),
		},
	}
}

// kinds holds the kinds by their names in JSON, and by those that people type.
func kinds() map[string]int64 {
	names := map[string]int64{"ws": int64(capture.KindWebSocket), "wss": int64(capture.KindWebSocket)}
	for k := capture.KindHTTP; k <= capture.KindTunnel; k++ {
		names[k.String()] = int64(k)
	}
	return names
}

func hows() map[string]int64 {
	names := map[string]int64{}
	for h := capture.HowClose; h <= capture.HowError; h++ {
		names[h.String()] = int64(h)
	}
	return names
}

func parties() map[string]int64 {
	names := map[string]int64{}
	for p := capture.Client; p <= capture.Proxy; p++ {
		names[p.String()] = int64(p)
	}
	return names
}

// host compares with the host alone or with its port, whichever fits.
func host(v *value) (*term, error) {
	test, err := v.strings()
	if err != nil {
		return nil, err
	}
	both := v.op == differs || v.op == matchesNot
	return &term{exchange: func(ex *capture.Exchange) bool {
		name, withPort := hostname(ex.Request.URL)
		if both {
			return test(name) && test(withPort)
		}
		return test(name) || test(withPort)
	}}, nil
}

// path compares with the path as it was sent, not decoded.
func path(v *value) (*term, error) {
	test, err := v.strings()
	if err != nil {
		return nil, err
	}
	withQuery := v.re == nil && strings.Contains(v.text, "?")
	return &term{exchange: func(ex *capture.Exchange) bool {
		path, query := pathQuery(ex.Request.URL)
		if withQuery && query != "" {
			path += "?" + query
		}
		return test(path)
	}}, nil
}

// params returns the values of a parameter, decoded where they can be.
func params(ex *capture.Exchange, name string) []string {
	_, query := pathQuery(ex.Request.URL)
	var out []string
	for pair := range strings.SplitSeq(query, "&") {
		key, val, _ := strings.Cut(pair, "=")
		if k, err := url.QueryUnescape(key); err == nil {
			key = k
		}
		if !strings.EqualFold(key, name) || pair == "" {
			continue
		}
		if plain, err := url.QueryUnescape(val); err == nil {
			val = plain
		}
		out = append(out, val)
	}
	return out
}

func proto(ex *capture.Exchange) string {
	if ex.Response != nil && ex.Response.Proto != "" {
		return ex.Response.Proto
	}
	return ex.Request.Proto
}

func status(ex *capture.Exchange) int64 {
	if ex.Response == nil {
		return 0
	}
	return int64(ex.Response.Status)
}

// mediaType returns the response's media type without its parameters.
func mediaType(ex *capture.Exchange) string {
	if ex.Response == nil {
		return ""
	}
	t, _, _ := strings.Cut(capture.Get(ex.Response.Header, "Content-Type"), ";")
	return strings.TrimSpace(t)
}

func headers(ex *capture.Exchange, name string) []string {
	return append(requestHeaders(ex, name), responseHeaders(ex, name)...)
}

func requestHeaders(ex *capture.Exchange, name string) []string {
	return append(capture.Values(ex.Request.Header, name), capture.Values(ex.Request.Trailer, name)...)
}

func responseHeaders(ex *capture.Exchange, name string) []string {
	if ex.Response == nil {
		return nil
	}
	return append(capture.Values(ex.Response.Header, name), capture.Values(ex.Response.Trailer, name)...)
}

func subprotocol(ex *capture.Exchange, _ string) []string {
	return responseHeaders(ex, "Sec-WebSocket-Protocol")
}

// ttfb passes only where a response came.
func ttfb(v *value) (*term, error) {
	test, err := v.numbers(readDuration, "a duration with its unit")
	if err != nil {
		return nil, err
	}
	return &term{exchange: func(ex *capture.Exchange) bool {
		return ex.Response != nil && test(int64(ex.Response.At))
	}}, nil
}

// how is no how while the exchange is open.
func how(ex *capture.Exchange) int64 {
	if ex.End == nil {
		return -1
	}
	return int64(ex.End.How)
}

func by(ex *capture.Exchange) int64 {
	if ex.End == nil {
		return -1
	}
	return int64(ex.End.By)
}

func code(ex *capture.Exchange) int64 {
	if ex.End == nil {
		return 0
	}
	return int64(ex.End.Code)
}

func reason(ex *capture.Exchange) string {
	if ex.End == nil {
		return ""
	}
	return ex.End.Reason
}

// failed reports whether something went wrong that a person looks for.
func failed(ex *capture.Exchange) bool {
	if status(ex) >= 400 || ex.Fault != "" || ex.Cut {
		return true
	}
	e := ex.End
	if e == nil {
		return false
	}
	switch e.How {
	case capture.HowClose:
		return e.Code != 0 && e.Code != 1000 && e.Code != 1001 && e.Code != 1005
	case capture.HowFIN:
		return ex.Kind != capture.KindTunnel || e.Err != ""
	}
	return true
}

// failure says in words why the exchange or its recording failed.
func failure(ex *capture.Exchange) string {
	if ex.End != nil && ex.End.Err != "" {
		return ex.End.Err
	}
	return ex.Fault
}
