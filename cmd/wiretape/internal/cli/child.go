package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// catch keeps signals from ending the program in the middle of things: from
// here on runUntilDone ends in order when one comes, or has come. Whoever prints
// a ready line calls it before. A reader of our messages that went away ends
// nothing, and a hangup that is ignored (nohup) stays so.
func (a *app) catch() {
	if a.signals != nil {
		return
	}
	a.signals = make(chan os.Signal, 4)
	signal.Notify(a.signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(a.signals, syscall.SIGHUP)
	}
	// Caught, not ignored, which a child would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// runUntilDone runs the command, or waits where there is none, until it ends, a
// signal comes or serving fails. The command's exit code becomes ours. A signal
// that comes after it kills the program.
func (a *app) runUntilDone(ctx context.Context, args, env []string, served <-chan error) error {
	a.catch()
	signals := a.signals
	defer signal.Stop(signals)
	if ctx == nil {
		ctx = context.Background()
	}
	if len(args) == 0 {
		select {
		case <-signals:
			if _, ok := isTerminal(a.err); ok {
				fmt.Fprintln(a.err) // behind the ^C that the terminal shows
			}
			return nil
		case <-ctx.Done():
			return nil
		case err := <-served:
			return err
		}
	}
	child, err := a.startChild(args, env)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case s := <-signals:
			pass(child.Process, s)
		case <-ctx.Done():
			_ = child.Process.Kill()
		case err := <-ended:
			return childResult(err)
		}
	}
}

func (a *app) startChild(args, env []string) (*exec.Cmd, error) {
	child := exec.Command(args[0], args[1:]...)
	child.Env = append(os.Environ(), env...)
	child.Stdin, child.Stdout, child.Stderr = a.in, a.out, a.err
	// A reader that is no file would keep Wait from returning until it ends.
	if f, ok := a.in.(*os.File); ok {
		child.Stdin = f
	} else {
		child.Stdin = nil
	}
	if err := child.Start(); err != nil {
		return nil, &exitError{127, &hinted{
			fmt.Errorf("start %s: %w", args[0], errors.Unwrap(err)),
			"the words behind -- are a program and its arguments, not a shell line: use -- sh -c '…' for that",
		}}
	}
	return child, nil
}

// pass hands a signal on to the child. An interrupt typed at the terminal has
// reached the child already: the terminal sends it to both.
func pass(p *os.Process, s os.Signal) {
	if s == os.Interrupt && term.IsTerminal(int(os.Stdin.Fd())) {
		return
	}
	_ = p.Signal(s)
}

// childResult turns how a child ended into our own ending, as a shell would.
func childResult(err error) error {
	if err == nil {
		return nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("wait for the command: %w", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &exitError{code: 128 + int(status.Signal())}
	}
	return &exitError{code: exit.ExitCode()}
}

// isTerminal reports whether w is a terminal, and how wide it is.
func isTerminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 80
	}
	return width, true
}
