// Package cli is the command line, and the one place that sees all rooms of the
// path bytes → mitm → capture → show, export, replay: it wires them together,
// one file for each command.
//
// Data goes to stdout and everything else to stderr, prefixed "wiretape:". The
// exit codes are 0 done, 1 failed, 2 misuse, 3 a replay diverged; with -- CMD
// the command's own code unless it was 0.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/view"
)

// The exit codes of the contract.
const (
	exitDone     = 0
	exitFailed   = 1
	exitMisuse   = 2
	exitDiverged = 3
)

// app is one run of the program: its streams and the flags all commands share.
type app struct {
	faults   atomic.Int32 // how often recording failed; the tape's goroutine counts
	in       io.Reader
	out, err io.Writer
	tape     string

	maxMessage size
	maxEvent   size // 0: as maxMessage

	signals chan os.Signal // nil until catch
	screen  *view.Style    // of the terminal, while a pager stands before it
}

// Main runs the command line and returns the exit code.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	a := &app{in: in, out: out, err: err, maxMessage: transcript.DefaultMaxMessage}
	root := a.root()
	root.SetArgs(args)
	return a.report(root.Execute())
}

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "wiretape",
		Short: "Record what real-time APIs say on the wire, and play it back.",
		Long: `wiretape records what real-time APIs say on the wire, WebSocket frames,
server-sent events, JSON lines and plain HTTP, and plays it back as a mock
server, so that tests run without the real service.`,
		Example: `  wiretape demo                              see it work, without any network
  wiretape record -- node app.js             record all an app says
  wiretape ls                                list what was recorded
  wiretape show 1                            one conversation, message by message
  wiretape replay -- npm test                run the tests against the recording`,
		Args:          cobra.ArbitraryArgs,
		RunE:          a.noCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &misuse{text: err.Error(), hint: "see " + c.CommandPath() + " --help"}
	})
	root.PersistentFlags().StringVarP(&a.tape, "tape", "t", defaultTape(), "the tape: the `FILE` that holds all recordings")
	root.PersistentFlags().Var(&a.maxMessage, "max-message", "decode at most `SIZE` of a message or event")
	root.PersistentFlags().Var(&a.maxEvent, "max-event", "decode at most `SIZE` of an event or a line of JSON (default: as --max-message)")
	root.PersistentFlags().SortFlags = false
	cobra.EnableCommandSorting = false
	root.AddCommand(
		a.recordCommand(), a.replayCommand(),
		a.lsCommand(), a.showCommand(), a.exportCommand(), a.importCommand(),
		a.sendCommand(), a.noteCommand(), a.tagCommand(),
		a.statsCommand(), a.lintCommand(), a.diffCommand(), a.planCommand(), a.uiCommand(), a.tapeCommand(), a.caCommand(),
		a.demoCommand(), a.versionCommand(),
	)
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Hidden: true, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			about, _, err := c.Root().Find(args)
			if err != nil {
				return a.noCommand(c.Root(), args)
			}
			return about.Help()
		},
	})
	return root
}

// noCommand answers a call without a command, or with one that does not exist.
func (a *app) noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	hint := "see wiretape --help"
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean: wiretape " + strings.Join(near, ", wiretape ")
	}
	return &misuse{text: fmt.Sprintf("unknown command %q", args[0]), hint: hint}
}

// report prints what went wrong, with what to do about it, and returns the exit
// code.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	var code *exitError
	if errors.As(err, &code) && code.err == nil {
		return code.code
	}
	fmt.Fprintf(a.err, "wiretape: error: %v\n", err)
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		fmt.Fprintf(a.err, "wiretape: hint: %s\n", hinted.Hint())
	}
	var wrong *misuse
	switch {
	case errors.As(err, &wrong):
		return exitMisuse
	case code != nil:
		return code.code
	}
	return exitFailed
}

// say prints one line for the person at the terminal.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.err, "wiretape: "+format+"\n", args...)
}

// misuse is a call that cannot be carried out as it was written.
type misuse struct{ text, hint string }

func (e *misuse) Error() string { return e.text }

// Hint returns how to write it.
func (e *misuse) Hint() string { return e.hint }

// exitError carries an exit code of its own. Without err nothing is printed:
// what there was to say has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// hinted adds to an error what a person can do about it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// Hint returns what to do.
func (e *hinted) Hint() string { return e.hint }

// needs returns an argument check that names what is missing.
func needs(n int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			if err := c.ValidateFlagGroups(); err != nil {
				return &misuse{err.Error(), "see " + c.CommandPath() + " --help"}
			}
			return nil
		}
		return &misuse{
			text: fmt.Sprintf("%s takes %s, not %d arguments", c.CommandPath(), names, len(args)),
			hint: "see " + c.CommandPath() + " --help",
		}
	}
}

func defaultTape() string {
	if name := os.Getenv("WIRETAPE_TAPE"); name != "" {
		return name
	}
	return "wiretape.tape"
}
