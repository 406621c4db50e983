package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/lint"
	"github.com/wiretape/wiretape/capture/view"
)

func (a *app) lintCommand() *cobra.Command {
	var asJSON, strict bool
	c := &cobra.Command{
		Use:   "lint ID",
		Short: "Say what a stream or a socket does wrong, and what clients do with it.",
		Long: `Say what a stream or a socket does wrong, where, by which rule, and what clients
do with it: why an event stream shows nothing, why a client reconnects. The rules
are in docs/lint.md.`,
		Example: `  wiretape lint 2
  wiretape lint 2 --strict`,
		Args: needs(1, "the ID of an exchange"),
		RunE: func(_ *cobra.Command, args []string) error { return a.lint(args[0], asJSON, strict) },
	}
	c.Flags().BoolVar(&strict, "strict", false, "exit with 1 when anything is found")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func (a *app) lint(arg string, asJSON, strict bool) error {
	id, err := exchangeID(arg)
	if err != nil {
		return err
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	ex, err := tape.Exchange(id)
	if err != nil {
		return missing(id, a.tape, err)
	}
	findings, err := lint.Lint(a.transcript(tape, ex))
	if err != nil {
		return err
	}
	for i := range findings {
		if err := a.finding(&findings[i], asJSON); err != nil {
			return err
		}
	}
	switch {
	case len(findings) > 0 && strict:
		return &exitError{code: exitFailed}
	case len(findings) == 0 && !asJSON:
		a.say("nothing is wrong with exchange %d", id)
	}
	return nil
}

func (a *app) finding(f *lint.Finding, asJSON bool) error {
	if asJSON {
		line, err := json.Marshal(f)
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
