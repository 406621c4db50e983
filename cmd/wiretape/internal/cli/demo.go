package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var keep string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Record, show, export and replay a built-in service.",
		Long: `Record a conversation with a built-in service, over real sockets with real TLS,
look at it, export it, stop the service, and hold the same conversation with the
recording. Each step is the command you would type. No network is needed.`,
		Example: "  wiretape demo",
		Args:    needs(0, "no arguments"),
		RunE:    func(c *cobra.Command, _ []string) error { return a.demo(keep) },
	}
	c.Flags().StringVar(&keep, "dir", "", "keep the tape and the HAR in `DIR`")
	c.AddCommand(&cobra.Command{
		Use: "client URL", Hidden: true, Args: needs(1, "the address of the service"),
		RunE: func(c *cobra.Command, args []string) error {
			return demo.Talk(context.Background(), a.out, args[0])
		},
	})
	return c
}

func (a *app) demo(dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "wiretape-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	upstream, err := certs.LoadOrCreate(filepath.Join(dir, "service-ca"))
	if err != nil {
		return err
	}
	service, err := demo.Serve(upstream.ServerConfig("localhost", []string{"http/1.1"}))
	if err != nil {
		return err
	}
	running := true
	defer func() {
		if running {
			_ = service.Close()
		}
	}()
	s := &steps{app: a, self: self, dir: dir, width: 100}
	if width, ok := isTerminal(a.out); ok {
		s.width = width
	}
	url := service.URL()
	a.step("A service runs at %s. Record what its client says:", url)
	recorded := s.run("record", "-t", "demo.tape", "--ca-dir", "ca", "--upstream-ca", "service-ca/ca.pem",
		"--label", "demo", "--", "wiretape", "demo", "client", url)
	a.step("What is on the tape:")
	s.run("ls", "-t", "demo.tape")
	a.step("The socket, message by message:")
	s.run("show", "-t", "demo.tape", "4")
	a.step("As a HAR, for developer tools, without secrets:")
	s.run("export", "-t", "demo.tape", "-o", "demo.har")
	if err := service.Close(); err != nil {
		return err
	}
	running = false
	a.step("The service is stopped. The same client, with new ids and a new token, against the tape:")
	replayed := s.run("replay", "demo.tape", "--ca-dir", "ca", "--", "wiretape", "demo", "client", url)
	if s.err != nil {
		return s.err
	}
	same := len(recorded) > 0 && bytes.Equal(recorded, replayed)
	fmt.Fprintf(a.out, "\nsame transcript: %s\n", tern(same, "yes", "no"))
	if !same {
		return &exitError{exitFailed, fmt.Errorf("the replay did not say what the service said")}
	}
	return nil
}

func (a *app) step(format string, args ...any) {
	fmt.Fprintf(a.out, "\n"+format+"\n", args...)
}

// steps runs the commands of the demonstration as its reader would, in a folder
// of their own. The first error ends them.
type steps struct {
	*app
	self, dir string
	width     int
	err       error
}

// run prints a command, runs it and returns what it wrote to stdout.
func (s *steps) run(args ...string) []byte {
	if s.err != nil {
		return nil
	}
	fmt.Fprintf(s.out, "$ wiretape %s\n", strings.Join(args, " "))
	for i, arg := range args {
		if arg == "wiretape" {
			args[i] = s.self
		}
	}
	c := exec.Command(s.self, args...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "COLUMNS="+strconv.Itoa(s.width))
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, s.app.err
	s.err = c.Run()
	_, _ = s.out.Write(out.Bytes())
	if s.err != nil {
		s.err = fmt.Errorf("wiretape %s: %w", args[0], s.err)
	}
	return out.Bytes()
}
