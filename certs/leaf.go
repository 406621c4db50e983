package certs

import (
	"container/list"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	// leafLife is short enough for clients that mistrust long-lived
	// certificates.
	leafLife = 45 * 24 * time.Hour
	// leafRest is how long a certificate must still be valid to be shown.
	leafRest = 24 * time.Hour
	// maxLeaves is how many certificates are kept, the latest used ones.
	maxLeaves = 1024
)

// Leaf returns a certificate for host, a name or an IP address, without port.
// It is signed once and kept, and calls for one host at once wait for one
// signature. The certificate is shared and must not be changed.
func (a *Authority) Leaf(host string) (*tls.Certificate, error) {
	return a.leaves.get(strings.ToLower(strings.TrimSuffix(host, ".")))
}

// mint signs a certificate for host.
func (a *Authority) mint(host string) (*tls.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	begin := time.Now().Add(-backdate)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"wiretape"}},
		NotBefore:    begin,
		NotAfter:     begin.Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if template.NotBefore.Before(a.cert.NotBefore) {
		template.NotBefore = a.cert.NotBefore
	}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	if err := name(template, host); err != nil {
		return nil, fmt.Errorf("certificate for %q: %w", host, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.leafKey.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %q: %w", host, err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leafKey}, nil
}

// name makes host the name of a certificate. Clients that connect to an
// address look for it among the addresses (RFC 9110 §4.3.4).
func name(template *x509.Certificate, host string) error {
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		template.IPAddresses = append(template.IPAddresses, ip.WithZone("").AsSlice())
		return nil
	}
	if host == "" || len(host) > 253 {
		return fmt.Errorf("a name has 1 to 253 bytes, not %d", len(host))
	}
	for _, c := range []byte(host) {
		if c <= ' ' || c >= 0x7f {
			return fmt.Errorf("the byte %#x cannot stand in a name", c)
		}
	}
	template.DNSNames = []string{host}
	if len(host) <= 64 { // X.520 bounds the common name
		template.Subject.CommonName = host
	}
	return nil
}

// ServerConfig returns a configuration that shows the certificate for the name
// the client asks for (SNI), or for fallback when it names none, and offers the
// protocols by ALPN.
func (a *Authority) ServerConfig(fallback string, protos []string) *tls.Config {
	return &tls.Config{
		NextProtos: protos,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName != "" {
				return a.Leaf(hello.ServerName)
			}
			return a.Leaf(fallback)
		},
		// Records as large as what there is to send: fewer of them.
		DynamicRecordSizingDisabled: true,
	}
}

// leaves keeps certificates by host, the latest used ones.
type leaves struct {
	mint func(host string) (*tls.Certificate, error)

	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // of *leaf, the latest used first
}

// leaf is a certificate that is there or being signed.
type leaf struct {
	host  string
	until time.Time
	sign  func() (*tls.Certificate, error) // signs at the first call, others wait for it
}

func newLeaves(mint func(string) (*tls.Certificate, error)) *leaves {
	return &leaves{mint: mint, byKey: make(map[string]*list.Element), order: list.New()}
}

func (l *leaves) get(host string) (*tls.Certificate, error) {
	e := l.entry(host)
	cert, err := e.Value.(*leaf).sign()
	if err != nil {
		l.mu.Lock()
		l.drop(e)
		l.mu.Unlock()
	}
	return cert, err
}

// entry returns the entry of host, making it when there is none.
func (l *leaves) entry(host string) *list.Element {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if e := l.byKey[host]; e != nil {
		if now.Before(e.Value.(*leaf).until) {
			l.order.MoveToFront(e)
			return e
		}
		l.drop(e)
	}
	if l.order.Len() >= maxLeaves {
		l.drop(l.order.Back())
	}
	e := l.order.PushFront(&leaf{
		host:  host,
		until: now.Add(leafLife - backdate - leafRest),
		sign:  sync.OnceValues(func() (*tls.Certificate, error) { return l.mint(host) }),
	})
	l.byKey[host] = e
	return e
}

// drop forgets an entry. The caller holds l.mu.
func (l *leaves) drop(e *list.Element) {
	host := e.Value.(*leaf).host
	if l.byKey[host] == e {
		delete(l.byKey, host)
		l.order.Remove(e)
	}
}
