package mitm_test

import (
	"crypto/tls"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

// TestKeyExchangeOnThisMachine: with clients here a classical key exchange is
// agreed on; one that offers nothing else gets the hybrid one.
func TestKeyExchangeOnThisMachine(t *testing.T) {
	proxy := startProxy(t, &mitm.ProxyOptions{})
	for _, test := range []struct {
		name    string
		offered []tls.CurveID
		want    tls.CurveID
	}{
		{"both", nil, tls.X25519},
		{"hybrid only", []tls.CurveID{tls.X25519MLKEM768}, tls.X25519MLKEM768},
		{"another classical one", []tls.CurveID{tls.CurveP256}, tls.CurveP256},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := tls.Client(connect(t, proxy, "key.test:443"), &tls.Config{
				ServerName: "key.test", RootCAs: testCA().Pool(), CurvePreferences: test.offered,
			})
			if err := c.HandshakeContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := c.ConnectionState().CurveID; got != test.want {
				t.Errorf("agreed on %v, want %v", got, test.want)
			}
		})
	}
}
