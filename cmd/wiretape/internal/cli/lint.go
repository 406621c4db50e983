package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/lint"
	"github.com/wiretape/wiretape/capture/view"
)

// lintFlags are the flags of wiretape lint.
type lintFlags struct {
	filter       string
	json, strict bool
}

func (a *app) lintCommand() *cobra.Command {
	var f lintFlags
	c := &cobra.Command{
		Use:   "lint [ID…]",
		Short: "Say what a stream or a socket does wrong, and what clients do with it.",
		Long: `Say what a stream or a socket does wrong, where, by which rule, and what clients
do with it: why an event stream shows nothing, why a client reconnects. Without
IDs all exchanges, or those that match --filter. The rules are in docs/lint.md.`,
		Example: `  wiretape lint 2
  wiretape lint 2 --strict
  wiretape lint --filter 'kind:sse'`,
		RunE: func(_ *cobra.Command, args []string) error { return a.lint(&f, args) },
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&f.filter, "filter", "", "only exchanges that match `EXPR`")
	c.Flags().BoolVar(&f.strict, "strict", false, "exit with 1 when anything is found")
	c.Flags().BoolVar(&f.json, "json", false, "one JSON object a line")
	return c
}

func (a *app) lint(f *lintFlags, args []string) error {
	keep, err := parseFilter(f.filter)
	if err != nil {
		return err
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	found, looked := 0, 0
	var last *capture.Exchange
	err = a.chosen(tape, keep, args, func(ex *capture.Exchange) error {
		looked, last = looked+1, ex
		findings, err := lint.Lint(a.transcript(tape, ex))
		if err != nil {
			return err
		}
		if len(findings) > 0 && len(args) != 1 && !f.json {
			title := fmt.Sprintf("exchange %d  %s %s", ex.ID, ex.Request.Method, ex.Request.URL)
			if err := a.print(tern(found > 0, "\n", "") + view.Preview([]byte(title), a.style().Width) + "\n"); err != nil {
				return err
			}
		}
		found += len(findings)
		for i := range findings {
			if err := a.finding(ex, &findings[i], f.json); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case found > 0 && f.strict:
		return &exitError{code: exitFailed}
	case found > 0 || f.json:
	case looked == 1:
		a.say("nothing is wrong with exchange %d", last.ID)
	default:
		a.say("nothing is wrong with %s", count(uint64(looked), "exchange"))
	}
	return nil
}

func (a *app) finding(ex *capture.Exchange, f *lint.Finding, asJSON bool) error {
	if asJSON {
		line, err := json.Marshal(struct {
			Exchange capture.ExchangeID `json:"exchange"`
			*lint.Finding
		}{ex.ID, f})
		if err != nil {
			return err
		}
		return a.print(string(line) + "\n")
	}
	text := view.Sanitize(f.String())
	if f.Clients != "" {
		text += "\n    clients: " + f.Clients
	}
	if f.Source != "" {
		text += "\n    source:  " + f.Source
	}
	return a.print(fmt.Sprintln(text))
}
