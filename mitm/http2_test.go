package mitm_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// overHTTP2 runs f with a client and an origin that speak HTTP/2, over TLS and
// with prior knowledge. f gets the origin's URL.
func overHTTP2(t *testing.T, handler http.HandlerFunc, f func(t *testing.T, w *world, client *http.Client, origin string)) {
	t.Helper()
	for _, secure := range []bool{true, false} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, secure)
			origin := startHTTP2(t, secure, handler)
			scheme := map[bool]string{true: "https://", false: "http://"}[secure]
			f(t, w, w.http2Client(origin), scheme+origin)
		})
	}
}

// startHTTP2 serves handler over HTTP/2 and nothing else.
func startHTTP2(t *testing.T, secure bool, handler http.HandlerFunc) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var protocols http.Protocols
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, Protocols: &protocols, ErrorLog: log.New(io.Discard, "", 0)}
	if secure {
		cert, _ := originCert()
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		go server.ServeTLS(l, "", "")
	} else {
		go server.Serve(l)
	}
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// http2Client returns a client that speaks HTTP/2 inside CONNECT.
func (w *world) http2Client(origin string) *http.Client {
	var protocols http.Protocols
	protocols.SetHTTP2(w.secure)
	protocols.SetUnencryptedHTTP2(!w.secure)
	tr := &http.Transport{Protocols: &protocols, DisableCompression: true}
	tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return connect(w.t, w.proxy, origin), nil
	}
	tr.DialTLSContext = func(context.Context, string, string) (net.Conn, error) {
		return secure(w.t, connect(w.t, w.proxy, origin), "127.0.0.1", "h2"), nil
	}
	w.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

func TestHTTP2AddsNothing(t *testing.T) {
	overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header()["Content-Type"] = nil
		names := []string{}
		for name := range r.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprint(w, r.Proto, " ", r.Method, " ", r.RequestURI, " ", r.Host, " ", names)
	}, func(t *testing.T, w *world, client *http.Client, origin string) {
		req, _ := http.NewRequest("GET", origin+"/a//b/../%2F?x", nil)
		req.Header.Set("User-Agent", "")
		req.Header.Set("X-One", "1")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		want := "HTTP/2.0 GET /a//b/../%2F?x " + strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://") + " [X-One]"
		if string(body) != want {
			t.Errorf("the origin got %q, want %q", body, want)
		}
		if resp.Header["Date"] != nil || resp.Header["Content-Type"] != nil {
			t.Errorf("the client got %v", resp.Header)
		}
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if x.Request.Proto != "HTTP/2.0" || x.response.Proto != "HTTP/2.0" || x.received.String() != want || x.Request.URL != origin+"/a//b/../%2F?x" {
			t.Errorf("recorded %+v, %+v, %q", x.Request, x.response, x.received.String())
		}
	})
}

func TestHTTP2StreamsBothWays(t *testing.T) {
	overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(200)
		http.NewResponseController(w).Flush()
		buf := make([]byte, 100)
		for {
			n, err := r.Body.Read(buf)
			w.Write(buf[:n])
			http.NewResponseController(w).Flush()
			if err != nil {
				break
			}
		}
		w.Header().Set("X-Sum", r.Trailer.Get("X-Up"))
		w.Header().Set(http.TrailerPrefix+"X-More", "too")
	}, func(t *testing.T, w *world, client *http.Client, origin string) {
		pr, pw := io.Pipe()
		req, _ := http.NewRequest("POST", origin, pr)
		req.Trailer = http.Header{"X-Up": nil}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 5)
		for range 3 {
			io.WriteString(pw, "hello")
			if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != "hello" {
				t.Fatalf("got %q, %v", buf, err)
			}
		}
		req.Trailer.Set("X-Up", "15")
		pw.Close()
		if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
			t.Errorf("rest %q, %v", rest, err)
		}
		if resp.Trailer.Get("X-Sum") != "15" || resp.Trailer.Get("X-More") != "too" {
			t.Errorf("trailers %v", resp.Trailer)
		}
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if x.sent.String() != "hellohellohello" || x.received.String() != x.sent.String() {
			t.Errorf("recorded %q, %q", x.sent.String(), x.received.String())
		}
		if got := fmt.Sprint(x.trailers); got != "[[{X-Up 15}] [{X-More too} {X-Sum 15}]]" {
			t.Errorf("recorded trailers %s", got)
		}
	})
}

