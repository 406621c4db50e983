package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/stats"
)

// statsFlags are the flags of wiretape stats.
type statsFlags struct {
	filter, plot  string
	json, summary bool
}

func (a *app) statsCommand() *cobra.Command {
	var f statsFlags
	c := &cobra.Command{
		Use:   "stats [ID…]",
		Short: "Measure exchanges: first byte and first token, gaps, rates, bytes.",
		Long: `Measure exchanges: time to the first byte, event and token, the gaps between what
was received, tokens and characters per second, bytes by direction; the latency of
requests by operation, and reconnections. Without IDs all exchanges, or those that
match --filter. docs/stats.md has the figures.`,
		Example: `  wiretape stats 2
  wiretape stats --filter 'kind:sse host:*.openai.com'
  wiretape stats 2 --plot answer.svg
  wiretape stats 4 --plot socket.png
  wiretape stats --filter 'host:api.example.com' --plot waterfall.svg
  wiretape stats --summary
  wiretape stats --json | jq .first_token_ns`,
		RunE: func(_ *cobra.Command, args []string) error { return a.stats(&f, args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.filter, "filter", "", "only exchanges that match `EXPR`")
	fs.StringVar(&f.plot, "plot", "", "draw one exchange, or the waterfall of several, into `FILE.svg|.png`")
	fs.BoolVar(&f.summary, "summary", false, "only operations and reconnections, over all the exchanges")
	fs.BoolVar(&f.json, "json", false, "one JSON object a line")
	return c
}

func (a *app) stats(f *statsFlags, args []string) error {
	keep, err := parseFilter(f.filter)
	if err != nil {
		return err
	}
	if f.plot != "" && !drawable(f.plot) {
		return &misuse{"--plot draws SVG or PNG", "as in wiretape stats 2 --plot answer.svg"}
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	var sum stats.Summary
	measured, err := a.measure(tape, keep, args, f.json && !f.summary, &sum)
	switch {
	case err != nil:
		return err
	case f.summary && f.json:
		return a.summaryLines(&sum)
	case f.summary:
		return a.paged(func() error { return sum.WriteTable(a.out) })
	case f.json:
		return nil
	case f.plot != "":
		return a.plot(f.plot, len(args) == 1, measured, &sum)
	}
	return a.paged(func() error {
		if err := stats.WriteTable(a.out, measured); err != nil || len(measured) == 1 {
			return err
		}
		if err := a.print("\n"); err != nil {
			return err
		}
		return sum.WriteTable(a.out)
	})
}

// plot draws one exchange, or the waterfall of several.
func (a *app) plot(name string, one bool, measured []*stats.Stats, sum *stats.Summary) error {
	svg, png := sum.WriteSVG, sum.WritePNG
	if one {
		svg, png = measured[0].WriteSVG, measured[0].WritePNG
	}
	if strings.EqualFold(filepath.Ext(name), ".png") {
		return a.writeFile(name, png)
	}
	return a.writeFile(name, svg)
}

// drawable reports whether a picture can be drawn into a file of that name.
func drawable(name string) bool {
	ext := filepath.Ext(name)
	return strings.EqualFold(ext, ".svg") || strings.EqualFold(ext, ".png")
}

// summaryLines prints operations and then reconnections, one object a line.
func (a *app) summaryLines(sum *stats.Summary) error {
	print := func(v any) error {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return a.print(string(line) + "\n")
	}
	for _, x := range sum.Operations() {
		if err := print(x); err != nil {
			return err
		}
	}
	for _, x := range sum.Reconnections() {
		if err := print(x); err != nil {
			return err
		}
	}
	return nil
}

// measure measures the exchanges with the given numbers, or all that match, and
// prints each at once as JSON where that is wanted.
func (a *app) measure(tape capture.Reader, keep *filter.Filter, args []string, asJSON bool, sum *stats.Summary) ([]*stats.Stats, error) {
	var all []*stats.Stats
	add := func(ex *capture.Exchange) error {
		s, err := stats.Of(a.transcript(tape, ex))
		if err != nil {
			return err
		}
		sum.Add(ex, s)
		if !asJSON {
			if len(args) != 1 { // of many the tables need little
				s.Bins, s.Gaps.Histogram, s.Calls = stats.Bins{}, nil, nil
			}
			all = append(all, s)
			return nil
		}
		line, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return a.print(string(line) + "\n")
	}
	err := a.chosen(tape, keep, args, add)
	return all, err
}
