package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/mitm"
	"github.com/wiretape/wiretape/replay"
)

// replayFlags are the flags of wiretape replay.
type replayFlags struct {
	listen, session, speed, level, onMiss, report, caDir string
	timing, onReconnect, onExhausted                     string
	exchanges                                            []uint
	faults, plans                                        []string
	maxGap, jitter                                       time.Duration
	requireAll, shiftTime                                bool
	seed                                                 uint64
	upstream                                             upstreamFlags
}

func (a *app) replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay [FILE.tape|FILE.har]… [flags] [-- CMD ARG…]",
		Short: "Serve what was recorded, in place of the real services.",
		Long: `Serve what was recorded, in place of the real services, until Ctrl-C or until
CMD ends.

The mock is reached in both ways: as a proxy, under the recorded addresses, and
as a plain server at its own address, by path and query. Ids, times and tokens
that the client makes anew are recognised and answered with; a message that was
not recorded fails loudly, with the nearest one that was. The exit code is 3
when something was asked for that was not recorded.`,
		Example: `  wiretape replay -- npm test
  wiretape replay chrome.har -l 127.0.0.1:9000
  wiretape replay --speed max --report report.json -- go test ./...
  wiretape replay --fault close:1012@after=3 -- npm test`,
		RunE: func(c *cobra.Command, args []string) error {
			files, cmd := args, []string(nil)
			if dash := c.ArgsLenAtDash(); dash >= 0 {
				files, cmd = args[:dash], args[dash:]
			}
			return a.replay(c.Context(), &f, files, cmd)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.listen, "listen", "l", "", "`ADDR` to listen on (default 127.0.0.1:8080, a free port with -- CMD)")
	fs.StringVar(&f.session, "session", "", "only the session with this `N|LABEL`")
	fs.UintSliceVar(&f.exchanges, "exchange", nil, "only exchange `N` (may be repeated)")
	fs.StringVar(&f.speed, "speed", "original", "`original`, max, or a factor")
	fs.DurationVar(&f.maxGap, "max-gap", 0, "no pause longer than `D`")
	fs.StringVar(&f.timing, "timing", "cause", "delays count from the client message that caused an answer, `cause`, or from the start, absolute")
	fs.StringVar(&f.level, "level", "match", "how strict: bytes, ordered, `match`, near or tape")
	fs.StringVar(&f.onMiss, "on-miss", "fail", "what was not recorded: `fail`, passthrough or record")
	fs.StringVar(&f.onReconnect, "on-reconnect", "next", "the n-th connection is served from the n-th recorded one, `next`, or all from the first, same")
	fs.StringVar(&f.onExhausted, "on-exhausted", "end", "when a recording is used up: repeat the last answer and `end` streams, fail, hold or loop")
	fs.BoolVar(&f.requireAll, "require-all", false, "fail unless all that was recorded came")
	fs.Uint64Var(&f.seed, "seed", 0, "`N` that decides all that is drawn at random")
	fs.StringArrayVar(&f.faults, "fault", nil, "play the faults in `FILE|SPEC`, as in close:1012@after=3 (docs/replay.md)")
	fs.DurationVar(&f.jitter, "jitter", 0, "every message waits up to `D` more")
	fs.StringArrayVar(&f.plans, "plan", nil, "correct what is inferred by the rules in `FILE`, as wiretape plan --yaml writes them")
	fs.BoolVar(&f.shiftTime, "shift-time", false, "move recorded times to now")
	fs.StringVar(&f.report, "report", "", "write what matched and what did not to `FILE` (JUnit if it ends in .xml)")
	fs.StringVar(&f.caDir, "ca-dir", "", "the `DIR` of the certificate authority (default: in your config folder)")
	f.upstream.add(c)
	return c
}

// options turns the flags into the engine's.
func (f *replayFlags) options() (*replay.Options, error) {
	o := &replay.Options{MaxGap: f.maxGap, Jitter: f.jitter, RequireAll: f.requireAll, ShiftTime: f.shiftTime, Seed: f.seed}
	var err, e error
	o.Speed, e = replay.ParseSpeed(f.speed)
	err = errors.Join(err, e)
	o.Level, e = replay.ParseLevel(f.level)
	err = errors.Join(err, e)
	o.OnMiss, e = replay.ParseOnMiss(f.onMiss)
	err = errors.Join(err, e)
	o.Timing, e = replay.ParseTiming(f.timing)
	err = errors.Join(err, e)
	o.OnReconnect, e = replay.ParseOnReconnect(f.onReconnect)
	err = errors.Join(err, e)
	o.OnExhausted, e = replay.ParseOnExhausted(f.onExhausted)
	if err = errors.Join(err, e); err != nil {
		return nil, &misuse{err.Error(), "see wiretape replay --help"}
	}
	for _, id := range f.exchanges {
		o.Exchanges = append(o.Exchanges, capture.ExchangeID(id))
	}
	if o.Faults, err = readFaults(f.faults); err != nil {
		return nil, err
	}
	o.Plans, err = readPlans(f.plans)
	return o, err
}

