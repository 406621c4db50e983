package mitm_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// TestSocketsLeaveNothingBehind is not parallel: it counts what is there.
func TestSocketsLeaveNothingBehind(t *testing.T) {
	for _, secure := range []bool{false, true} {
		w := newWorld(t, secure)
		w.socket(0) // whatever is made once
		goroutines, files := runtime.NumGoroutine(), openFiles()
		for i := range 100 {
			w.socket(i)
		}
		deadline := time.Now().Add(patience)
		for runtime.NumGoroutine() > goroutines || openFiles() > files {
			if time.Now().After(deadline) {
				buf := make([]byte, 1<<20)
				t.Fatalf("%d goroutines and %d files, %d and %d before\n%s", runtime.NumGoroutine(), openFiles(), goroutines, files,
					strings.Join(strings.SplitN(string(buf[:runtime.Stack(buf, true)]), "\n\n", 12), "\n\n"))
			}
			runtime.Gosched()
		}
	}
}

// socket opens a websocket and ends it in one way or another.
func (w *world) socket(i int) {
	c, s, x := w.upgraded()
	c.say("hello")
	s.hears("hello")
	switch i % 4 {
	case 0:
		c.fin()
		s.ends("FIN")
		s.fin()
		c.ends("FIN")
	case 1:
		s.reset()
		c.ends("reset")
	case 2:
		c.reset()
		s.ends("reset")
	case 3:
		c.Close()
		s.end()
	}
	c.Close()
	s.Close()
	select {
	case <-x.ended:
	case <-time.After(patience):
		w.t.Error("the exchange did not end")
	}
	if x.end.How == capture.HowError {
		w.t.Errorf("recorded %+v", x.end)
	}
}
