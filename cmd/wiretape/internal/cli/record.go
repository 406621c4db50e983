package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/mitm"
)

// recordFlags are the flags of wiretape record.
type recordFlags struct {
	listen, label, ui, caDir, onOverload string
	maxSize, maxAge, redact, profile     string
	reverse, include, exclude            []string
	compress, tunnelOnRefusal            bool
	maxHead                              size
	upstream                             upstreamFlags
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
	fs.StringVar(&f.ui, "ui", "127.0.0.1:0", "`ADDR` of the web page, or off")
	fs.StringVar(&f.caDir, "ca-dir", "", "the `DIR` of the certificate authority (default: in your config folder)")
	f.upstream.add(c)
	fs.StringArrayVar(&f.include, "include", nil, "look only into connections to `HOST` (* matches anything)")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "do not look into connections to `HOST`: they are passed through and counted")
	fs.BoolVar(&f.tunnelOnRefusal, "tunnel-on-refusal", false, "once a client refuses the certificate for a host, pass its next connections through")
	fs.StringVar(&f.onOverload, "on-overload", "wait", "when the disk does not keep up: `wait` for it, or forward and mark the gap")
	f.maxHead = 1 << 20
	fs.Var(&f.maxHead, "max-header", "let through heads of at most `SIZE`")
	fs.StringVar(&f.redact, "redact", "", "keep secrets off the tape, by the rules in `RULES`, a file, or default")
	fs.StringVar(&f.maxSize, "max-size", "", "remove the oldest closed sessions while the tape takes more than `SIZE`, as in 10GB")
	fs.StringVar(&f.maxAge, "max-age", "", "remove closed sessions that ended longer than `D` ago, as in 7d")
	fs.BoolVar(&f.compress, "compress", false, "compress the tape (zstd)")
	fs.StringVar(&f.profile, "cpu-profile", "", "write a CPU profile of the recorder to `FILE`")
	_ = fs.MarkHidden("cpu-profile")
	return c
}

// settings is what the flags of record say, read and checked before anything is
// touched.
type settings struct {
	overload record.Overload
	limits   limits
	routes   []mitm.Route
	redactor *redact.Redactor // nil: nothing is taken out
	relay    mitm.RelayOptions
}

func (f *recordFlags) settings() (*settings, error) {
	var s settings
	var err error
	if s.overload, err = f.overload(); err != nil {
		return nil, err
	}
	if s.limits, err = parseLimits(f.maxAge, f.maxSize); err != nil {
		return nil, err
	}
	if err := checkUI("--ui", f.ui); err != nil {
		return nil, err
	}
	if s.routes, err = parseRoutes(f.reverse); err != nil {
		return nil, err
	}
	if err := checkPatterns(f.include, f.exclude); err != nil {
		return nil, err
	}
	if f.redact != "" {
		if s.redactor, err = redactor(f.redact, redact.Options{}); err != nil {
			return nil, err
		}
	}
	s.relay.MaxHead = int(f.maxHead)
	return &s, f.upstream.apply(&s.relay)
}

// record runs the recorder until a signal comes, or the command ends.
func (a *app) record(ctx context.Context, f *recordFlags, args []string) (err error) {
	s, err := f.settings()
	if err != nil {
		return err
	}
	a.catch()
	stopProfile, err := profile(f.profile)
	if err != nil {
		return err
	}
	defer stopProfile()
	ca, err := authority(f.caDir)
	if err != nil {
		return err
	}
	l, err := a.listen(f.listen, len(args) > 0)
	if err != nil {
		return err
	}
	defer l.Close()
	ui, err := a.uiListener(f.ui)
	if err != nil {
		return err
	}
	if ui != nil {
		defer ui.Close()
	}
	r, err := a.recorder(f, s)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := r.stop(); err == nil {
			err = stopErr
		} else if stopErr != nil {
			a.say("warning: %v", stopErr)
		}
	}()
	if r.keys, err = keyLog(); err != nil {
		return err
	}
	s.relay.Recorder, s.relay.Self, s.relay.Log = r.rec, ownAddress(l), r.log
	if ui != nil {
		r.pages.own = ownAddress(ui)
	}
	s.relay.Guarded = r.pages.guarded
	if r.keys != nil {
		s.relay.KeyLog = r.keys
	}
	r.relay, r.options = mitm.NewRelay(&s.relay), s.relay
	if err := r.start(f, s.routes, ca, l); err != nil {
		return err
	}
	r.servePage(f.ui, ui, l, ca)
	r.ready(l, ca)
	return a.runUntilDone(ctx, args, childEnv(l, ca), r.served)
}

// recorder opens the tape and begins a session on it.
func (a *app) recorder(f *recordFlags, s *settings) (*recorder, error) {
	tape, err := store.Open(a.tape, &store.Options{Compress: f.compress, Tool: "wiretape " + Version(), Fault: a.sayFault})
	if err != nil {
		return nil, a.taken(err)
	}
	writer := capture.Writer(tape)
	if s.redactor != nil {
		writer = s.redactor.Writer(tape)
	}
	log := a.logger()
	rec, err := record.New(writer, &record.Options{
		Label: f.label, Creator: "wiretape " + Version(), OnOverload: s.overload, Log: log,
	})
	if err != nil {
		_ = tape.Close()
		return nil, err
	}
	return &recorder{app: a, tape: tape, writer: writer, rec: rec, limits: s.limits, log: log, redactor: s.redactor}, nil
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
		if s.Proxy == "" {
			return &hinted{fmt.Errorf("%s is open in wiretape ui, process %d", a.tape, s.PID), "end that first, or record to another tape with -t FILE"}
		}
		return &hinted{
			fmt.Errorf("%s is being recorded to already, by process %d behind %s", a.tape, s.PID, s.Proxy),
			"record to another tape with -t FILE, or end that recorder first",
		}
	}
	return err
}
