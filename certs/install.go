package certs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Install makes this system trust the CA, by the system's own commands. What
// they print goes to out. An error has a hint when something can be done, as
// running the command with more rights.
func (a *Authority) Install(ctx context.Context, out io.Writer) error {
	return newSystem(out).install(ctx, a.CertFile())
}

// Uninstall undoes Install. That the CA is not installed is no error where the
// system can tell.
func (a *Authority) Uninstall(ctx context.Context, out io.Writer) error {
	return newSystem(out).uninstall(ctx, a.CertFile(), a.cert.SerialNumber.Text(16))
}

// InstallError tells which step of Install or Uninstall went wrong.
type InstallError struct {
	Step string // the command, or the file that was being written
	Err  error
	hint string
}

// Error returns the step and what went wrong.
func (e *InstallError) Error() string { return fmt.Sprintf("%s: %v", e.Step, e.Err) }

// Unwrap returns what went wrong.
func (e *InstallError) Unwrap() error { return e.Err }

// Hint says what the user can do.
func (e *InstallError) Hint() string { return e.hint }

// installLimit bounds one command; macOS asks for a password in it.
const installLimit = 2 * time.Minute

// system is the machine as Install sees it.
type system struct {
	goos string
	root string // "/" but for tests
	run  func(ctx context.Context, name string, args ...string) error
}

func newSystem(out io.Writer) *system {
	run := func(ctx context.Context, name string, args ...string) error {
		ctx, cancel := context.WithTimeout(ctx, installLimit)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, out
		return cmd.Run()
	}
	return &system{goos: runtime.GOOS, root: "/", run: run}
}

func (s *system) install(ctx context.Context, certFile string) error {
	switch s.goos {
	case "linux":
		return s.onLinux(ctx, func(anchor string) error {
			data, err := os.ReadFile(certFile)
			if err != nil {
				return err
			}
			return os.WriteFile(anchor, data, 0o644)
		})
	case "darwin":
		keychain, err := loginKeychain()
		if err != nil {
			return err
		}
		return s.command(ctx, "security", "add-trusted-cert", "-r", "trustRoot", "-k", keychain, certFile)
	case "windows":
		return s.command(ctx, "certutil", "-user", "-addstore", "Root", certFile)
	}
	return s.unknown(certFile)
}

func (s *system) uninstall(ctx context.Context, certFile, serial string) error {
	switch s.goos {
	case "linux":
		return s.onLinux(ctx, func(anchor string) error {
			if err := os.Remove(anchor); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		})
	case "darwin":
		return s.command(ctx, "security", "remove-trusted-cert", certFile)
	case "windows":
		return s.command(ctx, "certutil", "-user", "-delstore", "Root", serial)
	}
	return s.unknown(certFile)
}

// onLinux changes the anchor file of the first store in use, and has the
// system take the change over.
func (s *system) onLinux(ctx context.Context, change func(anchor string) error) error {
	for _, st := range linuxStores() {
		if _, err := os.Stat(filepath.Join(s.root, st.folder)); err != nil {
			continue
		}
		anchor := filepath.Join(s.root, st.anchor)
		if err := change(anchor); err != nil {
			return &InstallError{anchor, cause(err), mayHelp(err)}
		}
		return s.command(ctx, st.update[0], st.update[1:]...)
	}
	return &InstallError{"find the trust store", errors.New("this system keeps none that is known"), "`wiretape ca env` prints variables that make programs trust the CA without"}
}

func (s *system) command(ctx context.Context, name string, args ...string) error {
	err := s.run(ctx, name, args...)
	if err == nil {
		return nil
	}
	step := strings.Join(append([]string{name}, args...), " ")
	if errors.Is(err, exec.ErrNotFound) {
		return &InstallError{step, errors.New("the program is not installed"), "install it, on most systems as part of the package ca-certificates, and try again"}
	}
	return &InstallError{step, err, "the command said above what is wrong; it may need to be run as administrator"}
}

func (s *system) unknown(certFile string) error {
	return &InstallError{"install the CA", fmt.Errorf("not known how on %s", s.goos), "trust " + quote(certFile) + " by hand; `wiretape ca env` prints variables that work without"}
}

func mayHelp(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "run it as root, with the same CA: sudo wiretape ca install --ca-dir DIR"
	}
	return ""
}

func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// loginKeychain is the user's own; it can be changed without root.
func loginKeychain() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the login keychain: %w", err)
	}
	return filepath.Join(home, "Library", "Keychains", "login.keychain-db"), nil
}
