package cli

import (
	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

// planCommand prints what a replay would make of a recording.
func (a *app) planCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "plan ID…",
		Short: "Print how a recording would be replayed.",
		Long: `Print how a recording would be replayed: what tells its messages apart, which
fields are ids, times and tokens, and which client message caused which answer.
Several recordings of one endpoint are more samples.`,
		Example: "  wiretape plan 4",
		Args:    atLeast(1, "the ID of an exchange"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.plan(args) },
	}
}

func (a *app) plan(args []string) error {
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	var scripts []*transcript.Transcript
	for _, arg := range args {
		id, err := exchangeID(arg)
		if err != nil {
			return err
		}
		ex, err := tape.Exchange(id)
		if err != nil {
			return missing(id, a.tape, err)
		}
		scripts = append(scripts, a.transcript(tape, ex))
	}
	plan, err := replay.Compile(scripts...)
	if err != nil {
		return err
	}
	return a.paged(func() error { return plan.WriteText(a.out) })
}
