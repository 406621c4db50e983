package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// tapeCommand looks after tapes.
func (a *app) tapeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "tape",
		Short:   "Look after a tape: what is on it, whether it is whole.",
		Example: "  wiretape tape info\n  wiretape tape check",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &misuse{fmt.Sprintf("unknown command %q for wiretape tape", args[0]), "see wiretape tape --help"}
			}
			return c.Help()
		},
	}
	c.AddCommand(a.tapeInfoCommand(), a.tapeCheckCommand(), a.tapeCompactCommand(), a.tapeSalvageCommand(), a.tapePruneCommand(), a.tapeLabelCommand())
	return c
}

func (a *app) tapeInfoCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "info",
		Short:   "List the sessions on the tape and what they take.",
		Example: "  wiretape tape info\n  wiretape tape info --json",
		Args:    needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			info, err := a.info()
			if err != nil {
				return err
			}
			for i := range info.Sessions {
				if err := a.sessionLine(&info.Sessions[i], asJSON); err != nil {
					return err
				}
			}
			if !asJSON {
				a.say("%s: format %d, %s on disk, %s of it free, %.2f bytes for each recorded one",
					a.tape, info.Version, view.Size(uint64(info.File)), view.Size(uint64(info.Free)), info.Overhead())
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// info returns what is on the tape, from its file or from its recorder.
func (a *app) info() (store.Info, error) {
	tape, err := a.open(a.tape)
	if err != nil {
		return store.Info{}, err
	}
	defer tape.Close()
	switch t := tape.Reader.(type) {
	case interface{ Info() (store.Info, error) }:
		return t.Info()
	default:
		return tape.live.Info()
	}
}

func (a *app) sessionLine(s *store.SessionInfo, asJSON bool) error {
	if asJSON {
		return a.print(string(reading.AppendSession(nil, s)) + "\n")
	}
	ended := "open, or cut off"
	if !s.Ended.IsZero() {
		ended = "lasted " + view.Duration(s.Ended.Sub(s.Started))
	}
	return a.print(fmt.Sprintf("session %-4d %s  %-18s %s, %s of payload in %s  %s\n", s.ID,
		s.Started.Local().Format("2006-01-02 15:04:05"), ended, count(s.Exchanges, "exchange"),
		view.Size(s.Payload), view.Size(s.Stored), view.Sanitize(s.Label)))
}

func (a *app) tapeCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read all of a tape, every checksum and every index, and list what is damaged.",
		Long: `Read all of a tape, every checksum and every index, and list what is damaged.
The exit code is 1 when something is. Nothing is changed.`,
		Example: "  wiretape tape check -t old.tape",
		Args:    needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			report, err := store.Check(a.tape)
			if err != nil {
				return a.taken(openError(a.tape, err))
			}
			for _, d := range report.Damage {
				if err := a.print(view.Sanitize(d.String()) + "\n"); err != nil {
					return err
				}
			}
			if !report.OK() {
				return &exitError{exitFailed, &hinted{
					fmt.Errorf("%s is damaged in %s", a.tape, count(uint64(len(report.Damage)), "place")),
					"what is left can be read into another tape: wiretape tape salvage -t " + shellQuote(a.tape) + " NEW.tape",
				}}
			}
			a.say("%s is whole: %s, %s, %s of payload", a.tape,
				count(report.Sessions, "session"), count(report.Exchanges, "exchange"), view.Size(report.Payload))
			return nil
		},
	}
}

func (a *app) tapeCompactCommand() *cobra.Command {
	var compress bool
	c := &cobra.Command{
		Use:     "compact",
		Short:   "Give free space back, and with --compress pack the tape.",
		Example: "  wiretape tape compact --compress",
		Args:    needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			before, err := a.info()
			if err != nil {
				return err
			}
			if err := store.Compact(a.tape, "", &store.Options{Compress: compress}); err != nil {
				return a.taken(openError(a.tape, err))
			}
			after, err := a.info()
			if err != nil {
				return err
			}
			a.say("%s took %s and takes %s", a.tape, view.Size(uint64(before.File)), view.Size(uint64(after.File)))
			return nil
		},
	}
	c.Flags().BoolVar(&compress, "compress", false, "compress the blocks (zstd)")
	return c
}

func (a *app) tapeSalvageCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "salvage NEW.tape",
		Short:   "Read what is left of a damaged tape into a new one.",
		Example: "  wiretape tape salvage -t broken.tape rescued.tape",
		Args:    needs(1, "the name of the new tape"),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := store.Salvage(a.tape, args[0], nil)
			if err != nil {
				return a.taken(openError(a.tape, err))
			}
			for _, d := range report.Damage {
				a.say("lost: %s", view.Sanitize(d.String()))
			}
			a.say("%s holds %s with %s of payload", args[0], count(report.Exchanges, "exchange"), view.Size(report.Payload))
			return nil
		},
	}
}
