package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/mitm"
)

// upstreamFlags say how the real service is reached.
type upstreamFlags struct {
	ca, clientCert, proxy string
	insecure              bool
}

func (f *upstreamFlags) add(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.ca, "upstream-ca", "", "also trust the certificates in `FILE` (PEM) towards the service")
	fs.BoolVar(&f.insecure, "insecure-upstream", false, "do not check the service's certificate")
	fs.StringVar(&f.clientCert, "client-cert", "", "show the certificate in `FILE` (PEM, with its key) to the service")
	fs.StringVar(&f.proxy, "upstream-proxy", "", "reach the service through the proxy at `URL` (http, https, socks5)")
}

// apply fills in how the relay reaches the service.
func (f *upstreamFlags) apply(o *mitm.RelayOptions) error {
	o.InsecureUpstream = f.insecure
	if f.ca != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pem, err := os.ReadFile(f.ca)
		if err != nil {
			return fmt.Errorf("read --upstream-ca: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return &hinted{fmt.Errorf("there is no certificate in %s", f.ca), "--upstream-ca takes a PEM file"}
		}
		o.RootCAs = pool
	}
	if f.clientCert != "" {
		pair, err := tls.LoadX509KeyPair(f.clientCert, f.clientCert)
		if err != nil {
			return &hinted{fmt.Errorf("read --client-cert: %w", err), "the file holds the certificate and its key, both PEM"}
		}
		o.ClientCert = &pair
	}
	if f.proxy != "" {
		u, err := url.Parse(f.proxy)
		if err != nil || u.Host == "" {
			return &misuse{fmt.Sprintf("--upstream-proxy: %q is not a URL", f.proxy), "as in http://user:password@proxy.example:3128 or socks5://127.0.0.1:1080"}
		}
		o.UpstreamProxy = u
	}
	return nil
}

// parseRoutes reads the values of --reverse.
func parseRoutes(values []string) ([]mitm.Route, error) {
	var routes []mitm.Route
	for _, v := range values {
		prefix, target, found := strings.Cut(v, "=")
		if !found || strings.Contains(prefix, "://") {
			prefix, target = "/", v
		}
		u, err := url.Parse(target)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "ws" && u.Scheme != "wss" {
			return nil, &misuse{fmt.Sprintf("--reverse: %q is not a URL", target), "as in --reverse https://api.example.com or --reverse /v1=http://127.0.0.1:9000"}
		}
		u.Scheme = strings.Replace(u.Scheme, "ws", "http", 1)
		if !strings.HasPrefix(prefix, "/") {
			prefix = "/" + prefix
		}
		routes = append(routes, mitm.Route{Prefix: prefix, URL: u})
	}
	return routes, nil
}

// keyLog opens the file that SSLKEYLOGFILE names, for those who look at the
// encrypted traffic beside us; nil when it names none.
func keyLog() (io.WriteCloser, error) {
	name := os.Getenv("SSLKEYLOGFILE")
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open SSLKEYLOGFILE: %w", err)
	}
	return f, nil
}
