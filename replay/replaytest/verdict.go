package replaytest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/wiretape/wiretape/replay"
)

// verdict is the log of a replay.Server that turns divergences into failures of
// the test, each once.
type verdict struct {
	t       T
	server  *replay.Server
	allowed bool

	mu   sync.Mutex
	told int // how many divergences the test has been told of
}

// Enabled implements slog.Handler.
func (v *verdict) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (v *verdict) Handle(_ context.Context, r slog.Record) error {
	if r.Level < slog.LevelError {
		v.t.Logf("%s", r.Message)
		return nil
	}
	v.tell()
	return nil
}

// WithAttrs implements slog.Handler.
func (v *verdict) WithAttrs([]slog.Attr) slog.Handler { return v }

// WithGroup implements slog.Handler.
func (v *verdict) WithGroup(string) slog.Handler { return v }

// tell fails the test with the divergences that are new.
func (v *verdict) tell() *replay.Report {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.server.Report()
	for _, d := range r.Divergences[min(v.told, len(r.Divergences)):] {
		if v.allowed {
			v.t.Logf("%s", d)
		} else {
			v.t.Errorf("%s", d)
		}
	}
	v.told = max(v.told, len(r.Divergences))
	return r
}

// final is the verdict at the end of the test.
func (v *verdict) final() {
	v.t.Helper()
	r := v.tell()
	if r.OK || len(r.Divergences) > 0 {
		return
	}
	// Without a divergence it is RequireAll that is not content.
	for _, c := range r.Connections {
		v.missing(c, "a client message that never came", c.Unmet)
		v.missing(c, "a server message that was never sent", c.Unsent)
	}
}

func (v *verdict) missing(c replay.ConnectionReport, what string, items []replay.Item) {
	v.t.Helper()
	const shown = 10
	if len(items) == 0 {
		return
	}
	var b strings.Builder
	for i, it := range items {
		if i == shown {
			fmt.Fprintf(&b, "\n  and %d more", len(items)-shown)
			break
		}
		text := it.Text
		if text == "" {
			text = fmt.Sprintf("%d bytes", len(it.Base64))
		}
		fmt.Fprintf(&b, "\n  #%d %.300s", it.Seq, text)
	}
	v.t.Errorf("exchange %d (%s) has %s:%s", c.Exchange, c.URL, what, b.String())
}

// Verify fails the test unless all that clients said when it was recorded has
// been said by now. While recording it does nothing.
func (s *Server) Verify() {
	s.t.Helper()
	m, ok := s.backend.(*mock)
	if !ok {
		return
	}
	for _, c := range m.verdict.tell().Connections {
		m.verdict.missing(c, "a client message that has not come", c.Unmet)
	}
}
