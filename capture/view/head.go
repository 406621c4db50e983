package view

import (
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Head writes what there is to say of an exchange before its rows: what it was,
// how it ended, addresses, times, counts, the parameters of its URL, the heads,
// cookies, tokens, and for sockets what the handshake agreed on.
func Head(w io.Writer, ex *capture.Exchange, st Style) error {
	h := &head{printer: newPrinter(w, st), ex: ex}
	h.summary()
	h.parameters()
	h.request()
	h.response()
	h.handshake()
	return h.flush()
}

type head struct {
	*printer
	ex *capture.Exchange
}

// fact writes a name and its value on a line. The value must be printable.
func (h *head) fact(name, value string, p paint) {
	h.begin(faint)
	h.plain("  " + pad(name, 12, false))
	h.end(faint)
	h.plain(" ")
	h.begin(p)
	h.plain(value)
	h.end(p)
	h.newline()
}

func (h *head) section(s string) {
	h.newline()
	h.begin(strong)
	h.plain(s)
	h.end(strong)
	h.newline()
}

// summary writes the facts that hold for an exchange of any kind.
func (h *head) summary() {
	ex := h.ex
	h.begin(strong)
	h.plain("#" + strconv.FormatUint(uint64(ex.ID), 10) + " " + kindTitle(ex.Kind))
	h.end(strong)
	h.plain(" " + Sanitize(ex.Request.Method) + " " + Sanitize(ex.Request.URL))
	h.newline()
	p, words := plain, Ending(ex)
	if _, wrong := shortEnding(ex); wrong {
		p, words = bad, h.st.cross()+" "+words
	}
	h.fact("state", words, p)
	if s := status(ex); s > 0 && ex.Kind != capture.KindTunnel {
		h.fact("status", strings.TrimSpace(strconv.Itoa(s)+" "+Sanitize(ex.Response.Reason))+", "+Sanitize(proto(ex)), plain)
	}
	h.fact("started", h.st.in(ex.Started).Format("2006-01-02 15:04:05.000000 MST")+", session "+strconv.FormatUint(uint64(ex.Session), 10), plain)
	h.fact("duration", h.st.units(Duration(ex.Duration))+h.timing(), plain)
	if ex.Client != "" || ex.Server != "" {
		h.fact("addresses", h.addresses(), plain)
	}
	h.fact("sent", counted(ex.Kind, ex.Sent), sent)
	h.fact("received", counted(ex.Kind, ex.Received), received)
	if ex.Lost.Gaps > 0 {
		h.fact("lost", h.st.cross()+" "+Size(ex.Lost.Bytes)+" in "+plural(ex.Lost.Gaps, "gap"), bad)
	}
	if ex.Fault != "" {
		h.fact("fault", h.st.cross()+" recording stopped: "+Sanitize(ex.Fault), bad)
	}
	if ex.Note != "" {
		h.fact("note", Sanitize(ex.Note), plain)
	}
	if len(ex.Tags) > 0 {
		h.fact("tags", Sanitize(strings.Join(ex.Tags, ", ")), plain)
	}
}

func kindTitle(k capture.Kind) string {
	switch k {
	case capture.KindWebSocket:
		return "WebSocket"
	case capture.KindSSE:
		return "event stream"
	case capture.KindNDJSON:
		return "JSON stream"
	case capture.KindTunnel:
		return "tunnel"
	}
	return "HTTP"
}

// addresses gives both ends; what is not known is named.
func (h *head) addresses() string {
	to := " → "
	if h.st.ASCII {
		to = " -> "
	}
	from, server := Sanitize(h.ex.Client), Sanitize(h.ex.Server)
	if from == "" {
		from = "client"
	}
	if server == "" {
		server = "not dialled"
	}
	return from + to + server
}

// timing lists the phases that are known.
func (h *head) timing() string {
	t := h.ex.Timing
	if t == (capture.Timing{}) {
		return ""
	}
	var parts []string
	for _, phase := range [...]struct {
		name string
		d    time.Duration
	}{{"blocked", t.Blocked}, {"DNS", t.DNS}, {"connect", t.Connect}, {"TLS", t.TLS}, {"send", t.Send}, {"wait", t.Wait}} {
		if phase.d > 0 {
			parts = append(parts, phase.name+" "+h.st.units(Duration(phase.d)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// counted says what one direction carried.
func counted(k capture.Kind, c capture.Counts) string {
	s := ""
	switch k {
	case capture.KindWebSocket:
		s = plural(c.Messages, "message") + ", " + strconv.FormatUint(c.Control, 10) + " control, in " + plural(c.Frames, "frame") + ", "
	case capture.KindSSE:
		if c.Messages > 0 {
			s = plural(c.Messages, "event") + ", "
		}
	case capture.KindNDJSON:
		if c.Messages > 0 {
			s = plural(c.Messages, "record") + ", "
		}
	}
	return s + Size(c.Bytes)
}

func plural(n uint64, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.FormatUint(n, 10) + " " + what
}

// parameters writes the query, decoded, a line for each parameter.
func (h *head) parameters() {
	_, query, _ := strings.Cut(h.ex.Request.URL, "?")
	query, _, _ = strings.Cut(query, "#")
	if query == "" {
		return
	}
	h.section("Parameters")
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		h.pair(decodeQuery(name), decodeQuery(value))
	}
}

// decodeQuery undoes the percent-encoding where that is possible.
func decodeQuery(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}

// pair writes a parameter or a cookie, and what it says if it is a token.
func (h *head) pair(name, value string) {
	if name = Sanitize(name); value != "" {
		name = pad(name, 12, false)
	}
	h.begin(key)
	h.plain("  " + name)
	h.end(key)
	if value != "" {
		h.plain(" " + Sanitize(value))
	}
	h.newline()
	h.token(value)
}

// token writes a line on a JWT, if value is one.
func (h *head) token(value string) {
	if s := describeJWT(value, h.ex.Started, &h.st); s != "" {
		h.begin(faint)
		h.plain(strings.Repeat(" ", 15) + s)
		h.end(faint)
		h.newline()
	}
}

// request writes the request's head, unless a reader left it out.
func (h *head) request() {
	q := &h.ex.Request
	if len(q.Header) == 0 && q.Proto == "" {
		return
	}
	h.section("Request")
	h.line(q.Method + " " + target(q) + " " + q.Proto)
	h.fields(q.Header)
	h.cookies(capture.Values(q.Header, "Cookie"))
	h.trailers(q.Trailer)
}

// target returns what stands in the request line: a tunnel's host, or the path
// and the query.
func target(q *capture.Request) string {
	_, rest, ok := strings.Cut(q.URL, "://")
	if !ok {
		return q.URL
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return rest[i:]
	}
	return "/"
}

// response writes informational responses, then the final one.
func (h *head) response() {
	r := h.ex.Response
	if r == nil {
		return
	}
	for _, e := range r.Early {
		h.section("Early response after " + h.st.units(Duration(e.At)))
		h.line(strconv.Itoa(e.Status))
		h.fields(e.Header)
	}
	h.section("Response after " + h.st.units(Duration(r.At)))
	h.line(strings.TrimSpace(r.Proto + " " + strconv.Itoa(r.Status) + " " + r.Reason))
	h.fields(r.Header)
	h.trailers(r.Trailer)
}

func (h *head) line(s string) {
	h.plain("  " + Sanitize(s))
	h.newline()
}

// fields writes header lines in their order, a token's content below it.
func (h *head) fields(fields []capture.Field) {
	for _, f := range fields {
		h.plain("  ")
		h.painted(key, []byte(f.Name))
		h.plain(": ")
		h.visible([]byte(f.Value))
		h.newline()
		if !strings.EqualFold(f.Name, "Cookie") {
			h.token(f.Value)
		}
	}
}

func (h *head) trailers(fields []capture.Field) {
	if len(fields) > 0 {
		h.section("Trailers")
		h.fields(fields)
	}
}

// cookies writes the pairs of Cookie lines (RFC 6265 §4.2).
func (h *head) cookies(lines []string) {
	if len(lines) == 0 {
		return
	}
	h.section("Cookies")
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			h.pair(name, value)
		}
	}
}
