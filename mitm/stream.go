package mitm

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/wiretape/wiretape/capture"
)

// stream is an exchange with an HTTP/2 client, seen from the server's side.
type stream struct {
	x    *exchange
	wire *wire // of the connection to the server
	sent time.Time
	at   time.Duration
	resp *http.Response
}

// request returns req as the transport is to send it: with nothing added, and
// the path as the client spelled it.
func (s *stream) request(req *http.Request, ctx context.Context) *http.Request {
	x := s.x
	s.sent = time.Now()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      s.connected,
		WroteRequest: func(httptrace.WroteRequestInfo) {},
		Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
			s.inform(status, http.Header(h))
			return nil
		},
	})
	out := req.WithContext(ctx)
	out.RequestURI = ""
	_, port, _ := net.SplitHostPort(x.route.addr)
	host := net.JoinHostPort(x.route.name, port)
	out.URL = &url.URL{Scheme: "http", Host: host}
	if x.route.secure {
		out.URL.Scheme = "https"
	}
	if t := x.target(); t == "*" {
		out.URL.Opaque = t
	} else {
		out.URL.Opaque = "//" + host + t
	}
	out.Header = maps.Clone(req.Header)
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = nil // or net/http adds its own
	}
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = &sentBody{ReadCloser: req.Body, x: x, trailer: &req.Trailer}
	}
	return out
}

// connected notes which connection the request goes over.
func (s *stream) connected(info httptrace.GotConnInfo) {
	s.sent = time.Now()
	s.wire = wireBelow(info.Conn)
	s.x.addr = info.Conn.RemoteAddr().String()
	if !info.Reused && s.wire != nil {
		s.x.timing = s.wire.cost
	}
}

// inform forwards an informational response at once.
func (s *stream) inform(status int, fields http.Header) {
	if status == http.StatusContinue {
		return // net/http sends it once the body is read
	}
	at := s.x.relay.recorder.Now()
	h := s.x.w.Header()
	maps.Copy(h, fields)
	s.x.w.WriteHeader(status)
	clear(h)
	s.x.tap.Early(at, status, fieldsOf(fields))
}

// addTo adds the response's fields to h for an HTTP/2 client, without those
// that concern one HTTP/1 connection (RFC 9113 §8.2.2).
func (s *stream) addTo(h http.Header) {
	maps.Copy(h, s.resp.Header)
	for _, name := range [...]string{"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"} {
		delete(h, name)
	}
	for _, name := range [...]string{"Date", "Content-Type"} {
		if _, ok := h[name]; !ok {
			h[name] = nil // or net/http adds its own
		}
	}
	if len(s.resp.Trailer) > 0 {
		h["Trailer"] = []string{strings.Join(slices.Sorted(maps.Keys(s.resp.Trailer)), ", ")}
	}
}

// failed turns an error from before the response's head into the client's
// answer: none where the server closed the connection or reset the stream.
func (s *stream) failed(err error) (*http.Response, error) {
	var dial *DialError
	var reset xhttp2.StreamError
	_, lost := s.x.lost()
	switch {
	case lost, errors.As(err, &dial):
	case errors.As(err, &reset), isEOF(err), isTimeout(err), s.wire != nil && s.wire.Ended() == endReset:
		s.severed(err)
		return nil, err
	default:
		err = &ResponseError{Err: err}
	}
	return s.x.failed(err)
}

// severed ends an exchange whose response broke off.
func (s *stream) severed(err error) {
	x := s.x
	var reset xhttp2.StreamError
	var atClient *clientError
	e, lost := x.lost()
	x.cut = &cut{}
	switch {
	case lost:
	case errors.As(err, &atClient):
		e = capture.End{How: capture.HowReset, By: capture.Client}
	case errors.As(err, &reset):
		e = capture.End{How: capture.HowReset, By: capture.Server, Err: reset.Code.String()}
	case s.wire != nil && s.wire.Ended() == endReset:
		e = capture.End{How: capture.HowReset, By: capture.Server, NoNotify: x.route.secure}
	case isEOF(err), s.wire != nil && s.wire.Ended() == endFIN:
		e = capture.End{How: capture.HowFIN, By: capture.Server}
	case isTimeout(err):
		e = capture.End{How: capture.HowTimeout, By: capture.Proxy, Err: err.Error()}
	default:
		e = capture.End{How: capture.HowError, By: capture.Server, Err: err.Error()}
	}
	x.end(e)
}

// Read implements io.Reader, which goproxy's io.Copy does not use.
func (s *stream) Read([]byte) (int, error) { return 0, http.ErrNotSupported }

// Close implements io.Closer.
func (s *stream) Close() error {
	s.x.mu.Lock()
	cancel := s.x.cancel
	s.x.mu.Unlock()
	err := s.resp.Body.Close()
	cancel()
	return err
}

// WriteTo writes what each read brings at once, and tells the tap.
func (s *stream) WriteTo(io.Writer) (int64, error) {
	buf := copyBuffers.Get().(*chunkBuffer)
	defer copyBuffers.Put(buf)
	if s.x.r.Method != http.MethodHead { // whose stream ends with the head
		if err := s.x.out.Flush(); err != nil {
			s.severed(&clientError{err})
			return 0, err
		}
	}
	s.x.respond(s.at, capture.Response{Status: s.resp.StatusCode, Reason: s.reason(), Proto: s.resp.Proto, Header: fieldsOf(s.resp.Header)})
	var total int64
	for {
		n, err := s.resp.Body.Read(buf.data())
		at := s.x.relay.recorder.Now()
		if werr := s.deliver(at, buf.data()[:n]); werr != nil {
			s.severed(werr)
			return total, werr
		}
		total += int64(n)
		switch {
		case err == io.EOF:
			s.complete()
			return total, nil
		case err != nil:
			s.severed(err)
			return total, err
		}
	}
}

// reason returns the reason phrase of an HTTP/1 server.
func (s *stream) reason() string {
	if s.resp.ProtoMajor >= 2 {
		return ""
	}
	_, reason, _ := strings.Cut(s.resp.Status, " ")
	return reason
}

func (s *stream) deliver(at time.Duration, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if _, err := s.x.w.Write(p); err != nil {
		return &clientError{err}
	}
	if err := s.x.out.Flush(); err != nil {
		return &clientError{err}
	}
	s.x.tap.Chunk(capture.Chunk{Dir: capture.Receive, At: at, Data: p})
	return nil
}

// complete ends an exchange whose response came whole.
func (s *stream) complete() {
	if fields := fieldsOf(s.resp.Trailer); len(fields) > 0 {
		h := s.x.w.Header()
		for _, f := range fields {
			name := http.TrailerPrefix + f.Name
			h[name] = append(h[name], f.Value)
		}
		s.x.tap.Trailer(capture.Receive, fields)
	}
	s.x.end(capture.End{How: capture.HowClose, By: capture.Server})
}

// sentBody tells the tap of a request body as the transport reads it.
type sentBody struct {
	io.ReadCloser
	x       *exchange
	trailer *http.Header
	ended   bool
}

func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	at := b.x.relay.recorder.Now()
	b.x.telling.Lock()
	defer b.x.telling.Unlock()
	if b.x.over {
		return n, err
	}
	if n > 0 {
		b.x.tap.Chunk(capture.Chunk{Dir: capture.Send, At: at, Data: p[:n]})
	}
	if fields := fieldsOf(*b.trailer); err == io.EOF && len(fields) > 0 && !b.ended {
		b.ended = true
		b.x.tap.Trailer(capture.Send, fields)
	}
	return n, err
}
