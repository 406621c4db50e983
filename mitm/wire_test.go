package mitm_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/mitm"
)

// wired returns a wire and the other end of its socket.
func wired(t *testing.T) (*mitm.Wire, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := dial(t, l.Addr().String())
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	w := mitm.NewWire(s)
	t.Cleanup(func() { w.Close() })
	w.SetDeadline(time.Now().Add(patience))
	return w, c
}

func TestCorkGathersUntilFlush(t *testing.T) {
	w, c := wired(t)
	w.Cork(true)
	for range 3 {
		send(t, w, "abc")
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, err := c.Read(make([]byte, 16)); n != 0 || err == nil {
		t.Errorf("%d bytes came through the cork", n)
	}
	c.SetReadDeadline(time.Now().Add(patience))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	expect(t, c, "abcabcabc")
	send(t, w, "d")
	if err := w.Cork(false); err != nil {
		t.Fatal(err)
	}
	expect(t, c, "d")
	if w.Holds() {
		t.Error("an idle wire holds a buffer")
	}
}

func TestCorkedWireWritesThroughWhenFull(t *testing.T) {
	w, c := wired(t)
	w.Cork(true)
	want := strings.Repeat("0123456789", 20<<10)
	got := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(c)
		got <- string(b)
	}()
	for rest := want; rest != ""; {
		n := min(len(rest), 7001)
		send(t, w, rest[:n])
		rest = rest[n:]
	}
	send(t, w, want) // longer than what is gathered
	if err := w.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if b := await(t, got); b != want+want {
		t.Errorf("got %d bytes, want %d in order", len(b), 2*len(want))
	}
}

func TestCloseFlushes(t *testing.T) {
	for name, end := range map[string]func(*mitm.Wire) error{"Close": (*mitm.Wire).Close, "CloseWrite": (*mitm.Wire).CloseWrite} {
		w, c := wired(t)
		w.Cork(true)
		send(t, w, "last words")
		if err := end(w); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); string(got) != "last words" || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestCloseDoesNotWaitForAStuckWriter(t *testing.T) {
	w, _ := wired(t)
	stuck := make(chan error, 1)
	go func() {
		_, err := w.Write(make([]byte, 64<<20))
		stuck <- err
	}()
	for !w.Writing() {
		time.Sleep(time.Millisecond)
	}
	w.Close()
	if err := await(t, stuck); err == nil {
		t.Error("the write went through")
	}
}

func TestOnIdleRunsBeforeTheSocketIsTouched(t *testing.T) {
	w, c := wired(t)
	idle := 0
	w.OnIdle(func() {
		idle++
		if n := w.Buffered(); n != 0 {
			t.Errorf("%d bytes are left", n)
		}
	})
	send(t, c, "0123456789")
	p := make([]byte, 4)
	for i, want := range []int{6, 2, 0} {
		if _, err := w.Read(p); err != nil {
			t.Fatal(err)
		}
		if idle != 1 || w.Buffered() != want {
			t.Errorf("after read %d: %d times idle, %d bytes buffered, want 1, %d", i+1, idle, w.Buffered(), want)
		}
	}
	if w.Holds() {
		t.Error("an idle wire holds a buffer")
	}
	c.Close()
	if _, err := w.Read(p); err != io.EOF || idle != 2 {
		t.Errorf("at the end: %v, %d times idle", err, idle)
	}
}

func TestReadDeadlineIsNoEnding(t *testing.T) {
	w, c := wired(t)
	w.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err := w.Read(make([]byte, 4))
	if e, ok := err.(net.Error); !ok || !e.Timeout() {
		t.Errorf("got %v", err)
	}
	if got := mitm.Ending(w.Ended()); got != "none" {
		t.Errorf("ended with %s", got)
	}
	w.SetReadDeadline(time.Now().Add(patience))
	send(t, c, "late")
	expect(t, w, "late")
}