func TestHTTP2EarlyHints(t *testing.T) {
	overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>")
		w.WriteHeader(103)
		w.Header().Del("Link")
		w.WriteHeader(204)
	}, func(t *testing.T, w *world, client *http.Client, origin string) {
		var hints []string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(code, h["Link"]))
			return nil
		}})
		req, _ := http.NewRequestWithContext(ctx, "GET", origin, nil)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 204 || fmt.Sprint(hints) != "[103 [</a.css>]]" || resp.Header["Link"] != nil {
			t.Errorf("got %d, %q, %v", resp.StatusCode, hints, resp.Header)
		}
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if len(x.early) != 1 || x.early[0].Status != 103 {
			t.Errorf("recorded %+v", x.early)
		}
	})
}

func TestHTTP2ResponsesWithoutABody(t *testing.T) {
	overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Length", "1234")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}, func(t *testing.T, w *world, client *http.Client, origin string) {
		for method, status := range map[string]int{"HEAD": 200, "GET": 204, "DELETE": 204} {
			req, _ := http.NewRequest(method, origin, nil)
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != status || len(body) > 0 || err != nil || method == "HEAD" && resp.ContentLength != 1234 {
				t.Errorf("%s: got %d, %q, %v, length %d", method, resp.StatusCode, body, err, resp.ContentLength)
			}
			x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
			if x.response == nil || x.response.Status != status {
				t.Errorf("%s: recorded %+v", method, x.response)
			}
		}
	})
}

func TestHTTP2AnswerThatIsNotHTTP2(t *testing.T) {
	w := newWorld(t, false)
	go func() { w.accepted().say("HTTP/1.1 400 Bad Request\r\n\r\n") }()
	resp, err := w.http2Client(w.addr()).Get("http://" + w.addr())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 502 {
		t.Errorf("got %d", resp.StatusCode)
	}
	w.tape.next(t).ends(t, capture.HowError, capture.Proxy)
}

func TestHTTP2ResetIsPassedOn(t *testing.T) {
	overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}, func(t *testing.T, w *world, client *http.Client, origin string) {
		resp, err := client.Get(origin)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		var reset http2.StreamError
		if string(body) != "hello" || !errors.As(err, &reset) {
			t.Errorf("got %q, %v", body, err)
		}
		w.tape.next(t).ends(t, capture.HowReset, capture.Server)
	})
}

func TestHTTP2ClientThatGoesAway(t *testing.T) {
	gone := make(chan struct{}, 2)
	overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
		gone <- struct{}{}
	}, func(t *testing.T, w *world, client *http.Client, origin string) {
		resp, err := client.Get(origin)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		<-gone
		w.tape.next(t).ends(t, capture.HowReset, capture.Client)
	})
}

func TestHTTP2ClientAndHTTP1Server(t *testing.T) {
	w := newWorld(t, true)
	client := w.http2Client(w.addr())
	got := make(chan string, 1)
	go func() {
		resp, err := client.Get("https://" + w.addr() + "/x")
		if err != nil {
			got <- err.Error()
			return
		}
		body, err := io.ReadAll(resp.Body)
		got <- fmt.Sprint(resp.Proto, resp.Header, string(body), err)
	}()
	s := w.accepted()
	s.head()
	s.say("HTTP/1.1 200 OK\r\nX-A: b\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
	x := w.tape.next(t)
	<-x.passed
	s.fin()
	if g := <-got; !strings.HasPrefix(g, "HTTP/2.0map[X-A:[b]]hi") || strings.HasSuffix(g, "<nil>") {
		t.Errorf("got %s", g)
	}
	x.ends(t, capture.HowFIN, capture.Server)
}

func TestHTTP2UntrustedServer(t *testing.T) {
	w := newWorld(t, true, func(o *mitm.RelayOptions) { o.RootCAs = testCA().Pool() })
	origin := startHTTP2(t, true, func(http.ResponseWriter, *http.Request) {})
	resp, err := w.http2Client(origin).Get("https://" + origin)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 502 || !strings.Contains(string(body), "--upstream-ca") {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	w.tape.next(t).ends(t, capture.HowError, capture.Proxy)
}
