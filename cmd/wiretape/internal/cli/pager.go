package cli

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// paged runs what writes to stdout, through a pager where git would use one: on
// a terminal, unless $PAGER is empty or cat. A reader who leaves early is no
// error.
func (a *app) paged(run func() error) error {
	pager := a.pager()
	if pager == nil {
		return run()
	}
	screen, screenStyle := a.out, a.style()
	pager.Stdout, pager.Stderr = screen, a.err
	in, err := pager.StdinPipe()
	if err != nil {
		return run()
	}
	if err := pager.Start(); err != nil {
		return run()
	}
	a.out, a.screen = in, &screenStyle
	err = run()
	a.out, a.screen = screen, nil
	_ = in.Close()
	_ = pager.Wait()
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// pager returns the pager to use, or nil.
func (a *app) pager() *exec.Cmd {
	if _, ok := isTerminal(a.out); !ok {
		return nil
	}
	name, set := os.LookupEnv("PAGER")
	if !set {
		name = "less"
	}
	words := strings.Fields(name)
	if len(words) == 0 || words[0] == "cat" {
		return nil
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil
	}
	c := exec.Command(words[0], words[1:]...)
	if os.Getenv("LESS") == "" {
		// Quit when all fits on the screen, let colours through, leave the
		// text behind.
		c.Env = append(os.Environ(), "LESS=FRX")
	}
	return c
}
