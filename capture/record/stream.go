package record

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/ndjson"
	"github.com/wiretape/wiretape/capture/sse"
)

// counter is the part of the event decoders that counting needs.
type counter interface {
	Feed(at time.Duration, p []byte, emit func(*capture.Event))
	Close(at time.Duration, emit func(*capture.Event))
	Pending() bool
}

// stream counts the events of a response body as it passes. Until it is known
// whether the body is a stream at all, it keeps its beginning.
type stream struct {
	decoder *content.Decoder // nil: no content coding
	events  counter          // nil while undecided, and when the body is no stream
	is      capture.Kind
	media   string // the Content-Type, whole
	head    []byte
	broken  bool
}

// sniffLimit is how much of a body is looked at to tell whether it is a stream
// of JSON texts, in bytes.
const sniffLimit = 16 << 10

// kindOf tells what an answered exchange is, and what is needed to follow it.
func kindOf(ex *capture.Exchange) (capture.Kind, *socket, *stream) {
	r := ex.Response
	if ex.Kind == capture.KindTunnel {
		return ex.Kind, nil, nil
	}
	if isWebSocket(r) {
		ex.Request.URL = socketURL(ex.Request.URL)
		return capture.KindWebSocket, newSocket(r), nil
	}
	media := capture.Get(r.Header, "Content-Type")
	essence := content.ParseMediaType(media).Essence
	codings := content.Codings(capture.Values(r.Header, "Content-Encoding"))
	if essence == "text/event-stream" {
		return capture.KindSSE, nil, newStream(media, codings, capture.KindSSE, sse.NewDecoder(&sse.Options{CountOnly: true}))
	}
	format, ok, more := ndjson.Detect(media, nil)
	switch {
	case ok:
		d := ndjson.NewDecoder(&ndjson.Options{Format: format, CountOnly: true})
		return capture.KindNDJSON, nil, newStream(media, codings, capture.KindNDJSON, d)
	case ndjson.ArrayByAddress(ex.Request.URL, essence):
		d := ndjson.NewDecoder(&ndjson.Options{Format: ndjson.Array, CountOnly: true})
		return capture.KindNDJSON, nil, newStream(media, codings, capture.KindNDJSON, d)
	case more && capture.Get(r.Header, "Content-Length") == "":
		return capture.KindHTTP, nil, newStream(media, codings, capture.KindHTTP, nil)
	}
	return capture.KindHTTP, nil, nil
}

// socketURL gives an upgraded exchange the scheme of its protocol.
func socketURL(address string) string {
	if rest, ok := strings.CutPrefix(address, "http"); ok {
		return "ws" + rest
	}
	return address
}

func newStream(media string, codings []string, kind capture.Kind, events counter) *stream {
	s := &stream{media: media, is: kind, events: events}
	if len(codings) > 0 {
		d, err := content.NewDecoder(codings)
		s.decoder, s.broken = d, err != nil
	}
	return s
}

// kind returns what the body has turned out to be so far.
func (s *stream) kind() capture.Kind { return s.is }

// clean reports whether decoding can start at the next piece. It cannot while
// it is not known whether there are events: those of the beginning are counted
// once it is.
func (s *stream) clean() (bool, string) {
	if s.decoder != nil || s.events == nil {
		return false, ""
	}
	if d, ok := s.events.(*sse.Decoder); ok {
		return !d.Pending(), d.LastID()
	}
	return !s.events.Pending(), ""
}

// feed takes the next run of the body and returns how many events it
// dispatched, and how many blocks it completed in all.
func (s *stream) feed(at time.Duration, p []byte) (dispatched, all uint64) {
	if s.broken {
		return 0, 0
	}
	if s.decoder == nil {
		return s.count(at, p)
	}
	err := s.decoder.FeedTo(p, func(out []byte) {
		d, n := s.count(at, out)
		dispatched, all = dispatched+d, all+n
	})
	s.broken = s.broken || err != nil
	return dispatched, all
}

func (s *stream) count(at time.Duration, p []byte) (dispatched, all uint64) {
	if s.events == nil && !s.broken {
		p = s.sniff(p)
	}
	if s.events == nil {
		return 0, 0
	}
	s.events.Feed(at, p, func(e *capture.Event) {
		all++
		if e.Dispatched {
			dispatched++
		}
	})
	return dispatched, all
}

// sniff looks at the beginning of the body and returns what the events are to
// be counted from, once it is known that there are events.
func (s *stream) sniff(p []byte) []byte {
	if s.head == nil && s.is != capture.KindHTTP || len(s.head) > sniffLimit {
		return nil
	}
	s.head = append(s.head, p...)
	format, ok, more := ndjson.Detect(s.media, s.head)
	switch {
	case ok:
		s.is = capture.KindNDJSON
		s.events = ndjson.NewDecoder(&ndjson.Options{Format: format, CountOnly: true})
		p, s.head = s.head, nil
		return p
	case !more || len(s.head) > sniffLimit:
		s.stop()
	}
	return nil
}

// stop gives up following a body that is no stream.
func (s *stream) stop() { s.head, s.broken = nil, true }

// close counts what the end of the body completes.
func (s *stream) close(at time.Duration) (dispatched, all uint64) {
	if s.decoder != nil {
		// A coding that breaks off at the end is how cut streams end.
		out, _ := s.decoder.Close()
		dispatched, all = s.count(at, out)
		s.decoder = nil
	}
	if s.events == nil {
		return dispatched, all
	}
	s.events.Close(at, func(e *capture.Event) {
		all++
		if e.Dispatched {
			dispatched++
		}
	})
	return dispatched, all
}
