package har

import (
	"cmp"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/ndjson"
	"github.com/wiretape/wiretape/capture/recode"
)

// foreign is an entry of another tool on its way to the tape.
type foreign struct {
	im   *importer
	h    *harEntry
	ex   *capture.Exchange
	d    *deck
	body io.Reader // of the response
	// latest is when the last message, event or chunk came.
	latest time.Duration
}

// putForeign writes an entry of another tool.
func (im *importer) putForeign(h *harEntry) error {
	if !h.hasStart {
		h.started = im.before
	}
	if h.started.IsZero() {
		h.started = time.Unix(0, 0).UTC()
	}
	im.before = h.started
	s, err := im.session("", h.started)
	if err != nil {
		return err
	}
	f := &foreign{im: im, h: h}
	f.build(s)
	if err := f.attach(); err != nil {
		return err
	}
	if err := f.recognise(); err != nil {
		return err
	}
	if f.d, err = im.record(f.ex); err != nil {
		return err
	}
	err = f.write()
	f.d.close(f.finish)
	s.see(f.ex)
	im.counted(f.ex)
	return err
}

// build makes the exchange of what the entry tells outright.
func (f *foreign) build(s *sessionOf) {
	h := f.h
	ex := &capture.Exchange{
		Session: s.ID,
		Started: h.started,
		At:      h.started.Sub(s.Started),
		Timing:  h.phases.timing(),
		Note:    h.comment,
		Request: capture.Request{
			Method: h.request.method, URL: h.request.url, Proto: protocol(h.request.proto),
			Header: realFields(h.request.headers), Trailer: h.request.trailers,
		},
	}
	f.ex = ex
	var total time.Duration
	ex.Duration, total = h.phases.duration(h.time)
	if r := &h.response; r.status > 0 {
		ex.Response = &capture.Response{
			At: min(total, ex.Duration), Status: int(min(r.status, 999)), Reason: r.reason, Proto: protocol(r.proto),
			Header: realFields(r.headers), Trailer: r.trailers,
		}
	}
	ex.Server = serverOf(h.server, ex.Request.URL)
}

// timing is a span of HAR in our words: connect without TLS.
func (t *harTimings) timing() capture.Timing {
	k := capture.Timing{
		Blocked: milliseconds(t.blocked), DNS: milliseconds(t.dns), Connect: milliseconds(t.connect),
		TLS: milliseconds(t.ssl), Send: milliseconds(t.send), Wait: milliseconds(t.wait),
	}
	if k.TLS > 0 && k.Connect >= k.TLS { // for some tools, connect is without TLS
		k.Connect -= k.TLS
	}
	return k
}

// duration returns how long the exchange took, and how long it was until the
// response began.
func (t *harTimings) duration(ms float64) (whole, answer time.Duration) {
	for _, phase := range [...]float64{t.blocked, t.dns, t.connect, t.send, t.wait} {
		answer += max(milliseconds(phase), 0)
	}
	whole = answer + max(milliseconds(t.receive), 0)
	if given := milliseconds(ms); given >= 0 {
		whole = given
	}
	return whole, answer
}

// protocol gives a protocol the spelling of net/http.
func protocol(s string) string {
	switch strings.ToLower(s) {
	case "h2", "http/2.0", "http/2", "http/2+quic", "spdy":
		return "HTTP/2.0"
	case "h3", "http/3.0", "http/3", "h3-29", "quic":
		return "HTTP/3.0"
	case "", "unknown":
		return "HTTP/1.1"
	}
	return strings.ToUpper(s)
}

// realFields leaves out the pseudo fields of HTTP/2, which tell what the method
// and the URL tell.
func realFields(fields []capture.Field) []capture.Field {
	out := fields[:0:0]
	for _, f := range fields {
		if !strings.HasPrefix(f.Name, ":") {
			out = append(out, f)
		}
	}
	return out
}

// serverOf returns host:port of the server. The port is the URL's: what tools
// write into connection is a port for some and a number of their own for others.
func serverOf(address, url string) string {
	if address == "" {
		return ""
	}
	rest := authority(url)
	_, port := splitHostPort(rest)
	if port == "" || strings.HasSuffix(rest, "]") {
		scheme, _, _ := strings.Cut(url, "://")
		port = strings.TrimPrefix(defaultPort(scheme), ":")
	}
	address = strings.Trim(address, "[]")
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + ":" + port
}

