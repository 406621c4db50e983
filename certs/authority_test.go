package certs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiretape/wiretape/certs"
)

// create makes a CA in a folder of its own.
func create(t *testing.T) (*certs.Authority, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ca")
	a, err := certs.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a, dir
}

func TestCreate(t *testing.T) {
	a, dir := create(t)
	cert := a.Certificate()
	now := time.Now()
	switch {
	case !cert.IsCA || !cert.BasicConstraintsValid:
		t.Error("not a CA")
	case cert.PublicKeyAlgorithm != x509.ECDSA:
		t.Errorf("a key of %s", cert.PublicKeyAlgorithm)
	case !cert.NotBefore.Before(now.Add(-24*time.Hour)) || !cert.NotAfter.After(now.AddDate(10, 0, -1)):
		t.Errorf("valid from %s to %s", cert.NotBefore, cert.NotAfter)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]fs.FileMode{dir: 0o700 | fs.ModeDir, filepath.Join(dir, "ca-key.pem"): 0o600, a.CertFile(): 0o644} {
			if info, err := os.Stat(path); err != nil || info.Mode() != want {
				t.Errorf("%s: mode %v, %v, want %v", path, info.Mode(), err, want)
			}
		}
	}
	file, err := os.ReadFile(a.CertFile())
	if err != nil || !bytes.Equal(file, a.PEM()) || bytes.Contains(file, []byte("PRIVATE")) {
		t.Errorf("%s: %v\n%s", a.CertFile(), err, file)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

func TestLoadGivesTheSameCA(t *testing.T) {
	a, dir := create(t)
	os.Remove(a.CertFile())
	for _, load := range []func(string) (*certs.Authority, error){certs.Load, certs.LoadOrCreate} {
		b, err := load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !b.Certificate().Equal(a.Certificate()) {
			t.Error("another certificate")
		}
		if _, err := os.Stat(b.CertFile()); err != nil {
			t.Error(err)
		}
		if _, err := b.Leaf("a.test"); err != nil {
			t.Error(err)
		}
	}
}

func TestManyAtOnceEndWithOneCA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	var mu sync.Mutex
	serials := map[string]bool{}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			a, err := certs.LoadOrCreate(dir)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			serials[a.Certificate().SerialNumber.String()] = true
		})
	}
	wg.Wait()
	if len(serials) != 1 {
		t.Errorf("%d CAs", len(serials))
	}
}

// TestManyProcessesEndWithOneCA runs this test's binary several times at once.
func TestManyProcessesEndWithOneCA(t *testing.T) {
	if dir := os.Getenv("CERTS_TEST_DIR"); dir != "" {
		a, err := certs.LoadOrCreate(dir)
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("serial=" + a.Certificate().SerialNumber.String() + "\n")
		return
	}
	dir := filepath.Join(t.TempDir(), "ca")
	out := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestManyProcessesEndWithOneCA$")
			cmd.Env = append(os.Environ(), "CERTS_TEST_DIR="+dir)
			var err error
			if out[i], err = cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out[i])
			}
		})
	}
	wg.Wait()
	for _, o := range out {
		line, _, _ := bytes.Cut(o, []byte("\n"))
		first, _, _ := bytes.Cut(out[0], []byte("\n"))
		if !bytes.HasPrefix(line, []byte("serial=")) || !bytes.Equal(line, first) {
			t.Errorf("%s and %s", line, first)
		}
	}
}

// write replaces a file of a CA.
func write(t *testing.T, path string, mode fs.FileMode, data ...[]byte) {
	t.Helper()
	os.Remove(path)
	if err := os.WriteFile(path, bytes.Join(data, nil), mode); err != nil {
		t.Fatal(err)
	}
}

