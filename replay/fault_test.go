package replay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

func TestParseFault(t *testing.T) {
	tests := []struct {
		spec string
		want replay.Fault
	}{
		{"close:1012 restart@after=3,url=/ws", replay.Fault{Do: replay.DoClose, Code: 1012, Reason: "restart", After: 3, URL: "/ws"}},
		{"fin@kind=ticker,byte=2", replay.Fault{Do: replay.DoFIN, Kind: "ticker", Byte: 2}},
		{"reset,time=2s,connection=1", replay.Fault{Do: replay.DoReset, Time: 2 * time.Second, Connection: 1}},
		{"refuse:503,times=2,retry_after=1s", replay.Fault{Do: replay.DoRefuse, Code: 503, Times: 2, Retry: time.Second}},
		{"refuse:tcp", replay.Fault{Do: replay.DoRefuse}},
		{"delay:200ms,jitter=50ms", replay.Fault{Do: replay.DoDelay, Delay: 200 * time.Millisecond, Jitter: 50 * time.Millisecond}},
		{"throttle:1000", replay.Fault{Do: replay.DoThrottle, Rate: 1000}},
		{"truncate:7@after=1", replay.Fault{Do: replay.DoTruncate, Byte: 7, After: 1}},
	}
	for _, tt := range tests {
		got, err := replay.ParseFault(tt.spec)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", tt.spec, err, diff)
		}
	}
	for _, spec := range []string{"", "explode", "close:abc", "close:99", "throttle", "delay", "fin@after", "fin@when=3", "refuse:9", "fin:3", "fin@after=-1"} {
		var e *replay.FaultError
		if _, err := replay.ParseFault(spec); !errors.As(err, &e) || e.Hint() == "" {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

func TestParseFaults(t *testing.T) {
	want := []replay.Fault{{Do: replay.DoClose, Code: 4001, After: 2}, {Do: replay.DoDelay, Delay: 1500 * time.Millisecond}}
	for _, text := range []string{
		"# two\nfaults:\n  - do: close\n    code: 4001\n    after: 2\n  - {do: delay, delay: 1.5s}\n",
		"---\n- do: close\n  code: 4001\n  after: 2\n- do: delay\n  delay: 1500ms\n",
	} {
		got, err := replay.ParseFaults([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	for _, text := range []string{"- do: nonsense", "- do: fin\n  whatever: 3", "faults: 7"} {
		if _, err := replay.ParseFaults([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// faulty serves three messages with faults.
func faulty(t *testing.T, specs ...string) *mock {
	r := newRecorder(t)
	r.socket(wsURL).receive("one", "two", "three")
	r.http(capture.KindSSE, "GET", "https://api.test:8443/events", "", 200, sseType, capture.Field{Name: "Transfer-Encoding", Value: "chunked"}).body("data: 1\n\ndata: 2\n\n", "data: 3\n\n")
	o := &replay.Options{Speed: replay.Max, Seed: 1}
	for _, s := range specs {
		f, err := replay.ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, f)
	}
	return r.serve(o)
}

func TestFaultsOnSockets(t *testing.T) {
	eof := func(err error) bool { return errors.Is(err, io.EOF) }
	tests := []struct {
		spec, want string
		end        func(error) bool
	}{
		{"close:4001 go away@after=2", "\x81\x03one\x81\x03two\x88\x09\x0f\xa1go away", nil},
		{"fin@after=1", "\x81\x03one", eof},
		{"reset@kind=tw", "\x81\x03one\x81\x03two", func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"fin@after=2,byte=3", "\x81\x03one\x81\x03t", eof},
		{"truncate:2@after=2", "\x81\x03one\x81\x02tw\x81\x05three", nil},
		{"duplicate@after=2", "\x81\x03one\x81\x03two\x81\x03two\x81\x05three", nil},
		{"reorder@after=1", "\x81\x03two\x81\x03one\x81\x05three", nil},
		{"delay:20ms", "\x81\x03one\x81\x03two\x81\x05three", nil},
		{"throttle:1000", "\x81\x03one\x81\x03two\x81\x05three", nil},
		{"close,url=/other", "\x81\x03one\x81\x03two\x81\x05three", nil},
		{"close:1013", "\x88\x02\x03\xf5", nil},
	}
	for _, tt := range tests {
		t.Run(tt.spec, func(t *testing.T) {
			_, br, _ := faulty(t, tt.spec).rawDial("/ws", "")
			if err := expectBytes(br, tt.want); err != nil {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if tt.end != nil {
				if _, err := br.ReadByte(); !tt.end(err) {
					t.Errorf("ended by %v", err)
				}
			}
		})
	}
}

func TestCorruptMessagesDifferInOneByte(t *testing.T) {
	_, br, _ := faulty(t, "corrupt@after=1").rawDial("/ws", "")
	got := make([]byte, 5)
	if _, err := io.ReadFull(br, got); err != nil {
		t.Fatal(err)
	}
	same := 0
	for i, c := range []byte("one") {
		if got[2+i] == c {
			same++
		}
	}
	if same != 2 {
		t.Errorf("got %q", got)
	}
}

func TestRefusals(t *testing.T) {
	m := faulty(t, "refuse:503,times=2,retry_after=3s", "refuse:tcp,connection=3")
	url := "ws" + strings.TrimPrefix(m.http.URL, "http") + "/ws"
	for i := range 2 {
		_, res, err := websocket.Dial(t.Context(), url, nil)
		if err == nil || res.StatusCode != 503 || res.Header.Get("Retry-After") != "3" {
			t.Fatalf("connection %d: %v %v", i, res, err)
		}
	}
	fresh := &http.Client{Transport: &http.Transport{}} // a used connection would be tried again
	if _, res, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: fresh}); err == nil || res != nil {
		t.Fatalf("third connection: %v %v", res, err)
	}
	m.dial("/ws", nil).expect("one", "two", "three")
}

func TestStallsAndMutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		r.socket(wsURL).receive("one", "two")
		stall, err := replay.ParseFault("stall:1h@after=1")
		if err != nil {
			t.Fatal(err)
		}
		_, conn := r.play(t, &replay.Options{Faults: []replay.Fault{stall}}, wsURL)
		began := time.Now()
		for _, want := range []time.Duration{5 * time.Millisecond, time.Hour + 5*time.Millisecond} {
			if _, _, err := conn.Read(t.Context()); err != nil || time.Since(began) != want {
				t.Fatalf("after %v, %v; want %v", time.Since(began), err, want)
			}
		}
	})
}

func TestMutedPingsAreNotAnswered(t *testing.T) {
	for spec, answered := range map[string]bool{"mute@kind=never": true, "mute@after=1": false} {
		c := faulty(t, spec).dial("/ws", nil).expect("one", "two", "three")
		timeout := 5 * time.Second
		if !answered {
			timeout = 50 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		go c.conn.Read(ctx)
		if err := c.conn.Ping(ctx); (err == nil) != answered {
			t.Errorf("%s: a ping got %v", spec, err)
		}
		cancel()
	}
}

func TestFaultsOnStreams(t *testing.T) {
	all := "data: 1\n\ndata: 2\n\ndata: 3\n\n"
	tests := []struct {
		spec, want string
		cut        bool
	}{
		{"close@after=2", "data: 1\n\ndata: 2\n\n", false},
		{"fin@after=2", "data: 1\n\ndata: 2\n\n", true},
		{"reset@after=1,byte=4", "data", true},
		{"truncate:12@after=2", "data: 1\n\ndata: 2\n\n", false},
		{"truncate:6@after=2", "data: 1\n\ndata: ", false},
		{"duplicate@kind=2", "data: 1\n\ndata: 2\n\ndata: 2\n\ndata: 3\n\n", false},
		{"reorder@after=2", "data: 1\n\ndata: 3\n\ndata: 2\n\n", false},
		{"delay:10ms@after=2", all, false},
		{"close,connection=2", all, false},
		{"mute", all, false},
	}
	for _, tt := range tests {
		t.Run(tt.spec, func(t *testing.T) {
			m := faulty(t, tt.spec)
			res, err := http.Get(m.http.URL + "/events")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			if string(got) != tt.want || (err != nil) != tt.cut {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	m := faulty(t, "refuse:429,times=1,retry_after=2s")
	for i, want := range []int{429, 200} {
		res, err := http.Get(m.http.URL + "/events")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("request %d: %d", i, res.StatusCode)
		}
	}
}
