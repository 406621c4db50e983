package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiretape/wiretape/certs"
)

func parse(t *testing.T, c *tls.Certificate) *x509.Certificate {
	t.Helper()
	x, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestLeaf(t *testing.T) {
	a, _ := create(t)
	for host, name := range map[string]string{
		"a.test":                 "a.test",
		"A.Test.":                "a.test",
		"xn--bcher-kva.test":     "xn--bcher-kva.test",
		"under_score.test":       "under_score.test",
		"127.0.0.1":              "127.0.0.1",
		"::1":                    "::1",
		"[::1]":                  "::1",
		"fe80::1%eth0":           "fe80::1",
		"localhost":              "localhost",
		strings.Repeat("a.", 90): strings.Repeat("a.", 89) + "a",
	} {
		leaf, err := a.Leaf(host)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		c := parse(t, leaf)
		if _, err := c.Verify(x509.VerifyOptions{DNSName: name, Roots: a.Pool()}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if ip := net.ParseIP(name); (ip != nil) != (len(c.IPAddresses) == 1) || (ip == nil) != (len(c.DNSNames) == 1) {
			t.Errorf("%s: names %s, addresses %s", host, c.DNSNames, c.IPAddresses)
		}
		if life := c.NotAfter.Sub(c.NotBefore); life > 45*24*time.Hour || time.Since(c.NotBefore) < 24*time.Hour {
			t.Errorf("%s: valid from %s for %s", host, c.NotBefore, life)
		}
	}
	for _, host := range []string{"", "a b", "a\x00b", "bücher.test", strings.Repeat("a", 254)} {
		if _, err := a.Leaf(host); err == nil {
			t.Errorf("%q has a certificate", host)
		}
	}
}

func TestLeavesAreKeptAndShareAKey(t *testing.T) {
	a, _ := create(t)
	first, err := a.Leaf("a.test")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := a.Leaf("A.TEST"); again != first {
		t.Error("signed twice")
	}
	other, err := a.Leaf("b.test")
	if err != nil {
		t.Fatal(err)
	}
	if other.PrivateKey != first.PrivateKey {
		t.Error("two keys")
	}
	if parse(t, other).SerialNumber.Cmp(parse(t, first).SerialNumber) == 0 {
		t.Error("one serial number")
	}
}

func TestLeafIsSignedOnceForManyAtOnce(t *testing.T) {
	a, _ := create(t)
	var mu sync.Mutex
	seen := map[*tls.Certificate]bool{}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			leaf, err := a.Leaf("a.test")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[leaf] = true
		})
	}
	wg.Wait()
	if len(seen) != 1 {
		t.Errorf("%d certificates", len(seen))
	}
}

func TestLeavesThatAreUsedStay(t *testing.T) {
	var signed []string
	get := certs.NewLeaves(func(host string) (*tls.Certificate, error) {
		signed = append(signed, host)
		return &tls.Certificate{}, nil
	})
	for i := range certs.MaxLeaves {
		get(fmt.Sprint(i))
	}
	get("0")   // used again
	get("new") // drops 1
	signed = nil
	get("0")
	get("1")
	if len(signed) != 1 || signed[0] != "1" {
		t.Errorf("signed again: %s", signed)
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	fail := true
	get := certs.NewLeaves(func(string) (*tls.Certificate, error) {
		if fail {
			return nil, fmt.Errorf("no")
		}
		return &tls.Certificate{}, nil
	})
	if _, err := get("a"); err == nil {
		t.Error("no error")
	}
	fail = false
	if _, err := get("a"); err != nil {
		t.Error(err)
	}
}

func TestLeavesAreRenewedBeforeTheyExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := create(t)
		first, err := a.Leaf("a.test")
		if err != nil {
			t.Fatal(err)
		}
		end := parse(t, first).NotAfter
		time.Sleep(time.Until(end.Add(-25 * time.Hour)))
		if again, _ := a.Leaf("a.test"); again != first {
			t.Error("renewed too early")
		}
		time.Sleep(2 * time.Hour)
		again, err := a.Leaf("a.test")
		if err != nil {
			t.Fatal(err)
		}
		if c := parse(t, again); !c.NotAfter.After(end) {
			t.Error("not renewed")
		}
	})
}

func TestServerConfig(t *testing.T) {
	a, _ := create(t)
	for _, test := range []struct{ sni, fallback, name string }{
		{"a.test", "b.test", "a.test"},
		{"", "b.test", "b.test"},
		{"", "127.0.0.1", "127.0.0.1"},
	} {
		c, s := net.Pipe()
		go tls.Server(s, a.ServerConfig(test.fallback, []string{"h2", "http/1.1"})).Handshake()
		client := tls.Client(c, &tls.Config{ServerName: test.sni, InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		if err := client.Handshake(); err != nil {
			t.Fatal(err)
		}
		state := client.ConnectionState()
		if _, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: test.name, Roots: a.Pool()}); err != nil {
			t.Errorf("%q, %q: %v", test.sni, test.fallback, err)
		}
		if state.NegotiatedProtocol != "http/1.1" {
			t.Errorf("protocol %q", state.NegotiatedProtocol)
		}
		c.Close()
		s.Close()
	}
}
