package view

import (
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// nanoTime is RFC 3339 with all nine digits, so that times sort as text.
const nanoTime = "2006-01-02T15:04:05.000000000Z07:00"

// AppendExchange appends ex as a line of "ls --json": what it was, how it went
// and how it ended, without heads and payloads.
func AppendExchange(dst []byte, ex *capture.Exchange) []byte {
	return append(appendExchange(dst, ex), '}')
}

// Bodies are the bodies of an exchange, with their content codings undone. nil
// where there was none.
type Bodies struct{ Request, Response *Body }

// Body is the body of a request or a response.
type Body struct {
	Wire int64  // bytes as on the wire, in the content coding
	Len  int64  // bytes decoded, also where Data holds less
	Data []byte // decoded
	Err  string // why decoding ended early
}

// AppendExchangeWhole appends the first line of "show --json": ex as in
// AppendExchange, and request and response with their header lines in order,
// trailers and bodies. A body is "text" where it is valid UTF-8, and "base64"
// otherwise. A head that JSON strings cannot carry is there in "raw", too.
func AppendExchangeWhole(dst []byte, ex *capture.Exchange, b Bodies) []byte {
	dst = appendExchange(dst, ex)
	q := &ex.Request
	dst = appendText(dst, `,"request":{"method":`, q.Method)
	dst = appendText(dst, `,"url":`, q.URL)
	dst = appendText(dst, `,"proto":`, q.Proto)
	dst = appendHead(dst, q.Header, q.Trailer, q.Raw)
	dst = appendBody(dst, b.Request)
	dst = append(dst, '}')
	if r := ex.Response; r != nil {
		dst = appendInt(dst, `,"response":{"t_ns":`, int64(r.At))
		dst = appendInt(dst, `,"status":`, int64(r.Status))
		dst = appendText(dst, `,"reason":`, r.Reason)
		dst = appendText(dst, `,"proto":`, r.Proto)
		dst = appendHead(dst, r.Header, r.Trailer, r.Raw)
		dst = appendBody(dst, b.Response)
		dst = append(appendEarly(dst, r.Early), '}')
	}
	return append(dst, '}')
}

// appendExchange appends the object without its closing brace.
func appendExchange(dst []byte, ex *capture.Exchange) []byte {
	dst = appendUint(dst, `{"id":`, uint64(ex.ID))
	dst = appendUint(dst, `,"session":`, uint64(ex.Session))
	dst = appendText(dst, `,"kind":`, ex.Kind.String())
	dst = appendText(dst, `,"method":`, ex.Request.Method)
	dst = appendText(dst, `,"url":`, ex.Request.URL)
	dst = appendInt(dst, `,"status":`, int64(status(ex)))
	dst = appendText(dst, `,"proto":`, proto(ex))
	dst = appendTime(dst, `,"started":`, ex.Started)
	dst = appendInt(dst, `,"duration_ns":`, int64(ex.Duration))
	dst = appendText(dst, `,"state":`, state(ex))
	if ex.Cut {
		dst = append(dst, `,"cut":true`...)
	}
	dst = appendCounts(dst, `,"sent":`, ex.Sent)
	dst = appendCounts(dst, `,"received":`, ex.Received)
	dst = appendEnd(dst, ex.End)
	dst = appendText(dst, `,"note":`, ex.Note)
	dst = appendStrings(dst, `,"tags":`, ex.Tags)
	return appendCircumstances(dst, ex)
}

// status returns the response's status, 0 when there was no response.
func status(ex *capture.Exchange) int {
	if ex.Response == nil {
		return 0
	}
	return ex.Response.Status
}

// proto returns the response's protocol, or the request's where that is not known.
func proto(ex *capture.Exchange) string {
	if ex.Response != nil && ex.Response.Proto != "" {
		return ex.Response.Proto
	}
	return ex.Request.Proto
}

// state returns "open" or "done". What a crash cut off is not open any more.
func state(ex *capture.Exchange) string {
	if ex.Open && !ex.Cut {
		return "open"
	}
	return "done"
}

func appendTime(dst []byte, key string, t time.Time) []byte {
	dst = append(append(dst, key...), '"')
	dst = t.UTC().AppendFormat(dst, nanoTime)
	return append(dst, '"')
}

func appendCounts(dst []byte, key string, c capture.Counts) []byte {
	dst = append(dst, key...)
	dst = appendUint(dst, `{"messages":`, c.Messages)
	dst = appendUint(dst, `,"control":`, c.Control)
	dst = appendUint(dst, `,"frames":`, c.Frames)
	dst = appendUint(dst, `,"bytes":`, c.Bytes)
	return append(dst, '}')
}

// appendEnd appends nothing while the exchange is open.
func appendEnd(dst []byte, e *capture.End) []byte {
	if e == nil {
		return dst
	}
	dst = appendText(dst, `,"end":{"how":`, e.How.String())
	dst = appendText(dst, `,"by":`, e.By.String())
	dst = appendInt(dst, `,"code":`, int64(e.Code))
	dst = appendText(dst, `,"reason":`, e.Reason)
	dst = appendInt(dst, `,"t_ns":`, int64(e.At))
	if e.NoNotify {
		dst = append(dst, `,"no_close_notify":true`...)
	}
	if e.Err != "" {
		dst = appendText(dst, `,"error":`, e.Err)
	}
	return append(dst, '}')
}

// appendCircumstances appends what the contract leaves open: members that are
// there only where they say something.
func appendCircumstances(dst []byte, ex *capture.Exchange) []byte {
	if ex.Client != "" {
		dst = appendText(dst, `,"client":`, ex.Client)
	}
	if ex.Server != "" {
		dst = appendText(dst, `,"server":`, ex.Server)
	}
	dst = appendTiming(dst, ex.Timing)
	if ex.Lost != (capture.Loss{}) {
		dst = appendUint(dst, `,"lost":{"gaps":`, ex.Lost.Gaps)
		dst = append(appendUint(dst, `,"bytes":`, ex.Lost.Bytes), '}')
	}
	if ex.Fault != "" {
		dst = appendText(dst, `,"fault":`, ex.Fault)
	}
	if ex.Kind != capture.KindWebSocket || ex.Response == nil {
		return dst
	}
	if p := capture.Get(ex.Response.Header, "Sec-WebSocket-Protocol"); p != "" {
		dst = appendText(dst, `,"subprotocol":`, p)
	}
	if x := capture.Values(ex.Response.Header, "Sec-WebSocket-Extensions"); len(x) > 0 {
		dst = appendStrings(dst, `,"extensions":`, x)
	}
	return dst
}

// appendTiming appends the phases that happened, in nanoseconds. The zero
// Timing, in which all took no time, is one that nobody filled in.
func appendTiming(dst []byte, t capture.Timing) []byte {
	if t == capture.NoTiming || t == (capture.Timing{}) {
		return dst
	}
	dst = append(dst, `,"timing":{`...)
	first := len(dst)
	phase := func(key string, d time.Duration) {
		if d < 0 {
			return
		}
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = appendInt(dst, key, int64(d))
	}
	phase(`"blocked_ns":`, t.Blocked)
	phase(`"dns_ns":`, t.DNS)
	phase(`"connect_ns":`, t.Connect)
	phase(`"tls_ns":`, t.TLS)
	phase(`"send_ns":`, t.Send)
	phase(`"wait_ns":`, t.Wait)
	return append(dst, '}')
}

// appendHead appends header and trailer lines, in their order and case.
func appendHead(dst []byte, header, trailer []capture.Field, raw []byte) []byte {
	dst = appendFields(dst, `,"headers":`, header)
	dst = appendFields(dst, `,"trailers":`, trailer)
	if !utf8.Valid(raw) {
		dst = appendBase64(dst, `,"raw":`, raw)
	}
	return dst
}

func appendFields(dst []byte, key string, fields []capture.Field) []byte {
	dst = append(append(dst, key...), '[')
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, `[`, f.Name)
		dst = append(appendText(dst, `,`, f.Value), ']')
	}
	return append(dst, ']')
}

// appendBody appends nothing where there was no body.
func appendBody(dst []byte, b *Body) []byte {
	if b == nil {
		return dst
	}
	dst = appendInt(dst, `,"body":{"wire":`, b.Wire)
	dst = appendInt(dst, `,"len":`, b.Len)
	dst = appendPayload(dst, b.Data, true, int64(len(b.Data)) < b.Len)
	if b.Err != "" {
		dst = appendText(dst, `,"error":`, b.Err)
	}
	return append(dst, '}')
}

func appendEarly(dst []byte, early []capture.Early) []byte {
	if len(early) == 0 {
		return dst
	}
	dst = append(dst, `,"early":[`...)
	for i, e := range early {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendInt(dst, `{"t_ns":`, int64(e.At))
		dst = appendInt(dst, `,"status":`, int64(e.Status))
		dst = append(appendFields(dst, `,"headers":`, e.Header), '}')
	}
	return append(dst, ']')
}
