package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

const (
	authorityYears = 10
	// backdate is how far before their making certificates begin to be valid,
	// for machines whose clocks are behind.
	backdate = 48 * time.Hour
)

// LoadOrCreate loads the CA in dir, and creates it when there is none. Of
// several processes that do so at once, one creates it and all load it.
func LoadOrCreate(dir string) (*Authority, error) {
	a, err := Load(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	if err := create(dir); err != nil {
		return nil, &Error{dir, fmt.Errorf("create it: %w", err), "choose another folder with --ca-dir"}
	}
	return Load(dir)
}

// create makes a CA in dir. That another has appeared there is no error.
func create(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	cert, err := selfSign(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	data := pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})
	data = append(data, pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: cert})...)
	return writeOnce(filepath.Join(dir, keyFile), data)
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// selfSign returns the certificate of a new CA, in DER.
func selfSign(key crypto.Signer) ([]byte, error) {
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(pub)
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		// The digits tell apart the CAs of several machines in one trust store.
		Subject:               pkix.Name{Organization: []string{"wiretape"}, CommonName: fmt.Sprintf("wiretape CA %x", id[:4])},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.AddDate(authorityYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// newSerial returns a random serial number of 127 bits (RFC 5280 §4.1.2.2 asks
// for a positive one of at most 20 octets).
func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

// writeOnce makes a file of mode 0600 appear with all of its content, unless
// there is one already, which then stays.
func writeOnce(path string, data []byte) error {
	temp, err := writeTemp(path, data, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	err = os.Link(temp, path) // as opposed to a rename, it replaces nothing
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		return nil
	}
	// No hard links on this file system. Whoever gets to make the lock goes on.
	lock, lockErr := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if lockErr != nil {
		return err
	}
	lock.Close()
	defer os.Remove(path + ".lock")
	if _, statErr := os.Stat(path); statErr == nil {
		return nil
	}
	return os.Rename(temp, path)
}

// writeTemp writes data to disk in a new file beside path and returns its name.
func writeTemp(path string, data []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// replace makes path hold data, at once. A file that does so already is left
// alone.
func replace(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	temp, err := writeTemp(path, data, 0o644)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// publish makes the certificate lie beside the key for everyone to read.
func (a *Authority) publish() error {
	if err := replace(a.CertFile(), a.PEM()); err != nil {
		return &Error{a.dir, fmt.Errorf("write its certificate beside the key: %w", err), "make the folder writable for you, or choose another with --ca-dir"}
	}
	return nil
}
