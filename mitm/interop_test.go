package mitm_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
)

// TestInteropWithAnotherImplementation exchanges messages of many sizes between
// client and server of github.com/coder/websocket, which compress with context
// takeover and fragment what is long.
func TestInteropWithAnotherImplementation(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		origin := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(rw, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
			if err != nil {
				t.Error(err)
				return
			}
			c.SetReadLimit(-1)
			for {
				kind, message, err := c.Read(r.Context())
				if err != nil {
					return
				}
				c.Write(r.Context(), kind, message)
			}
		}))
		if w.secure {
			cert, _ := originCert()
			origin.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			origin.StartTLS()
		} else {
			origin.Start()
		}
		defer origin.Close()

		proxy, _ := url.Parse("http://" + w.proxy)
		tr := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: testCA().Pool()}}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c, _, err := websocket.Dial(ctx, strings.Replace(origin.URL, "http", "ws", 1), &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: tr}, CompressionMode: websocket.CompressionContextTakeover,
		})
		if err != nil {
			t.Fatal(err)
		}
		c.SetReadLimit(-1)
		for i := range 200 {
			message := bytes.Repeat([]byte{'a' + byte(i%26), byte(i)}, i*i/4)
			if err := c.Write(ctx, websocket.MessageBinary, message); err != nil {
				t.Fatal(err)
			}
			if _, got, err := c.Read(ctx); err != nil || !bytes.Equal(got, message) {
				t.Fatalf("message %d: %d bytes of %d, %v", i, len(got), len(message), err)
			}
		}
		if err := c.Ping(c.CloseRead(ctx)); err != nil {
			t.Error(err)
		}
		c.Close(4001, "bye")
		x := w.tape.next(t).wait(t)
		if x.end.How != capture.HowFIN || x.received.Len() == 0 {
			t.Errorf("recorded %+v with %d bytes", x.end, x.received.Len())
		}
	})
}
