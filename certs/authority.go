package certs

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// The files of an authority. The key file holds the certificate too, so that
// one file that appears at once makes a whole CA; the other is a copy for
// everyone to read.
const (
	keyFile  = "ca-key.pem"
	certFile = "ca.pem"
)

// The types of PEM blocks (RFC 7468 §5, §10).
const (
	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY"
)

// Authority is a local CA. It may be used concurrently.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer

	leafKey crypto.Signer // one for all leaves: a key for each would cost a connection more than its certificate
	leaves  *leaves
}

// DefaultDir returns the folder of the CA when no other is asked for: wiretape
// in the user's folder for configurations.
func DefaultDir() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder for configurations: %w", err)
	}
	return filepath.Join(base, "wiretape"), nil
}

// Load loads the CA in dir: ca-key.pem with the key and the certificate, or, for
// a CA made elsewhere, with the key alone and ca.pem with the certificate. Where something is wrong with it the error is an
// *Error; a CA that is not there is fs.ErrNotExist within it.
func Load(dir string) (*Authority, error) {
	path := filepath.Join(dir, keyFile)
	if err := checkMode(path); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	key, cert, err := parse(data)
	if err != nil {
		return nil, &Error{path, err, renew(dir)}
	}
	ours := cert != nil
	if !ours {
		if cert, err = loadCert(filepath.Join(dir, certFile)); err != nil {
			return nil, err
		}
	}
	if err := check(cert, key); err != nil {
		return nil, &Error{path, err, renew(dir)}
	}
	a := &Authority{dir: dir, cert: cert, key: key}
	if ours {
		if err := a.publish(); err != nil {
			return nil, err
		}
	}
	if a.leafKey, err = newKey(); err != nil {
		return nil, fmt.Errorf("make a key for certificates: %w", err)
	}
	a.leaves = newLeaves(a.mint)
	return a, nil
}

// checkMode refuses a key that others on the machine could read.
func checkMode(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return &Error{
			Path: path,
			Err:  fmt.Errorf("the key of the CA is open to others (mode %04o)", info.Mode().Perm()),
			hint: fmt.Sprintf("if nobody else has read it: chmod 600 %s; else %s", quote(path), renew(filepath.Dir(path))),
		}
	}
	return nil
}

// unreadable explains why a file of the CA cannot be read.
func unreadable(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{path, err, "there is no CA in this folder yet; recording, replaying and `wiretape ca path` create one"}
	}
	return &Error{path, err, "make the file readable for you, or choose another folder with --ca-dir"}
}

func renew(dir string) string {
	return fmt.Sprintf("remove %s to have a new CA created on next use; it has to be trusted anew", quote(dir))
}

// parse reads the blocks of a key file: a private key, and a certificate unless
// it lies in a file of its own.
func parse(data []byte) (key crypto.Signer, cert *x509.Certificate, err error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case certBlock:
			if cert == nil {
				if cert, err = x509.ParseCertificate(block.Bytes); err != nil {
					return nil, nil, fmt.Errorf("read the certificate of the CA: %w", err)
				}
			}
		case keyBlock, "EC PRIVATE KEY", "RSA PRIVATE KEY":
			if key, err = parseKey(block); err != nil {
				return nil, nil, fmt.Errorf("read the key of the CA: %w", err)
			}
		}
	}
	if key == nil {
		return nil, nil, errors.New("there is no private key in the file")
	}
	return key, cert, nil
}

func parseKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}

func loadCert(path string) (*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{path, errors.New("the key of the CA is there, and its certificate is not"), renew(filepath.Dir(path))}
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != certBlock {
		return nil, &Error{path, errors.New("there is no certificate in the file"), renew(filepath.Dir(path))}
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, &Error{path, err, renew(filepath.Dir(path))}
	}
	return cert, nil
}

// check tells whether cert and key make a CA that can be used now.
func check(cert *x509.Certificate, key crypto.Signer) error {
	pub, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	now := time.Now()
	switch {
	case !ok || !pub.Equal(key.Public()):
		return errors.New("the key is not the one of the certificate")
	case !cert.IsCA || cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0:
		return errors.New("the certificate is not that of a CA")
	case now.After(cert.NotAfter):
		return fmt.Errorf("the CA expired on %s", cert.NotAfter.Format(time.DateOnly))
	case now.Before(cert.NotBefore):
		return fmt.Errorf("the CA is not valid before %s; is the clock right?", cert.NotBefore.Format(time.DateOnly))
	}
	return nil
}

// CertFile returns the path of the CA's certificate, in PEM.
func (a *Authority) CertFile() string { return filepath.Join(a.dir, certFile) }

// PEM returns the CA's certificate in PEM.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: a.cert.Raw})
}

// Certificate returns the CA's certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Pool returns a new pool that holds the CA alone, for clients in tests.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}
