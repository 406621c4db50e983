// Package web stands at the end of the path bytes → mitm → capture → show,
// export, replay, beside the command line: it is the page in the browser and the
// API behind it, and reads the tape through the same packages.
//
// The browser is a window on the tape, not a second store: the page asks for the
// rows it shows, and the feed only tells how far the tape has got. Everything
// below /api/v1 wants the run's token (RFC 6750 §2.1); the page itself and its
// parts hold no data and want none. docs/ui-api.md describes the API.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

// Options fill the page's server. The zero value of a part switches it off, and
// `can` in /state leaves it out.
type Options struct {
	Source    Source    // the tape; without it there is nothing to read
	Annotator Annotator // nil: notes cannot be changed
	Documents Documents // nil: nothing can be kept in the tape
	Replayer  Replayer  // nil: no mock can be started
	Exporter  Exporter  // nil: nothing can be exported
	Importer  Importer  // nil: nothing can be imported
	Injector  Injector  // nil: nothing can be put into live connections

	// Compose opens connections of the page's own; its Vars, Env and Changed are
	// the server's. Nil: none can be opened.
	Compose *compose.DeskOptions

	// RulesFile reads the user's own merge rules; nil where there are none. The
	// rules may be nil.
	RulesFile func() (path string, rules *merge.Rules, err error)

	Tape    string            // its path, to be shown
	Mode    Mode              // what the tape is; "" is ModeTape
	Session capture.SessionID // the one being recorded; 0 for none
	Proxy   string            // URL of the running recorder; "" for none
	Setup   func() Setup      // how programs are pointed at the proxy; nil for nothing to say
	Version string

	// MergeOptions returns the user's own rules for merging; nil for none.
	MergeOptions func() (*merge.Options, error)
	// Names are host names other than localhost under which the page may be
	// asked for. The addresses it is reached at need not be listed.
	Names []string
	// MaxMessage bounds how much of a message is decoded, in bytes. 0 is the
	// transcript's own bound.
	MaxMessage int64
	// Patience is how long a client may leave the rest of its request, or of
	// its answer, where it is. 0 is a minute.
	Patience time.Duration
	// Log takes what goes wrong in answering. Nil drops it. The token is never
	// written to it.
	Log *slog.Logger
}

// Mode says what the page shows.
type Mode string

// The modes.
const (
	ModeRecord Mode = "record" // a tape that is being recorded to
	ModeTape   Mode = "tape"   // a tape at rest
	ModeHAR    Mode = "har"    // a HAR, read into a tape of its own
)

// Server serves the page and its API. It may be used concurrently, until Close.
type Server struct {
	o     Options
	token string
	mux   *http.ServeMux
	files map[string]asset
	log   *slog.Logger
	tape  *markedTape

	stops      transcript.Stops
	totals     totals
	selections selections
	listings   listings
	mergers    mergers
	sheets     sheets
	hub        hub
	protocols  protocols

	routes   []string // the patterns below /api/v1
	requests atomic.Uint64
	gone     atomic.Bool // the recorder has ended
	mocks    mocks
	tickets  tickets
	exports  atomic.Int32  // under way
	desk     *compose.Desk // nil when it is off
	vault    compose.Vault
	keeping  sync.Mutex // held while a document is compared and written
	deeds    deeds

	importing atomic.Bool
	filling   places // of sheets
	reading   places // of requests

	// ctx ends with Close: feeds, searches and indexes stop then.
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup // requests, and what goes on behind them

	mu     sync.Mutex
	closed bool // nothing is added to work any more but by what is in it
}

// New returns a server for the page, with a fresh token. Close ends what it
// does in the background.
func New(o Options) *Server {
	if o.Mode == "" {
		o.Mode = ModeTape
	}
	if o.Source == nil {
		o.Source = nothing{}
	}
	if o.Patience == 0 {
		o.Patience = patienceDefault
	}
	s := &Server{o: o, token: newToken(), mux: http.NewServeMux(), files: assets(), log: o.Log}
	s.filling, s.reading = make(places, heldAtOnce), make(places, heldAtOnce)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.tape = &markedTape{Source: o.Source, ctx: s.ctx}
	s.desk = s.newDesk()
	s.mux.HandleFunc("/", s.serveAsset)
	s.mux.HandleFunc(apiPrefix+"/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &Problem{Status: http.StatusNotFound, Title: "there is no such part of the API", Detail: r.Method + " " + r.URL.Path})
	})
	s.register()
	return s
}

// register tells the mux of every part. Each owns a file with its own register
// function, and one line here.
func (s *Server) register() {
	s.registerState()
	s.registerReading()
	s.registerReplays()
	s.registerExports()
	s.registerImports()
	s.registerRules()
	s.registerDiff()
	s.registerEndpoints()
	s.registerCompose()
	s.registerInject()
	s.registerCollection()
}

// registerReading tells the mux of all that only reads.
func (s *Server) registerReading() {
	s.registerList()
	s.registerExchange()
	s.registerRows()
	s.registerSearches()
	s.registerDetail()
	s.registerAnalysis()
	s.registerFeed()
	s.registerCompletion()
	s.registerMergePreview()
	s.registerNotes()
	s.registerPreview()
}

// Token returns the run's token.
func (s *Server) Token() string { return s.token }

// Routes returns the patterns of the API, as in "GET /api/v1/state".
func (s *Server) Routes() []string { return append([]string(nil), s.routes...) }

// Close ends feeds, searches and whatever else goes on, and waits for it, and
// for the requests under way. Later ones are refused.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.mocks.close()
	if s.desk != nil {
		_ = s.desk.Close()
	}
	s.work.Wait()
	s.sheets.close()
	return nil
}

// apiPrefix is where the API begins.
const apiPrefix = "/api/v1"

// handler answers one request. An error it returns becomes a problem document;
// nothing may have been written then.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle adds a part of the API, as in "GET /exchanges/{id}".
func (s *Server) handle(pattern string, h handler) {
	method, path, _ := strings.Cut(pattern, " ")
	full := method + " " + apiPrefix + path
	s.routes = append(s.routes, full)
	s.mux.HandleFunc(full, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// enter counts a request among what Close waits for, until leave is called. It
// reports false when it is too late for one.
func (s *Server) enter() (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false
	}
	s.work.Add(1)
	return s.work.Done, true
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	w, r = s.patiently(w, r)
	leave, ok := s.enter()
	if !ok {
		s.refuse(w, r, context.Canceled)
		return
	}
	defer leave()
	if err := s.admit(r); err != nil {
		s.refuse(w, r, err)
		return
	}
	s.mux.ServeHTTP(w, r)
}