// recognise tells what kind of exchange the entry is.
func (f *foreign) recognise() (err error) {
	h, ex := f.h, f.ex
	said := h.messages.n - h.messages.failures
	socket := h.hasMessage && (said > 0 || h.resource == "websocket") || isSocketURL(ex.Request.URL) || h.resource == "websocket"
	if socket {
		ex.Request.URL = socketURL(ex.Request.URL)
		if ex.Response == nil && said > 0 {
			f.im.defect("response.status", "is 0, but messages passed: taken for 101")
			ex.Response = &capture.Response{Status: 101, Reason: "Switching Protocols", Proto: "HTTP/1.1"}
		}
		if ex.Response != nil && (ex.Response.Status == 101 || said > 0) {
			ex.Kind = capture.KindWebSocket
			return nil
		}
	}
	if ex.Request.Method == "CONNECT" {
		ex.Kind = capture.KindTunnel
		ex.Request.URL = authority(ex.Request.URL)
		return nil
	}
	if ex.Response == nil {
		return nil
	}
	if f.body, _, err = f.im.opened("response.content", &h.response.body); err != nil {
		return err
	}
	f.stream()
	return nil
}

// stream tells whether the response is a stream of events or of JSON texts.
func (f *foreign) stream() {
	mime := cmp.Or(capture.Get(f.ex.Response.Header, "Content-Type"), f.h.response.body.mimeType)
	essence := content.ParseMediaType(mime).Essence
	switch {
	case essence == "text/event-stream", f.h.events.count > 0:
		f.ex.Kind = capture.KindSSE
	case f.body != nil:
		var head [16 << 10]byte
		n, _ := io.ReadFull(f.body, head[:]) // a short body is read whole; errors come again
		f.body = io.MultiReader(strings.NewReader(string(head[:n])), f.body)
		_, ok, _ := ndjson.Detect(mime, head[:n])
		if ok && capture.Get(f.ex.Response.Header, "Content-Length") == "" || streamedArray(f.ex.Request.URL, essence) {
			f.ex.Kind = capture.KindNDJSON
		}
	}
}

// authority is host and port of a URL, or what stands there instead.
func authority(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if i := strings.IndexAny(url, "/?#"); i >= 0 {
		url = url[:i]
	}
	return url
}

// streamedArray tells the address of Gemini's arrays that come element by element.
func streamedArray(url, essence string) bool {
	path, _, _ := strings.Cut(url, "?")
	return essence == "application/json" && strings.HasSuffix(path, ":streamGenerateContent")
}

// socketURL gives the URL of a socket the scheme of its protocol.
func socketURL(url string) string {
	if rest, ok := strings.CutPrefix(url, "http"); ok {
		return "ws" + rest
	}
	return url
}

// write writes what passed.
func (f *foreign) write() error {
	switch f.ex.Kind {
	case capture.KindWebSocket:
		return f.socket()
	case capture.KindTunnel:
		return nil
	}
	if err := f.requestBody(); err != nil || f.ex.Response == nil {
		return err
	}
	return f.responseBody()
}

// requestBody writes the body of the request: the bytes that HTTP Toolkit puts
// beside it, the text, or what the parameters of a form make.
func (f *foreign) requestBody() error {
	q := &f.h.request
	r, _, err := f.im.opened("request._content", &q.bytes)
	if err == nil && r == nil {
		r, _, err = f.im.opened("request.postData", &q.body)
	}
	if err != nil {
		return err
	}
	if r == nil && len(q.params) > 0 {
		if !strings.HasPrefix(q.body.mimeType, "application/x-www-form-urlencoded") {
			f.im.defect("request.postData.text", "is missing: what its parameters were made of is lost")
			return nil
		}
		r = strings.NewReader(encodeForm(q.params))
	}
	if r == nil {
		return nil
	}
	return f.send(r, capture.Send, 0)
}

// encodeForm makes a body of the parameters of a form.
func encodeForm(params []pair) string {
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(formEscape(p.name) + "=" + formEscape(p.value))
	}
	return b.String()
}

