package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/replay"
)

// pageReplayer starts mocks for the page, as wiretape replay does.
type pageReplayer struct {
	*app
	tape  capture.Reader
	caDir string
}

var _ web.Replayer = (*pageReplayer)(nil)

// Command implements web.Replayer.
func (p *pageReplayer) Command(q *web.ReplayRequest) (string, error) {
	f, _, err := replayOptionsOf(q)
	if err != nil {
		return "", err
	}
	return f.command(p.app.tape, len(q.Fields) > 0), nil
}

// Replay implements web.Replayer.
func (p *pageReplayer) Replay(ctx context.Context, q *web.ReplayRequest) (*web.Mock, error) {
	f, o, err := replayOptionsOf(q)
	if err != nil {
		return nil, err
	}
	ca, err := authority(p.caDir)
	if err != nil {
		return nil, err
	}
	l, err := p.quiet().listen(f.listen, false)
	if err != nil {
		return nil, err
	}
	m, err := serveMock(reading.Until(ctx, p.tape), o, ca, l)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	mock := &web.Mock{
		Server: m.server, URL: "http://" + address(l), Env: childEnv(l, ca), Command: f.command(p.app.tape, len(q.Fields) > 0), Close: m.close,
	}
	if len(q.Fields) > 0 {
		var plan strings.Builder
		if err := o.Plans[0].WriteYAML(&plan); err != nil {
			m.close()
			return nil, err
		}
		mock.Plan = plan.String()
	}
	return mock, nil
}

// replayOptionsOf turns a request of the page into flags, and these into the
// engine's options.
func replayOptionsOf(q *web.ReplayRequest) (*replayFlags, *replay.Options, error) {
	f, err := replayFlagsOf(q)
	if err != nil {
		return nil, nil, err
	}
	o, err := f.options()
	if err != nil {
		return nil, nil, err
	}
	o.Session = q.Session
	for _, spec := range q.Faults { // as flags they could name files
		fault, err := replay.ParseFault(spec)
		if err != nil {
			return nil, nil, err
		}
		o.Faults, f.faults = append(o.Faults, fault), append(f.faults, spec)
	}
	for _, rule := range q.Fields {
		if _, err := replay.ParseClass(rule.Class); err != nil {
			return nil, nil, err
		}
	}
	if len(q.Fields) > 0 {
		o.Plans = []*replay.Overrides{{Fields: q.Fields}}
	}
	return f, o, nil
}

// replayFlagsOf turns a request of the page into the flags that say the same.
// Nothing in it may name a file, or open a port to other machines.
func replayFlagsOf(q *web.ReplayRequest) (*replayFlags, error) {
	f := &replayFlags{
		listen: q.Listen, speed: q.Speed, level: q.Level, onMiss: q.OnMiss, timing: q.Timing,
		onReconnect: q.OnReconnect, onExhausted: q.OnExhausted,
		requireAll: q.RequireAll, shiftTime: q.ShiftTime, seed: q.Seed,
	}
	for flag, initial := range map[*string]string{
		&f.listen: "127.0.0.1:0", &f.speed: "original", &f.level: "match", &f.onMiss: "fail",
		&f.timing: "cause", &f.onReconnect: "next", &f.onExhausted: "end",
	} {
		if *flag == "" {
			*flag = initial
		}
	}
	for d, text := range map[*time.Duration]string{&f.maxGap: q.MaxGap, &f.jitter: q.Jitter} {
		var err error
		if text == "" {
			continue
		}
		if *d, err = time.ParseDuration(text); err != nil || *d < 0 {
			return nil, &misuse{fmt.Sprintf("%q is no duration", text), "as in 500ms or 2s"}
		}
	}
	if f.onMiss != "fail" {
		return nil, &misuse{"a mock of the page opens no way to the real service", "use wiretape replay --on-miss " + f.onMiss}
	}
	host, _, err := net.SplitHostPort(f.listen)
	if ip := net.ParseIP(host); err != nil || host != "" && host != "localhost" && !ip.IsLoopback() {
		return nil, &misuse{fmt.Sprintf("a mock of the page does not listen on %q", f.listen), "as in 127.0.0.1:0"}
	}
	for _, id := range q.Exchanges {
		f.exchanges = append(f.exchanges, uint(id))
	}
	if q.Session > 0 {
		f.session = strconv.FormatUint(uint64(q.Session), 10)
	}
	return f, nil
}

// planFile is what a command line calls the file with the corrections.
const planFile = "wiretape.plan.yaml"

// command writes the command line that the flags stand for, leaving out what is
// the default.
func (f *replayFlags) command(tape string, plan bool) string {
	var b strings.Builder
	b.WriteString("wiretape replay")
	add := func(flag, value, initial string) {
		if value != initial {
			b.WriteString(" --" + flag + " " + shellQuote(value))
		}
	}
	b.WriteString(" " + shellQuote(tape))
	if _, port, _ := net.SplitHostPort(f.listen); port == "0" {
		add("listen", ":0", "")
	} else {
		add("listen", f.listen, "")
	}
	add("session", f.session, "")
	for _, id := range f.exchanges {
		add("exchange", strconv.FormatUint(uint64(id), 10), "")
	}
	add("speed", f.speed, "original")
	add("max-gap", f.maxGap.String(), "0s")
	add("timing", f.timing, "cause")
	add("level", f.level, "match")
	add("on-reconnect", f.onReconnect, "next")
	add("on-exhausted", f.onExhausted, "end")
	if f.requireAll {
		b.WriteString(" --require-all")
	}
	add("seed", strconv.FormatUint(f.seed, 10), "0")
	for _, spec := range f.faults {
		add("fault", spec, "")
	}
	add("jitter", f.jitter.String(), "0s")
	if plan {
		add("plan", planFile, "")
	}
	if f.shiftTime {
		b.WriteString(" --shift-time")
	}
	return b.String()
}

// drive lets the page do what the other commands do with the tape. Without a
// writer nothing is imported.
func (a *app) drive(o *web.Options, tape capture.Reader, writer capture.Writer, caDir string) {
	o.Replayer = &pageReplayer{app: a, tape: tape, caDir: caDir}
	o.Exporter = &pageExporter{app: a, tape: tape}
	o.RulesFile = func() (string, *merge.Rules, error) {
		rules, err := (&mergeFlags{}).readRules()
		return ownRules(), rules, err
	}
	if writer != nil {
		o.Importer = &pageImporter{writer}
	}
}

// quiet is the program without a terminal: what it says goes nowhere, for work
// that is done for the page.
func (a *app) quiet() *app {
	return &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, tape: a.tape, maxMessage: a.maxMessage}
}
