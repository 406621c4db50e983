package cli

import (
	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

// planCommand prints what a replay would make of a recording.
func (a *app) planCommand() *cobra.Command {
	var asJSON, asYAML bool
	c := &cobra.Command{
		Use:   "plan ID…",
		Short: "Print how a recording would be replayed.",
		Long: `Print how a recording would be replayed: what tells its messages apart, which
fields are ids, times and tokens, and which client message caused which answer.
Several recordings of one endpoint are more samples. What --yaml writes can be
corrected and given to wiretape replay --plan.`,
		Example: `  wiretape plan 4
  wiretape plan 4 --yaml > orders.plan.yaml`,
		Args: atLeast(1, "the ID of an exchange"),
		RunE: func(_ *cobra.Command, args []string) error {
			plan, err := a.compile(args)
			switch {
			case err != nil:
				return err
			case asJSON:
				return plan.Rules().WriteJSON(a.out)
			case asYAML:
				return plan.Rules().WriteYAML(a.out)
			}
			return a.paged(func() error { return plan.WriteText(a.out) })
		},
	}
	c.Flags().BoolVar(&asYAML, "yaml", false, "the rules, to correct")
	c.Flags().BoolVar(&asJSON, "json", false, "the rules as one JSON object")
	c.MarkFlagsMutuallyExclusive("yaml", "json")
	return c
}

// compile makes the plan of the exchanges with the given numbers.
func (a *app) compile(args []string) (*replay.Plan, error) {
	tape, err := a.open(a.tape)
	if err != nil {
		return nil, err
	}
	defer tape.Close()
	var scripts []*transcript.Transcript
	for _, arg := range args {
		script, err := a.pick(tape, a.tape, arg)
		if err != nil {
			return nil, err
		}
		scripts = append(scripts, script)
	}
	return replay.Compile(scripts...)
}
