package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/certs"
)

func (a *app) caCommand() *cobra.Command {
	var dir string
	ca := &cobra.Command{
		Use:   "ca",
		Short: "The certificate authority that clients must trust.",
		Long: `The certificate authority that clients of the proxy must trust.

It is made on first use, for this user alone. Whoever has its key can read the
traffic of everyone who trusts it: keep it on this machine.`,
		Example: `  wiretape ca path                           where the certificate is
  eval "$(wiretape ca env)"                  point this shell's programs at it
  wiretape ca print > ca.pem                 the certificate itself`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &misuse{fmt.Sprintf("unknown command %q for wiretape ca", args[0]), "see wiretape ca --help"}
			}
			return c.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	ca.PersistentFlags().StringVar(&dir, "ca-dir", "", "the folder of the certificate authority (default: in your config folder)")
	add := func(use, short, example string, run func(*certs.Authority) error) {
		ca.AddCommand(&cobra.Command{
			Use: use, Short: short, Example: example, Args: needs(0, "no arguments"),
			RunE: func(*cobra.Command, []string) error {
				authority, err := authority(dir)
				if err != nil {
					return err
				}
				return run(authority)
			},
		})
	}
	add("path", "Print the path of the certificate.", "  curl --cacert \"$(wiretape ca path)\" -x http://127.0.0.1:8080 https://example.com",
		func(ca *certs.Authority) error { return a.print(ca.CertFile() + "\n") })
	add("print", "Print the certificate, PEM.", "  wiretape ca print | openssl x509 -noout -fingerprint",
		func(ca *certs.Authority) error { return a.print(string(ca.PEM())) })
	add("env", "Print the shell lines that make programs trust it.", "  eval \"$(wiretape ca env)\"", a.caEnv)
	add("install", "Make this system trust it.", "  sudo wiretape ca install --ca-dir ~/.config/wiretape",
		func(ca *certs.Authority) error { return ca.Install(context.Background(), a.err) })
	add("uninstall", "Make this system trust it no more.", "  sudo wiretape ca uninstall --ca-dir ~/.config/wiretape",
		func(ca *certs.Authority) error { return ca.Uninstall(context.Background(), a.err) })
	return ca
}

// authority loads the certificate authority of a folder, the user's own when
// dir is empty, and makes it on first use.
func authority(dir string) (*certs.Authority, error) {
	if dir == "" {
		var err error
		if dir, err = certs.DefaultDir(); err != nil {
			return nil, err
		}
	}
	// Children get the certificate's path and may change their folder.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return certs.LoadOrCreate(dir)
}

// caEnv prints the variables that name the certificate. Those that name the
// proxy are left out: no recorder need be running.
func (a *app) caEnv(ca *certs.Authority) error {
	bundle, err := ca.Bundle(filepath.Dir(ca.CertFile()))
	if err != nil {
		return err
	}
	for _, v := range certs.Env("", ca.CertFile(), bundle) {
		if name, _, _ := strings.Cut(v, "="); strings.Contains(strings.ToUpper(name), "PROXY") {
			continue
		}
		if err := a.print("export " + shellQuoteAssignment(v) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) print(s string) error {
	_, err := fmt.Fprint(a.out, s)
	return err
}
