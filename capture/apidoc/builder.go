package apidoc

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
)

// builder makes one endpoint.
type builder struct {
	Endpoint
	budget  int
	ids     []capture.ExchangeID
	sampler sampler
	limit   int // messages that are read

	heads, failedHeads   heads // of requests that went well, and of those that were refused
	logins, failedLogins logins
	request              bodies
	responses            map[int]*response
	kinds                kinds
}

// response is what was seen under one status.
type response struct {
	Response
	heads  heads
	bodies bodies
}

func newBuilder(k Key, limit int) *builder {
	b := &builder{Endpoint: Endpoint{Key: k}, budget: maxNodes, limit: limit, responses: map[int]*response{}}
	b.heads.budget, b.failedHeads.budget = &b.budget, &b.budget
	b.request.budget, b.kinds.budget = &b.budget, &b.budget
	return b
}

// maxPaths is how many paths are kept as examples.
const maxPaths = 5

// see takes an exchange that was read in brief.
func (b *builder) see(ex *capture.Exchange, a address) {
	b.Exchanges++
	if b.First.IsZero() || ex.Started.Before(b.First) {
		b.First = ex.Started
	}
	if ex.Started.After(b.Last) {
		b.Last = ex.Started
	}
	b.Kind = telling(b.Kind, ex.Kind)
	b.Schemes = with(b.Schemes, a.scheme, 4)
	if a.path != b.Pattern {
		b.Paths = with(b.Paths, a.path, maxPaths)
	}
	if b.sampler.take() {
		b.ids = append(b.ids, ex.ID)
	}
}

// telling returns which of two kinds says more of an endpoint.
func telling(a, b capture.Kind) capture.Kind {
	order := []capture.Kind{capture.KindHTTP, capture.KindNDJSON, capture.KindSSE, capture.KindWebSocket}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// with adds a text to a list that has it not, up to a number of them.
func with(all []string, s string, limit int) []string {
	if s == "" || len(all) >= limit || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// full reports whether enough messages were read, and counts one more if not.
func (b *builder) full() bool {
	if b.Read.Messages >= b.limit {
		b.Read.Cut = true
		return true
	}
	b.Read.Messages++
	return false
}

// read takes an exchange whole.
func (b *builder) read(tape capture.Reader, id capture.ExchangeID) error {
	ex, err := tape.Exchange(id)
	if err != nil {
		return fmt.Errorf("exchange %d: %w", id, err)
	}
	b.Read.Exchanges++
	t := transcript.Of(tape, ex, &transcript.Options{MaxMessage: maxSample + 1})
	b.head(ex)
	b.request.read(t, capture.Send, ex.Request.Header)
	if ex.Response == nil {
		return nil
	}
	r := b.response(ex.Response)
	switch ex.Kind {
	case capture.KindWebSocket:
		err = b.socket(t)
	case capture.KindSSE, capture.KindNDJSON:
		err = b.stream(t)
		b.streamed(r, ex)
	default:
		r.bodies.read(t, capture.Receive, ex.Response.Header)
	}
	_ = err // what cannot be decoded ends there; what came before is told
	return nil
}

// head takes the heads of an exchange.
func (b *builder) head(ex *capture.Exchange) {
	a, _ := splitURL(ex.Request.URL)
	h, l := &b.heads, &b.logins
	if ex.Response != nil && ex.Response.Status >= 400 {
		h, l = &b.failedHeads, &b.failedLogins
	}
	h.request(b.Pattern, a, ex.Request.Header)
	l.request(a, ex.Request.Header)
	if ex.Response != nil && ex.Kind == capture.KindWebSocket {
		b.Subprotocols = with(b.Subprotocols, capture.Get(ex.Response.Header, "Sec-WebSocket-Protocol"), maxTopics)
	}
}

func (b *builder) response(r *capture.Response) *response {
	known := b.responses[r.Status]
	if known == nil {
		known = &response{Response: Response{Status: r.Status, Reason: r.Reason}}
		known.heads.budget, known.bodies.budget = &b.budget, &b.budget
		b.responses[r.Status] = known
	}
	known.Count++
	known.heads.response(r.Header)
	return known
}

// streamed notes the media type of a stream, whose content is the messages.
func (b *builder) streamed(r *response, ex *capture.Exchange) {
	media := "text/event-stream"
	if ex.Kind == capture.KindNDJSON {
		media, _, _ = strings.Cut(capture.Get(ex.Response.Header, "Content-Type"), ";")
		media = cmp.Or(strings.ToLower(strings.TrimSpace(media)), "application/x-ndjson")
	}
	if k := r.bodies.of(media); k != nil {
		k.Count++
	}
}

// endpoint returns what was found out.
func (b *builder) endpoint() *Endpoint {
	e := &b.Endpoint
	if b.heads.n == 0 {
		b.heads, b.logins = b.failedHeads, b.failedLogins
	}
	e.Parameters, e.Security = b.heads.parameters(), b.logins.security()
	for _, p := range e.Parameters {
		for _, s := range e.Security {
			p.Secret = p.Secret || s.In == p.In && s.Name == p.Name
		}
	}
	e.Request = b.request.content()
	for _, r := range b.responses {
		r.Headers, r.Content = r.heads.parameters(), r.bodies.content()
		e.Responses = append(e.Responses, &r.Response)
	}
	slices.SortFunc(e.Responses, func(a, b *Response) int { return a.Status - b.Status })
	e.Messages = b.kinds.messages()
	slices.SortStableFunc(e.Ends, func(a, b End) int { return b.Count - a.Count })
	return e
}

func itoa(n int) string { return strconv.Itoa(n) }