// authority makes the PEM of a CA by a template's changes.
func authority(t *testing.T, change func(*x509.Certificate)) (key, cert []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "elsewhere"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestWhatIsWrongWithACA(t *testing.T) {
	same := func(*x509.Certificate) {}
	tests := []struct {
		name   string
		break_ func(t *testing.T, dir, key, cert string)
		want   string
		hint   string
	}{
		{"no folder", func(t *testing.T, dir, key, cert string) { os.RemoveAll(dir) }, "", "create one"},
		{"no key", func(t *testing.T, dir, key, cert string) { os.Remove(key) }, "", "create one"},
		{"a key open to others", func(t *testing.T, dir, key, cert string) { os.Chmod(key, 0o644) }, "open to others (mode 0644)", "chmod 600"},
		{"an empty key file", func(t *testing.T, dir, key, cert string) { write(t, key, 0o600) }, "no private key", "remove"},
		{"a key file that is no PEM", func(t *testing.T, dir, key, cert string) { write(t, key, 0o600, []byte("hello")) }, "no private key", "remove"},
		{"a damaged key", func(t *testing.T, dir, key, cert string) {
			write(t, key, 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("damaged")}))
		}, "read the key of the CA", "remove"},
		{"a damaged certificate", func(t *testing.T, dir, key, cert string) {
			k, _ := authority(t, same)
			write(t, key, 0o600, k, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("damaged")}))
		}, "read the certificate of the CA", "remove"},
		{"no certificate", func(t *testing.T, dir, key, cert string) {
			k, _ := authority(t, same)
			write(t, key, 0o600, k)
			os.Remove(cert)
		}, "its certificate is not", "remove"},
		{"a certificate file that is none", func(t *testing.T, dir, key, cert string) {
			k, _ := authority(t, same)
			write(t, key, 0o600, k)
			write(t, cert, 0o644, []byte("hello"))
		}, "no certificate in the file", "remove"},
		{"expired", func(t *testing.T, dir, key, cert string) {
			k, c := authority(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
			write(t, key, 0o600, k, c)
		}, "the CA expired on", "remove"},
		{"not yet valid", func(t *testing.T, dir, key, cert string) {
			k, c := authority(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })
			write(t, key, 0o600, k, c)
		}, "the CA is not valid before", "remove"},
		{"no CA", func(t *testing.T, dir, key, cert string) {
			k, c := authority(t, func(c *x509.Certificate) { c.IsCA = false })
			write(t, key, 0o600, k, c)
		}, "not that of a CA", "remove"},
		{"another's key", func(t *testing.T, dir, key, cert string) {
			k, _ := authority(t, same)
			_, c := authority(t, same)
			write(t, key, 0o600, k, c)
		}, "the key is not the one of the certificate", "remove"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if strings.Contains(test.want, "mode") && runtime.GOOS == "windows" {
				t.Skip("skipped: needs file modes")
			}
			a, dir := create(t)
			test.break_(t, dir, filepath.Join(dir, "ca-key.pem"), a.CertFile())
			_, err := certs.Load(dir)
			var e *certs.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(e.Error(), test.want) || !strings.Contains(e.Error(), dir) || !strings.Contains(e.Hint(), test.hint) {
				t.Errorf("got %q, hint %q; want %q, hint %q", e, e.Hint(), test.want, test.hint)
			}
			if missing := test.want == ""; errors.Is(err, fs.ErrNotExist) != missing {
				t.Errorf("errors.Is(%v, fs.ErrNotExist) = %t", err, !missing)
			}
		})
	}
}

func TestDamagedCAIsNotReplaced(t *testing.T) {
	_, dir := create(t)
	key := filepath.Join(dir, "ca-key.pem")
	write(t, key, 0o600, []byte("damaged"))
	if _, err := certs.LoadOrCreate(dir); err == nil {
		t.Error("loaded")
	}
	if data, _ := os.ReadFile(key); string(data) != "damaged" {
		t.Error("replaced")
	}
}

func TestCAFromElsewhere(t *testing.T) {
	dir := t.TempDir()
	key, cert := authority(t, func(*x509.Certificate) {})
	write(t, filepath.Join(dir, "ca-key.pem"), 0o600, key)
	commented := append([]byte("made elsewhere\n"), cert...)
	write(t, filepath.Join(dir, "ca.pem"), 0o644, commented)
	a, err := certs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(a.CertFile()); !bytes.Equal(got, commented) {
		t.Error("the certificate's file was changed")
	}
	leaf, err := a.Leaf("a.test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(leaf.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(x509.VerifyOptions{DNSName: "a.test", Roots: a.Pool()}); err != nil {
		t.Error(err)
	}
	if c.NotAfter.After(a.Certificate().NotAfter) || c.NotBefore.Before(a.Certificate().NotBefore) {
		t.Errorf("valid from %s to %s", c.NotBefore, c.NotAfter)
	}
}

func TestDefaultDir(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: needs linux")
	}
	t.Setenv("XDG_CONFIG_HOME", "/x/config")
	if got, err := certs.DefaultDir(); got != "/x/config/wiretape" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}