func formEscape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('+')
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("*-._", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// responseBody writes the body of the response.
func (f *foreign) responseBody() error {
	b := &f.h.response.body
	if f.body == nil && b.size > 0 && f.h.events.count == 0 {
		f.im.defect("response.content.text", "is missing: the archive holds none of the %d bytes", b.size)
	}
	f.latest = f.ex.Response.At
	if f.ex.Kind == capture.KindSSE {
		return f.events()
	}
	if f.body == nil {
		return nil
	}
	at := f.ex.Duration
	if f.ex.Kind == capture.KindNDJSON {
		at = f.ex.Response.At // nothing tells when its records came: at once
	}
	return f.send(f.body, capture.Receive, at)
}

// send writes a body, which is decoded, in its content codings.
func (f *foreign) send(r io.Reader, dir capture.Direction, at time.Duration) error {
	w, err := f.coded(dir)
	if err != nil {
		return err
	}
	var records *ndjson.Decoder
	buf := make([]byte, maxPiece)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			if f.ex.Kind == capture.KindNDJSON && dir == capture.Receive {
				if records == nil {
					records = newRecordDecoder(capture.Get(f.ex.Response.Header, "Content-Type"), buf[:n])
				}
				records.Feed(0, buf[:n], f.count)
			}
			if err := w.write(at, buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if records != nil {
				records.Close(0, f.count)
			}
			return w.close(at)
		case err != nil:
			return err
		}
	}
}

// count counts an event or a record.
func (f *foreign) count(e *capture.Event) {
	if e.Dispatched {
		f.ex.Received.Messages++
	}
}

// codedBody writes a body in its content codings.
type codedBody struct {
	d       *deck
	dir     capture.Direction
	encoder *recode.Encoder
	wrote   bool
}

// coded returns a writer for the body of a direction. A coding that cannot be
// made goes from the head, since the archive holds the body without it.
func (f *foreign) coded(dir capture.Direction) (*codedBody, error) {
	e, err := recode.NewEncoder(codings(f.ex, dir))
	if err != nil {
		f.im.defect("headers", "%v: the field goes, as the archive holds the body decoded", err)
		f.d.track.Lock()
		defer f.d.track.Unlock()
		f.drop(dir, "Content-Encoding")
		if e, err = recode.NewEncoder(nil); err != nil {
			return nil, err
		}
	}
	return &codedBody{d: f.d, dir: dir, encoder: e}, nil
}

// drop takes a field out of the head of a direction.
func (f *foreign) drop(dir capture.Direction, name string) {
	fields := &f.ex.Request.Header
	if dir == capture.Receive {
		fields = &f.ex.Response.Header
	}
	out := (*fields)[:0:0]
	for _, field := range *fields {
		if !strings.EqualFold(field.Name, name) {
			out = append(out, field)
		}
	}
	*fields = out
}

func (w *codedBody) write(at time.Duration, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	w.wrote = true
	wire, err := w.encoder.Encode(p)
	if err != nil {
		return err
	}
	return w.d.chunk(w.dir, at, wire)
}

func (w *codedBody) close(at time.Duration) error {
	if !w.wrote {
		return nil // a body without bytes is not coded either
	}
	wire, err := w.encoder.Close()
	if err != nil {
		return err
	}
	return w.d.chunk(w.dir, at, wire)
}

// finish tells what is known of the exchange once all of it is written.
func (f *foreign) finish(ex *capture.Exchange) {
	for dir, c := range f.d.progress.counts {
		into := &ex.Sent
		if dir == int(capture.Receive) {
			into = &ex.Received
		}
		c.Messages += into.Messages
		*into = c
	}
	ex.Duration = max(ex.Duration, f.latest)
	if ex.Kind == capture.KindWebSocket {
		f.socketEnd(ex)
		return
	}
	switch fault := cmp.Or(f.h.response.failure, f.h.failure); {
	case ex.Response == nil:
		ex.End = &capture.End{At: ex.Duration, How: capture.HowError, By: capture.Server, Err: cmp.Or(fault, "no response")}
	case fault != "":
		ex.End = &capture.End{At: ex.Duration, How: capture.HowError, By: capture.Server, Err: fault}
	default:
		ex.End = &capture.End{At: ex.Duration, How: capture.HowClose, By: capture.Server}
	}
	f.lengths(ex)
}

// lengths corrects Content-Length where the body is another than the one that
// was on the wire, so that the tape agrees with itself.
func (f *foreign) lengths(ex *capture.Exchange) {
	if len(codings(ex, capture.Send)) > 0 && ex.Sent.Bytes > 0 {
		setLength(ex.Request.Header, ex.Sent.Bytes)
	}
	if len(codings(ex, capture.Receive)) > 0 && ex.Received.Bytes > 0 {
		setLength(ex.Response.Header, ex.Received.Bytes)
	}
}
