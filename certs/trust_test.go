package certs_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/certs"
)

func TestInstructions(t *testing.T) {
	for goos, want := range map[string]string{
		"linux":   "sudo update-ca-certificates",
		"darwin":  "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db '/my ca/ca.pem'",
		"windows": `certutil -user -addstore Root "/my ca/ca.pem"`,
		"android": "http://wiretape/ca.cer",
		"ios":     "Certificate Trust Settings",
		"plan9":   "NODE_EXTRA_CA_CERTS='/my ca/ca.pem'",
	} {
		var all strings.Builder
		for _, i := range certs.Instructions(goos, "/my ca/ca.pem") {
			all.WriteString(i.For + "\n" + strings.Join(i.Commands, "\n") + "\n" + i.Note + "\n")
		}
		if !strings.Contains(all.String(), want) {
			t.Errorf("%s: %q is missing in\n%s", goos, want, &all)
		}
	}
}

func TestInstall(t *testing.T) {
	a, _ := create(t)
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, goos, folder, anchor string
		install, uninstall         string
	}{
		{"Debian", "linux", "usr/local/share/ca-certificates", "usr/local/share/ca-certificates/wiretape.crt", "update-ca-certificates", "update-ca-certificates"},
		{"Fedora", "linux", "etc/pki/ca-trust/source/anchors", "etc/pki/ca-trust/source/anchors/wiretape.pem", "update-ca-trust extract", "update-ca-trust extract"},
		{"Arch", "linux", "etc/ca-certificates/trust-source/anchors", "etc/ca-certificates/trust-source/anchors/wiretape.crt", "trust extract-compat", "trust extract-compat"},
		{"macOS", "darwin", "", "", "security add-trusted-cert -r trustRoot -k " + home + "/Library/Keychains/login.keychain-db " + a.CertFile(), "security remove-trusted-cert " + a.CertFile()},
		{"Windows", "windows", "", "", "certutil -user -addstore Root " + a.CertFile(), "certutil -user -delstore Root 5e"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.MkdirAll(filepath.Join(root, test.folder), 0o755); err != nil {
				t.Fatal(err)
			}
			var ran []string
			s := certs.NewSystem(test.goos, root, func(_ context.Context, name string, args ...string) error {
				ran = append(ran, strings.Join(append([]string{name}, args...), " "))
				return nil
			})
			if err := s.Install(a.CertFile()); err != nil {
				t.Fatal(err)
			}
			anchor := filepath.Join(root, test.anchor)
			if data, err := os.ReadFile(anchor); test.anchor != "" && string(data) != string(a.PEM()) {
				t.Errorf("%s: %q, %v", anchor, data, err)
			}
			for range 2 { // the second finds nothing to remove
				if err := s.Uninstall(a.CertFile(), "5e"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(anchor); test.anchor != "" && err == nil {
				t.Errorf("%s is still there", anchor)
			}
			if want := []string{test.install, test.uninstall, test.uninstall}; strings.Join(ran, "\n") != strings.Join(want, "\n") {
				t.Errorf("ran\n%s\nwant\n%s", strings.Join(ran, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestInstallSaysWhatIsWrong(t *testing.T) {
	a, _ := create(t)
	store := "usr/local/share/ca-certificates"
	for _, test := range []struct {
		name, goos, folder string
		run                error
		want, hint         string
	}{
		{"no store", "linux", "", nil, "this system keeps none that is known", "wiretape ca env"},
		{"no program", "linux", store, &exec.Error{Name: "update-ca-certificates", Err: exec.ErrNotFound}, "the program is not installed", "ca-certificates"},
		{"the program fails", "linux", store, errors.New("exit status 1"), "update-ca-certificates: exit status 1", "administrator"},
		{"another system", "plan9", "", nil, "not known how on plan9", "by hand"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.MkdirAll(filepath.Join(root, test.folder), 0o755); err != nil {
				t.Fatal(err)
			}
			err := certs.NewSystem(test.goos, root, func(context.Context, string, ...string) error { return test.run }).Install(a.CertFile())
			var e *certs.InstallError
			if !errors.As(err, &e) || !strings.Contains(e.Error(), test.want) || !strings.Contains(e.Hint(), test.hint) {
				t.Errorf("got %v, want %q with hint %q", err, test.want, test.hint)
			}
		})
	}
}
