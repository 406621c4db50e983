package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
)

// Server serves a tape again. It is an http.Handler for requests in absolute
// form, as a proxy gets them, and in origin form, as a mock server does. It may
// be used concurrently; every live connection has its own state.
type Server struct {
	options   Options
	endpoints []*Plan // of WebSocket connections, one each
	openings  openings
	hosts     hosts
	requests  *Plan // of all other exchanges; nil: there are none
	tallies   map[*Plan]*tally
	random    atomic.Uint64 // how many sources of random numbers were drawn
	tempo     tempo

	webMu sync.Mutex
	web   *conversation // of all plain requests; nil: there are none

	closing context.Context // done when the server closes
	cancel  context.CancelFunc
	live    sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	lives   map[*live]bool        // connections and answers under way
	conns   map[net.Conn]bool     // live connections, to be ended by Close
	served  map[*recording]int    // live connections and requests
	turns   map[*recording]int    // how many connections took one of the recordings that begin with this one
	made    map[*entity]string    // the last value made for each
	returns map[string]string     // URLs that name the mock, and the recorded ones
	engines map[string]*engine    // sessions of Engine.IO over polling
	minted  map[entityKey]*entity // values made in place of the server's
	journal journal

	mints atomic.Int64 // how many values were made

	faultSeen, faultFired []int // by fault: connections it could be played on, and how often it was; guarded by mu
}

// NewServer compiles the plans of what o selects from tape. o may be nil. The
// tape is read here and is not needed afterwards.
func NewServer(tape capture.Reader, o *Options) (*Server, error) {
	s := &Server{
		tallies: map[*Plan]*tally{}, conns: map[net.Conn]bool{}, lives: map[*live]bool{},
		served: map[*recording]int{}, turns: map[*recording]int{}, minted: map[entityKey]*entity{}, engines: map[string]*engine{},
		made: map[*entity]string{}, returns: map[string]string{},
	}
	if o != nil {
		s.options = *o
	}
	s.tempo.speed = s.options.Speed
	if s.options.Log == nil {
		s.options.Log = slog.New(slog.DiscardHandler)
	}
	for i := range s.options.Faults {
		if err := s.options.Faults[i].check(); err != "" {
			return nil, &FaultError{string(s.options.Faults[i].Do), err}
		}
	}
	s.faultSeen, s.faultFired = make([]int, len(s.options.Faults)), make([]int, len(s.options.Faults))
	s.closing, s.cancel = context.WithCancel(context.Background())
	sockets, requests, err := s.choose(tape)
	if err != nil {
		return nil, err
	}
	if err := s.compile(sockets, requests); err != nil {
		return nil, err
	}
	s.openings = openingsOf(s.plans())
	s.locate()
	return s, nil
}

// compile makes the plans, that of the plain requests first: values cross from
// these to the sockets.
func (s *Server) compile(sockets [][]source, requests []source) (err error) {
	if len(requests) > 0 {
		if s.requests, err = compile(requests, s.options.Plans, nil); err != nil {
			return err
		}
		s.tallies[s.requests] = newTally(s.requests)
	}
	for _, group := range sockets {
		p, err := compile(group, s.options.Plans, s.requests)
		if err != nil {
			return err
		}
		s.endpoints = append(s.endpoints, p)
		s.tallies[p] = newTally(p)
	}
	if s.requests != nil {
		s.web = newConversation(s, s.requests, s.requests.recordings[0], false)
	}
	return nil
}

// choose reads which exchanges are served: WebSocket connections by endpoint,
// and all others.
func (s *Server) choose(tape capture.Reader) (sockets [][]source, requests []source, err error) {
	var list []*transcript.Transcript
	for ex, err := range tape.Exchanges(0, false) {
		if err != nil {
			return nil, nil, fmt.Errorf("read the tape: %w", err)
		}
		if s.chosen(ex) {
			list = append(list, transcript.Of(tape, ex, nil))
		}
	}
	sources, err := gatherPolls(list)
	if err != nil {
		return nil, nil, err
	}
	byEndpoint := map[string]int{}
	for _, x := range sources {
		if !x.isSocket() {
			requests = append(requests, x)
			continue
		}
		base := baseOf(x.tr.Exchange().Request.URL)
		at, ok := byEndpoint[base]
		if !ok {
			at = len(sockets)
			byEndpoint[base] = at
			sockets = append(sockets, nil)
		}
		sockets[at] = append(sockets[at], x)
	}
	if len(sockets) == 0 && len(requests) == 0 {
		return nil, nil, errEmpty
	}
	return sockets, requests, nil
}

func (s *Server) chosen(ex *capture.Exchange) bool {
	switch {
	case ex.Kind == capture.KindTunnel:
		return false
	case s.options.Session != 0 && ex.Session != s.options.Session:
		return false
	case s.options.Exchanges != nil && !slices.Contains(s.options.Exchanges, ex.ID):
		return false
	case ex.Kind != capture.KindWebSocket && strings.EqualFold(capture.Get(ex.Request.Header, "Upgrade"), "websocket") && ex.Response == nil:
		return false
	}
	return true
}

var errEmpty = errors.New("nothing to replay: the tape holds no such exchange")

// baseOf returns a URL without its query, with http for ws.
func baseOf(url string) string {
	url, _, _ = strings.Cut(url, "?")
	if rest, ok := strings.CutPrefix(url, "ws"); ok {
		return "http" + rest
	}
	return url
}

// ServeHTTP answers from the tape. A request with an absolute URL is matched by
// scheme, host, path and query, one in origin form by path and query alone.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		http.Error(w, "replay: the server is closed", http.StatusServiceUnavailable)
		return
	}
	s.live.Add(1)
	s.mu.Unlock()
	defer s.live.Done()
	if s.servePolled(w, r) {
		return
	}
	if isUpgrade(r) {
		s.serveSocket(w, r)
		return
	}
	s.serveRequest(w, r)
}

func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket") &&
		strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade")
}

// Close ends the live connections and waits for them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.live.Wait()
	return nil
}

// newRandom returns a source of random numbers of its own: the same one for
// the same seed and the same order of connections.
func (s *Server) newRandom() *rand.Rand {
	return rand.New(rand.NewPCG(s.options.Seed, s.random.Add(1)))
}

// use counts one more use of a recorded message of the client and returns how
// many there were before, on all connections.
func (s *Server) use(p *Plan, m *message) int { return int(s.tallies[p].used[m.order].Add(1)) - 1 }

// mint takes a value for use in place of e, and reports false if it is taken.
func (s *Server) mint(key entityKey, e *entity) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.minted[key] != nil {
		return false
	}
	s.minted[key], s.made[e] = e, key.value
	s.mints.Add(1)
	return true
}

// mintedFor returns the entity of the server that a made value stands for, nil
// for other values.
func (s *Server) mintedFor(keys ...entityKey) *entity {
	if s.mints.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		if e := s.minted[k]; e != nil {
			return e
		}
	}
	return nil
}
