package cli

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// uiFlags are the flags of wiretape ui.
type uiFlags struct{ listen, caDir string }

func (a *app) uiCommand() *cobra.Command {
	var f uiFlags
	c := &cobra.Command{
		Use:   "ui [FILE.tape|FILE.har]",
		Short: "Browse a tape in the browser.",
		Long: `Browse a tape, or a HAR, in the browser, until Ctrl-C. The address is printed,
with the token that opens it. A tape that is being recorded is read through its
recorder, and grows while it is looked at.`,
		Example: `  wiretape ui
  wiretape ui old.tape
  wiretape ui bug.har -l 127.0.0.1:9000`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &misuse{c.CommandPath() + " takes one file", "see " + c.CommandPath() + " --help"}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.tape = args[0]
			}
			return a.ui(c.Context(), &f)
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVarP(&f.listen, "listen", "l", "127.0.0.1:0", "`ADDR` to listen on")
	c.Flags().StringVar(&f.caDir, "ca-dir", "", "the `DIR` of the certificate authority (default: in your config folder)")
	return c
}

// ui serves the page until a signal comes.
func (a *app) ui(ctx context.Context, f *uiFlags) (err error) {
	a.catch()
	tape, err := a.openForPage(a.tape)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := tape.Close(); err == nil {
			err = closeErr
		}
	}()
	l, err := a.listenUI("-l", f.listen)
	if err != nil {
		return err
	}
	o := tape.pageOptions(a)
	if ca, err := authority(f.caDir); err == nil {
		o.Setup = setup(ca, o.Proxy)
		stop := tape.compose(a, &o, ca, l)
		defer stop()
	}
	defer tape.guard(a, l)()
	o.Names = namesOf(f.listen)
	a.drive(&o, tape, tape.writer(), f.caDir)
	page := web.Serve(l, o)
	defer page.Close()
	a.say("ready ui=%s tape=%s", page.URL(address(l)), a.tape)
	return a.runUntilDone(ctx, nil, nil, nil)
}

// pageTape is a tape opened for the page: one that nobody records to is held
// for writing, so that what people note is kept, and answers other processes
// through the control socket as a recorder does.
type pageTape struct {
	*recording
	tape *store.Tape // nil when it is read through its recorder, or cannot be written
	mode web.Mode
}

func (a *app) openForPage(path string) (*pageTape, error) {
	if isHAR(path) {
		r, err := a.openHAR(path)
		return &pageTape{recording: r, mode: web.ModeHAR}, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, openError(path, err)
	}
	r, err := a.open(path)
	if err != nil {
		return nil, err
	}
	if r.live != nil {
		return &pageTape{recording: r, mode: web.ModeRecord}, nil
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	return a.hold(path)
}

// hold opens a tape that nobody records to.
func (a *app) hold(path string) (*pageTape, error) {
	tape, err := store.Open(path, &store.Options{Fault: a.sayFault})
	if errors.Is(err, fs.ErrPermission) {
		r, err := a.open(path)
		return &pageTape{recording: r, mode: web.ModeTape}, err
	}
	if err != nil {
		return nil, err
	}
	r := &recording{Reader: tape, source: tape.Source(), close: []func() error{tape.Close}}
	side, err := control.Serve(tape, control.State{PID: os.Getpid(), Version: Version(), Tape: path, Started: time.Now()})
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	r.close = append(r.close, side.Close)
	return &pageTape{recording: r, tape: tape, mode: web.ModeTape}, nil
}

// guard has the tape's recorder keep its proxy from the page at l, until the
// function that is returned is called.
func (p *pageTape) guard(a *app, l net.Listener) func() {
	if p.live == nil {
		return func() {}
	}
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err == nil {
		var release func()
		if release, err = p.live.Guard(addr); err == nil {
			return release
		}
	}
	a.say("warning: the page can be reached through the recorder's proxy: %v", err)
	return func() {}
}

// writer returns what imports write to, or nil.
func (p *pageTape) writer() capture.Writer {
	if p.tape == nil {
		return nil
	}
	return p.tape
}

// pageOptions says what the page shows of the tape, and may write to it.
func (p *pageTape) pageOptions(a *app) web.Options {
	o := web.Options{
		Source: p.recording, Tape: a.tape, Mode: p.mode, Version: Version(),
		MergeOptions: mergeOptions(p.recording), MaxMessage: int64(a.maxMessage), Log: a.logger(),
	}
	switch {
	case p.live != nil:
		state := p.live.State()
		o.Annotator, o.Documents, o.Session, o.Proxy = p.live, p.live, capture.SessionID(state.Session), state.Proxy
		if state.Proxy == "" { // another page holds it, nobody records
			o.Mode = web.ModeTape
		}
	case p.tape != nil:
		o.Annotator, o.Documents = p.tape, p.tape
	}
	return o
}

// Head returns the number of the last commit.
func (r *recording) Head() uint64 { return r.source.Head() }

// Wait waits for a commit after head.
func (r *recording) Wait(ctx context.Context, head uint64) (uint64, error) {
	return r.source.Wait(ctx, head)
}

// MarksAfter returns the marks of an exchange behind one.
func (r *recording) MarksAfter(id capture.ExchangeID, after capture.Mark) ([]capture.Mark, error) {
	return store.NewReader(r.source).MarksAfter(id, after)
}

// Info returns what is on the tape, from its file or from its recorder.
func (r *recording) Info() (store.Info, error) {
	if t, ok := r.Reader.(interface{ Info() (store.Info, error) }); ok {
		return t.Info()
	}
	return r.live.Info()
}

var _ web.Source = (*recording)(nil)

// mergeOptions returns what reads the rules for merging: those kept on the tape,
// then the user's own.
func mergeOptions(tape documents) func() (*merge.Options, error) {
	return func() (*merge.Options, error) { return (&mergeFlags{}).options(tape) }
}
