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
	filter, plot string
	json         bool
}

func (a *app) statsCommand() *cobra.Command {
	var f statsFlags
	c := &cobra.Command{
		Use:   "stats [ID…]",
		Short: "Measure exchanges: first byte and first token, gaps, rates, bytes.",
		Long: `Measure exchanges: time to the first byte, event and token, the gaps between what
was received, tokens and characters per second, bytes by direction. Without IDs
all exchanges, or those that match --filter.`,
		Example: `  wiretape stats 2
  wiretape stats --filter 'kind:sse host:*.openai.com'
  wiretape stats 2 --plot answer.svg
  wiretape stats --json | jq .first_token_ns`,
		RunE: func(_ *cobra.Command, args []string) error { return a.stats(&f, args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.filter, "filter", "", "only exchanges that match `EXPR`")
	fs.StringVar(&f.plot, "plot", "", "draw one exchange into `FILE.svg`")
	fs.BoolVar(&f.json, "json", false, "one JSON object a line")
	return c
}

func (a *app) stats(f *statsFlags, args []string) error {
	keep, err := parseFilter(f.filter)
	if err != nil {
		return err
	}
	if f.plot != "" && (len(args) != 1 || !strings.EqualFold(filepath.Ext(f.plot), ".svg")) {
		return &misuse{"--plot draws one exchange as SVG", "as in wiretape stats 2 --plot answer.svg"}
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	measured, err := a.measure(tape, keep, args, f.json)
	if err != nil || f.json {
		return err
	}
	if f.plot != "" {
		return a.writeFile(f.plot, measured[0].WriteSVG)
	}
	return a.paged(func() error { return stats.WriteTable(a.out, measured) })
}

// measure measures the exchanges with the given numbers, or all that match, and
// prints each at once as JSON where that is wanted.
func (a *app) measure(tape capture.Reader, keep *filter.Filter, args []string, asJSON bool) ([]*stats.Stats, error) {
	var all []*stats.Stats
	add := func(ex *capture.Exchange) error {
		s, err := stats.Of(a.transcript(tape, ex))
		if err != nil {
			return err
		}
		if !asJSON {
			all = append(all, s)
			return nil
		}
		line, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return a.print(string(line) + "\n")
	}
	for _, arg := range args {
		id, err := exchangeID(arg)
		if err != nil {
			return nil, err
		}
		ex, err := tape.Exchange(id)
		if err != nil {
			return nil, missing(id, a.tape, err)
		}
		if err := add(ex); err != nil {
			return nil, err
		}
	}
	if len(args) > 0 {
		return all, nil
	}
	for ex, err := range tape.Exchanges(0, false) {
		if err != nil {
			return nil, err
		}
		ok, err := a.matches(keep, tape, ex)
		if err == nil && ok && ex.Kind != capture.KindTunnel {
			err = add(ex)
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