// readFaults reads faults from files, or from the words themselves.
func readFaults(values []string) ([]replay.Fault, error) {
	var all []replay.Fault
	for _, v := range values {
		data, err := os.ReadFile(v)
		if err != nil {
			fault, err := replay.ParseFault(v)
			if err != nil {
				return nil, &exitError{exitMisuse, err}
			}
			all = append(all, fault)
			continue
		}
		faults, err := replay.ParseFaults(data)
		if err != nil {
			return nil, fmt.Errorf("read the faults in %s: %w", v, err)
		}
		all = append(all, faults...)
	}
	return all, nil
}

// readPlans reads corrections of plans.
func readPlans(files []string) ([]*replay.Overrides, error) {
	var all []*replay.Overrides
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the plan: %w", err)
		}
		rules, err := replay.ParseRules(data)
		if err != nil {
			return nil, fmt.Errorf("read the plan in %s: %w", file, err)
		}
		all = append(all, rules)
	}
	return all, nil
}

func (a *app) replay(ctx context.Context, f *replayFlags, files, args []string) (err error) {
	o, err := f.options()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{a.tape}
	}
	a.catch()
	ca, err := authority(f.caDir)
	if err != nil {
		return err
	}
	p := &playing{app: a}
	defer func() {
		if stopErr := p.stop(f.report); err == nil || isChildFine(err) {
			err = firstError(stopErr, err)
		}
	}()
	tape, err := p.recordings(files, o.OnMiss)
	if err != nil {
		return err
	}
	if f.session != "" {
		if o.Session, err = session(tape, f.session); err != nil {
			return err
		}
	}
	l, err := a.listen(f.listen, len(args) > 0)
	if err != nil {
		return err
	}
	defer l.Close()
	o.Log = a.logger()
	if err := p.fallback(f, o, l); err != nil {
		return err
	}
	if p.mock, err = serveMock(tape, o, ca, l); err != nil {
		return err
	}
	a.say("ready proxy=http://%s ca=%s tape=%s", address(l), ca.CertFile(), strings.Join(files, ","))
	return a.runUntilDone(ctx, args, childEnv(l, ca), p.mock.served)
}

// playing is a running wiretape replay and all it owns.
type playing struct {
	*app
	mock  *mock
	relay *mitm.Relay
	rec   *record.Recorder
	close []io.Closer
}

// recordings opens the files and joins them to one. For misses that are to be
// recorded the first one is opened for writing.
func (p *playing) recordings(files []string, onMiss replay.OnMiss) (capture.Reader, error) {
	var readers []capture.Reader
	for i, file := range files {
		if i == 0 && onMiss == replay.MissRecord && !isHAR(file) {
			tape, err := store.Open(file, &store.Options{Fault: p.sayFault})
			if err != nil {
				return nil, p.taken(err)
			}
			p.close = append(p.close, tape)
			if p.rec, err = record.New(tape, &record.Options{
				Label: "misses", Creator: "wiretape " + Version(), Log: p.logger(),
			}); err != nil {
				return nil, err
			}
			readers = append(readers, tape)
			continue
		}
		r, err := p.open(file)
		if err != nil {
			return nil, err
		}
		p.close = append(p.close, r)
		readers = append(readers, r)
	}
	if onMiss == replay.MissRecord && p.rec == nil {
		return nil, &misuse{"--on-miss record needs a tape to record to", "name a tape as the first file: " + filepath.Base(files[0]) + " is none"}
	}
	return join(readers), nil
}

// fallback opens the way to the real services, where that was asked for.
func (p *playing) fallback(f *replayFlags, o *replay.Options, l net.Listener) error {
	if o.OnMiss == replay.MissFail {
		return nil
	}
	r := &mitm.RelayOptions{Recorder: record.Nowhere(), Self: ownAddress(l), Log: o.Log}
	if p.rec != nil {
		r.Recorder = p.rec
	}
	if err := f.upstream.apply(r); err != nil {
		return err
	}
	p.relay = mitm.NewRelay(r)
	o.Fallback = http.Handler(p.relay)
	return nil
}

// stop ends the traffic, writes the report and gives the verdict.
func (p *playing) stop(report string) error {
	var verdict error
	if p.mock != nil {
		p.mock.close()
		verdict = p.verdict(report)
	}
	if p.relay != nil {
		_ = p.relay.Close()
	}
	if p.rec != nil {
		_ = p.rec.Close()
	}
	for i := len(p.close) - 1; i >= 0; i-- {
		_ = p.close[i].Close()
	}
	return verdict
}

// verdict writes the report and turns it into the exit code.
func (p *playing) verdict(file string) error {
	r := p.mock.server.Report()
	if file != "" {
		write := r.WriteJSON
		if strings.EqualFold(filepath.Ext(file), ".xml") {
			write = r.WriteJUnit
		}
		if err := p.writeFile(file, write); err != nil {
			return err
		}
	}
	served, matched := 0, 0
	for _, c := range r.Connections {
		served += c.Served
		matched += c.Matched
	}
	p.say("served %s, %s matched, %s", count(uint64(served), "exchange"), count(uint64(matched), "client message"), divergences(len(r.Divergences)))
	if !r.OK {
		return &exitError{code: exitDiverged}
	}
	return nil
}

func divergences(n int) string {
	if n == 0 {
		return "no divergence"
	}
	return count(uint64(n), "divergence")
}

// isChildFine reports whether the command ended with code 0, so that the
// replay's own verdict decides.
func isChildFine(err error) bool { return err == nil }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
