package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/mitm"
)

// recorder is a running recorder and all it owns, in the order in which it is
// stopped.
type recorder struct {
	*app
	proxy   *mitm.Proxy
	relay   *mitm.Relay
	pages   pages
	options mitm.RelayOptions // the relay's
	doors   *doors            // nil without a page
	control *control.Server
	rec     *record.Recorder
	tape    *store.Tape
	writer  capture.Writer // the tape, behind the redactor where there is one
	served  chan error
	silent  bool      // say nothing of what went well
	page    *web.Page // nil when it is off
	pageURL string

	limits   limits
	pruning  sync.WaitGroup
	done     chan struct{}
	log      *slog.Logger
	redactor *redact.Redactor
	keys     io.WriteCloser // nil: TLS secrets are not written down
}

// controlled is what other processes reach of a recorder: its tape and its live
// connections.
type controlled struct {
	*store.Tape
	control.Injector
	control.Guarder
}

func (r *recorder) start(f *recordFlags, routes []mitm.Route, ca *certs.Authority, l net.Listener) error {
	var origin http.Handler
	if len(routes) > 0 {
		origin = mitm.NewReverse(routes, r.relay)
	}
	o := &mitm.ProxyOptions{
		CA: ca, Handler: r.relay, Tunnels: r.relay, Origin: origin,
		Intercept: interceptor(f.include, f.exclude), TunnelOnRefusal: f.tunnelOnRefusal,
		MaxHead: int(f.maxHead), Log: r.log,
	}
	if r.keys != nil {
		o.KeyLog = r.keys
	}
	r.proxy = mitm.NewProxy(o)
	var err error
	r.control, err = control.Serve(controlled{r.tape, &doors{main: r.relay}, &r.pages}, control.State{
		PID: os.Getpid(), Version: Version(), Tape: r.app.tape, Session: uint64(r.rec.Session()),
		Proxy: "http://" + address(l), CA: ca.CertFile(), Started: time.Now(),
	})
	if err != nil {
		return err
	}
	r.served = make(chan error, 1)
	go func() { r.served <- r.proxy.Serve(l) }()
	r.done = make(chan struct{})
	r.pruning.Go(r.prune)
	return nil
}

// uiListener opens the port of the page, or returns nil when it is off.
func (a *app) uiListener(addr string) (net.Listener, error) {
	if addr == uiOff {
		return nil, nil
	}
	return a.listenUI("--ui", addr)
}

// servePage serves the page of this recorder on ui, which is nil when it is off.
func (r *recorder) servePage(addr string, ui, l net.Listener, ca *certs.Authority) {
	if ui == nil {
		return
	}
	proxy := "http://" + address(l)
	o := web.Options{
		Source: r.tape, Annotator: r.tape, Documents: r.tape, Tape: r.app.tape, Mode: web.ModeRecord, Session: r.rec.Session(),
		Proxy: proxy, Setup: setup(ca, proxy), Version: Version(), Names: namesOf(addr),
		MergeOptions: mergeOptions(r.tape), MaxMessage: int64(r.maxMessage), Log: r.log,
	}
	r.drive(&o, r.tape, r.writer, filepath.Dir(ca.CertFile()))
	r.compose(&o, ca, l)
	r.page = web.Serve(ui, o)
	r.pageURL = r.page.URL(address(ui))
}

// pruneEvery is how often a growing tape is held to its limits.
const pruneEvery = 30 * time.Second

// prune holds the tape to its limits until the recorder stops.
func (r *recorder) prune() {
	if r.limits == (limits{}) {
		return
	}
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := r.enforce(r.tape, r.limits, r.rec.Session()); err != nil {
			r.say("warning: old sessions cannot be removed from %s: %v", r.app.tape, err)
		}
		select {
		case <-tick.C:
		case <-r.done:
			return
		}
	}
}

func (r *recorder) ready(l net.Listener, ca *certs.Authority) {
	ui := ""
	if r.page != nil {
		ui = " ui=" + r.pageURL
	}
	r.say("ready proxy=http://%s ca=%s tape=%s session=%d%s", address(l), ca.CertFile(), r.app.tape, r.rec.Session(), ui)
}

// grace is how long exchanges that are under way may take to end when the
// recorder stops. Sockets and streams have no end of their own to wait for.
const grace = 150 * time.Millisecond

// stop ends the traffic, then what records it, then the tape.
func (r *recorder) stop() error {
	if r.proxy != nil {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		_ = r.proxy.Shutdown(ctx)
		cancel()
		_ = r.proxy.Close()
	}
	if r.relay != nil {
		_ = r.relay.Close()
	}
	if r.done != nil {
		close(r.done)
		r.pruning.Wait()
	}
	if r.page != nil {
		_ = r.page.Close()
		r.doors.close()
	}
	err := r.rec.Close()
	if r.control != nil {
		_ = r.control.Close()
	}
	if closeErr := r.tape.Close(); err == nil {
		err = closeErr
	}
	if r.keys != nil {
		_ = r.keys.Close()
	}
	r.summary()
	return err
}

// summary prints what was recorded and what one does next.
func (r *recorder) summary() {
	t := r.rec.Totals()
	if !r.silent {
		r.say("recorded %s with %s on %s, session %d",
			count(t.Exchanges, "exchange"), count(t.Messages, "message"), r.app.tape, r.rec.Session())
	}
	if t.Lost > 0 || t.Missed > 0 {
		r.say("not recorded: %d bytes inside exchanges, and %s whole", t.Lost, count(t.Missed, "exchange"))
	}
	if n := r.faults.Load(); n > 0 {
		r.say("warning: recording failed %s; the exchanges it fell into are marked", tern(n == 1, "once", fmt.Sprintf("%d times", n)))
	}
	if r.redactor != nil {
		r.say("took out %s", redact.Sum(r.redactor.Found()))
	}
	if t.Exchanges > 0 && !r.silent {
		r.say("next: wiretape ls%s", tapeFlag(r.app.tape))
	}
}

// sayFault tells that the disk failed, or works again.
func (a *app) sayFault(err error) {
	if err != nil {
		a.faults.Add(1)
		a.say("warning: recording to %s fails: %v; traffic goes on unrecorded", a.tape, err)
		return
	}
	a.say("recording to %s works again", a.tape)
}
