package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Authority is a local CA.
type Authority struct {
	cert *x509.Certificate
}

// DefaultDir returns the folder of the CA in the user's configuration.
func DefaultDir() (string, error) { return "", errors.ErrUnsupported }

// Load loads the CA in dir.
func Load(dir string) (*Authority, error) { return nil, errors.ErrUnsupported }

// LoadOrCreate loads the CA in dir, creating it when there is none.
func LoadOrCreate(dir string) (*Authority, error) { return nil, errors.ErrUnsupported }

// CertFile returns the path of the CA certificate, in PEM.
func (a *Authority) CertFile() string { return "" }

// PEM returns the CA certificate in PEM.
func (a *Authority) PEM() []byte { return nil }

// Certificate returns the CA certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Pool returns a new pool that holds the CA alone.
func (a *Authority) Pool() *x509.CertPool { return x509.NewCertPool() }

// Leaf returns a certificate for host, a name or an IP address.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) { return nil, errors.ErrUnsupported }

// ServerConfig returns a configuration that shows the certificate for the name
// the client asks for, or for fallback when it names none.
func (a *Authority) ServerConfig(fallback string, protos []string) *tls.Config { return nil }

// Bundle writes the system's roots and the CA into one file in dir.
func (a *Authority) Bundle(dir string) (path string, err error) { return "", errors.ErrUnsupported }
