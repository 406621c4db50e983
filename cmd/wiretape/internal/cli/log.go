package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/wiretape/wiretape/capture/view"
)

// lines is a slog.Handler that writes each record as one line of ours. What
// comes from the wire is made harmless for terminals.
type lines struct {
	app   *app
	attrs []slog.Attr
}

func (h *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (h *lines) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if r.Level >= slog.LevelWarn {
		b.WriteString("warning: ")
	}
	b.WriteString(r.Message)
	add := func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	for line := range strings.Lines(b.String()) {
		h.app.say("%s", view.Sanitize(strings.TrimSuffix(line, "\n")))
	}
	return nil
}

func (h *lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lines{app: h.app, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

func (h *lines) WithGroup(string) slog.Handler { return h }
