package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/mitm"
)

// recordFlags are the flags of wiretape record.
type recordFlags struct {
	listen, label, ui, caDir, onOverload string
	maxSize, maxAge                      string
	reverse, include, exclude            []string
	compress, tunnelOnRefusal            bool
	upstream                             upstreamFlags
}

// upstreamFlags say how the real service is reached.
type upstreamFlags struct {
	ca, clientCert, proxy string
	insecure              bool
}

func (a *app) recordCommand() *cobra.Command {
	var f recordFlags
	c := &cobra.Command{
		Use:   "record [flags] [-- CMD ARG…]",
		Short: "Record all that passes through the proxy.",
		Long: `Record all that passes through the proxy, until Ctrl-C or until CMD ends.

Every WebSocket frame, server-sent event, JSON line and HTTP exchange goes onto
the tape as it passes; the traffic itself is not altered or held back. CMD gets
the proxy and the certificate through its environment; anything else is pointed
at the address printed on the ready line. With --reverse the recorder is also a
plain server in front of URL.`,
		Example: `  wiretape record -- npm test
  wiretape record -l 127.0.0.1:8080
  wiretape record --reverse https://api.example.com --label checkout
  wiretape record --exclude '*.telemetry.example' -- node app.js`,
		RunE: func(c *cobra.Command, args []string) error { return a.record(c.Context(), &f, args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.SetInterspersed(false)
	fs.StringVarP(&f.listen, "listen", "l", "", "`ADDR` to listen on (default 127.0.0.1:8080, a free port with -- CMD)")
	fs.StringArrayVar(&f.reverse, "reverse", nil, "pass requests made to the proxy itself on to `[PREFIX=]URL`")
	fs.StringVar(&f.label, "label", "", "a `NAME` for this session")
	fs.StringVar(&f.ui, "ui", "off", "the web page: only off in this version")
	fs.StringVar(&f.caDir, "ca-dir", "", "the `DIR` of the certificate authority (default: in your config folder)")
	f.upstream.add(c)
	fs.StringArrayVar(&f.include, "include", nil, "look only into connections to `HOST` (* matches anything)")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "do not look into connections to `HOST`: they are passed through and counted")
	fs.BoolVar(&f.tunnelOnRefusal, "tunnel-on-refusal", false, "once a client refuses the certificate for a host, pass its next connections through")
	fs.StringVar(&f.onOverload, "on-overload", "wait", "when the disk does not keep up: `wait` for it, or forward and mark the gap")
	fs.StringVar(&f.maxSize, "max-size", "", "remove the oldest closed sessions while the tape takes more than `SIZE`, as in 10GB")
	fs.StringVar(&f.maxAge, "max-age", "", "remove closed sessions that ended longer than `D` ago, as in 7d")
	fs.BoolVar(&f.compress, "compress", false, "compress the tape (zstd)")
	return c
}

func (f *upstreamFlags) add(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.ca, "upstream-ca", "", "also trust the certificates in `FILE` (PEM) towards the service")
	fs.BoolVar(&f.insecure, "insecure-upstream", false, "do not check the service's certificate")
	fs.StringVar(&f.clientCert, "client-cert", "", "show the certificate in `FILE` (PEM, with its key) to the service")
	fs.StringVar(&f.proxy, "upstream-proxy", "", "reach the service through the proxy at `URL` (http, https, socks5)")
}

// record runs the recorder until a signal comes, or the command ends.
func (a *app) record(ctx context.Context, f *recordFlags, args []string) (err error) {
	overload, err := f.overload()
	if err != nil {
		return err
	}
	limits, err := parseLimits(f.maxAge, f.maxSize)
	if err != nil {
		return err
	}
	if f.ui != "off" {
		return &misuse{"the web page is not part of this version", "leave --ui out, and use ls and show"}
	}
	routes, err := parseRoutes(f.reverse)
	if err != nil {
		return err
	}
	if err := checkPatterns(f.include, f.exclude); err != nil {
		return err
	}
	var o mitm.RelayOptions
	if err := f.upstream.apply(&o); err != nil {
		return err
	}
	a.catch()
	ca, err := authority(f.caDir)
	if err != nil {
		return err
	}
	l, err := a.listen(f.listen, len(args) > 0)
	if err != nil {
		return err
	}
	defer l.Close()
	log := a.logger()
	tape, err := store.Open(a.tape, &store.Options{Compress: f.compress, Fault: a.sayFault})
	if err != nil {
		return a.taken(err)
	}
	rec, err := record.New(tape, &record.Options{
		Label: f.label, Creator: "wiretape " + Version(), OnOverload: overload, Log: log,
	})
	if err != nil {
		_ = tape.Close()
		return err
	}
	r := &recorder{app: a, tape: tape, rec: rec, limits: limits}
	defer func() {
		if stopErr := r.stop(); err == nil {
			err = stopErr
		} else if stopErr != nil {
			a.say("warning: %v", stopErr)
		}
	}()
	o.Recorder, o.Self, o.Log = rec, ownAddress(l), log
	r.relay = mitm.NewRelay(&o)
	if err := r.start(f, routes, ca, l, log); err != nil {
		return err
	}
	r.ready(l, ca)
	return a.runUntilDone(ctx, args, childEnv(l, ca), r.served)
}

func (f *recordFlags) overload() (record.Overload, error) {
	switch f.onOverload {
	case "wait":
		return record.Wait, nil
	case "gap":
		return record.Gap, nil
	}
	return 0, &misuse{fmt.Sprintf("--on-overload is wait or gap, not %q", f.onOverload), "see wiretape record --help"}
}

// taken says who records to the tape already.
func (a *app) taken(err error) error {
	if client, dialErr := control.Dial(a.tape); dialErr == nil {
		defer client.Close()
		s := client.State()
		return &hinted{
			fmt.Errorf("%s is being recorded to already, by process %d behind %s", a.tape, s.PID, s.Proxy),
			"record to another tape with -t FILE, or end that recorder first",
		}
	}
	return err
}

// recorder is a running recorder and all it owns, in the order in which it is
// stopped.
type recorder struct {
	*app
	proxy   *mitm.Proxy
	relay   *mitm.Relay
	control *control.Server
	rec     *record.Recorder
	tape    *store.Tape
	served  chan error

	limits  limits
	pruning sync.WaitGroup
	done    chan struct{}
}

func (r *recorder) start(f *recordFlags, routes []mitm.Route, ca *certs.Authority, l net.Listener, log *slog.Logger) error {
	var origin http.Handler
	if len(routes) > 0 {
		origin = mitm.NewReverse(routes, r.relay)
	}
	r.proxy = mitm.NewProxy(&mitm.ProxyOptions{
		CA: ca, Handler: r.relay, Tunnels: r.relay, Origin: origin,
		Intercept: interceptor(f.include, f.exclude), TunnelOnRefusal: f.tunnelOnRefusal, Log: log,
	})
	var err error
	r.control, err = control.Serve(r.tape, control.State{
		PID: os.Getpid(), Version: Version(), Tape: r.app.tape, Session: uint64(r.rec.Session()),
		Proxy: "http://" + address(l), Started: time.Now(),
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
	r.say("ready proxy=http://%s ca=%s tape=%s session=%d", address(l), ca.CertFile(), r.app.tape, r.rec.Session())
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
	err := r.rec.Close()
	if r.control != nil {
		_ = r.control.Close()
	}
	if closeErr := r.tape.Close(); err == nil {
		err = closeErr
	}
	r.summary()
	return err
}

// summary prints what was recorded and what one does next.
func (r *recorder) summary() {
	t := r.rec.Totals()
	r.say("recorded %s with %s on %s, session %d",
		count(t.Exchanges, "exchange"), count(t.Messages, "message"), r.app.tape, r.rec.Session())
	if t.Lost > 0 || t.Missed > 0 {
		r.say("not recorded: %d bytes inside exchanges, and %s whole", t.Lost, count(t.Missed, "exchange"))
	}
	if t.Exchanges > 0 {
		r.say("next: wiretape ls%s", tapeFlag(r.app.tape))
	}
}

// sayFault tells that the disk failed, or works again.
func (a *app) sayFault(err error) {
	if err != nil {
		a.say("warning: recording to %s fails: %v; traffic goes on unrecorded", a.tape, err)
		return
	}
	a.say("recording to %s works again", a.tape)
}

// apply fills in how the relay reaches the service.
func (f *upstreamFlags) apply(o *mitm.RelayOptions) error {
	o.InsecureUpstream = f.insecure
	if f.ca != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pem, err := os.ReadFile(f.ca)
		if err != nil {
			return fmt.Errorf("read --upstream-ca: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return &hinted{fmt.Errorf("there is no certificate in %s", f.ca), "--upstream-ca takes a PEM file"}
		}
		o.RootCAs = pool
	}
	if f.clientCert != "" {
		pair, err := tls.LoadX509KeyPair(f.clientCert, f.clientCert)
		if err != nil {
			return &hinted{fmt.Errorf("read --client-cert: %w", err), "the file holds the certificate and its key, both PEM"}
		}
		o.ClientCert = &pair
	}
	if f.proxy != "" {
		u, err := url.Parse(f.proxy)
		if err != nil || u.Host == "" {
			return &misuse{fmt.Sprintf("--upstream-proxy: %q is not a URL", f.proxy), "as in http://user:password@proxy.example:3128 or socks5://127.0.0.1:1080"}
		}
		o.UpstreamProxy = u
	}
	return nil
}

// parseRoutes reads the values of --reverse.
func parseRoutes(values []string) ([]mitm.Route, error) {
	var routes []mitm.Route
	for _, v := range values {
		prefix, target, found := strings.Cut(v, "=")
		if !found || strings.Contains(prefix, "://") {
			prefix, target = "/", v
		}
		u, err := url.Parse(target)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "ws" && u.Scheme != "wss" {
			return nil, &misuse{fmt.Sprintf("--reverse: %q is not a URL", target), "as in --reverse https://api.example.com or --reverse /v1=http://127.0.0.1:9000"}
		}
		u.Scheme = strings.Replace(u.Scheme, "ws", "http", 1)
		if !strings.HasPrefix(prefix, "/") {
			prefix = "/" + prefix
		}
		routes = append(routes, mitm.Route{Prefix: prefix, URL: u})
	}
	return routes, nil
}
