package replay_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

// TestSpeedChangesWhileItPlays plays a message every 10 s of the recording. At
// 15 s the rest is played at the given speed.
func TestSpeedChangesWhileItPlays(t *testing.T) {
	tests := []struct {
		name     string
		from, to replay.Speed
		timing   replay.Timing
		want     []time.Duration
	}{
		{"faster", 0, 2, replay.TimingCause, []time.Duration{10 * time.Second, 17500 * time.Millisecond, 22500 * time.Millisecond}},
		{"slower", 1, 0.5, replay.TimingCause, []time.Duration{10 * time.Second, 25 * time.Second, 45 * time.Second}},
		{"at once", 0, replay.Max, replay.TimingCause, []time.Duration{10 * time.Second, 15 * time.Second, 15 * time.Second}},
		{"by the clock", 0, 2, replay.TimingAbsolute, []time.Duration{10 * time.Second, 17500 * time.Millisecond, 22500 * time.Millisecond}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(t)
				k := r.socket(wsURL)
				for _, text := range []string{"one", "two", "three"} {
					k.after(10*time.Second - 5*time.Millisecond).receive(text)
				}
				s, conn := r.play(t, &replay.Options{Speed: tt.from, Timing: tt.timing}, wsURL)
				began := time.Now()
				go func() {
					time.Sleep(15 * time.Second)
					s.SetSpeed(tt.to)
				}()
				for i, want := range tt.want {
					if _, _, err := conn.Read(t.Context()); err != nil || time.Since(began) != want {
						t.Errorf("message %d after %v, %v; want %v", i, time.Since(began), err, want)
					}
				}
				if s.Speed() != tt.to {
					t.Errorf("speed %v", s.Speed())
				}
			})
		})
	}
}

func TestSpeedOfStreamsChangesWhileTheyPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		k := r.http(capture.KindSSE, "GET", "https://api.test:8443/events", "", 200, sseType)
		for _, text := range []string{"data: 1\n\n", "data: 2\n\n", "data: 3\n\n"} {
			k.after(10*time.Second - k.now%time.Second).body(text)
		}
		s, err := replay.NewServer(&r.tape, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		client := &http.Client{Transport: s.Transport()}
		defer client.CloseIdleConnections()
		go func() {
			time.Sleep(15 * time.Second)
			s.SetSpeed(2)
			time.Sleep(3 * time.Second)
			s.SetSpeed(replay.Max)
		}()
		began := time.Now()
		res, err := client.Get("https://api.test:8443/events")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		in := bufio.NewReader(res.Body)
		for i, want := range []time.Duration{10 * time.Second, 17500 * time.Millisecond, 18 * time.Second} {
			line, err := in.ReadString('\n')
			if got := time.Since(began); err != nil || got != want {
				t.Errorf("%q after %v, %v; want %v", line, got, err, want)
			}
			if _, err := in.ReadString('\n'); err != nil {
				t.Errorf("event %d: %v", i, err)
			}
		}
	})
}

func TestDisturbEndsWhatIsUnderWay(t *testing.T) {
	tests := []struct {
		name   string
		fault  replay.Fault
		socket string // what comes of the connection
		sever  func(error) bool
		body   string
		cut    bool
	}{
		{"close", replay.Fault{Do: replay.DoClose, Code: 4001, Reason: "bye"}, "\x88\x05\x0f\xa1bye", nil, "data: 1\n\n", false},
		{"fin", replay.Fault{Do: replay.DoFIN}, "", func(err error) bool { return errors.Is(err, io.EOF) }, "data: 1\n\n", true},
		{"reset", replay.Fault{Do: replay.DoReset}, "", func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }, "data: 1\n\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecorder(t)
			r.socket(wsURL).receive("one").after(time.Hour).receive("two")
			r.http(capture.KindSSE, "GET", "https://api.test:8443/events", "", 200, sseType, capture.Field{Name: "Transfer-Encoding", Value: "chunked"}).body("data: 1\n\n").after(time.Hour).body("data: 2\n\n")
			m := r.serve(&replay.Options{Speed: 1})
			_, br, _ := m.rawDial("/ws", "")
			if err := expectBytes(br, "\x81\x03one"); err != nil {
				t.Fatal(err)
			}
			res, err := http.Get(m.http.URL + "/events")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			first := make([]byte, len("data: 1\n\n"))
			if _, err := io.ReadFull(res.Body, first); err != nil {
				t.Fatal(err)
			}
			p := m.server.Progress()
			if p.Open != 2 || p.Connections[0].Open != 1 || p.Connections[0].Served != 1 || p.Connections[0].Unsent != 1 {
				t.Errorf("progress %+v", p)
			}
			if n, err := m.server.Disturb(tt.fault); n != 2 || err != nil {
				t.Fatalf("disturbed %d, %v", n, err)
			}
			if err := expectBytes(br, tt.socket); err != nil {
				t.Fatal(err)
			}
			if tt.sever != nil {
				if _, err := br.ReadByte(); !tt.sever(err) {
					t.Errorf("the socket ended by %v", err)
				}
			}
			rest, err := io.ReadAll(res.Body)
			if string(first)+string(rest) != tt.body || (err != nil) != tt.cut {
				t.Errorf("body %q, %v", rest, err)
			}
		})
	}
}

func TestDisturbSilences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		r.socket(wsURL).receive("one").after(time.Second).receive("two")
		s, conn := r.play(t, nil, wsURL)
		began := time.Now()
		for i, want := range []time.Duration{5 * time.Millisecond, time.Hour + 5*time.Millisecond} {
			if _, _, err := conn.Read(t.Context()); err != nil || time.Since(began) != want {
				t.Fatalf("after %v, %v; want %v", time.Since(began), err, want)
			}
			if i == 0 {
				if _, err := s.Disturb(replay.Fault{Do: replay.DoStall, Delay: time.Hour}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestDisturbRefusesWhatHasNoMoment(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).receive("one")
	m := r.serve(nil)
	for _, f := range []replay.Fault{{Do: replay.DoRefuse}, {Do: "odd"}, {Do: replay.DoClose, Code: 7}} {
		var bad *replay.FaultError
		if _, err := m.server.Disturb(f); !errors.As(err, &bad) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}
