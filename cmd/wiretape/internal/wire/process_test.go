package wire_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestReadyLine(t *testing.T) {
	t.Parallel()
	rec := record(t)
	want := regexp.MustCompile(`^wiretape: ready proxy=http://127\.0\.0\.1:\d+ ca=\S+/ca/\S+\.pem tape=\S+/x\.tape session=1 ui=http://127\.0\.0\.1:\d+/#t=[A-Za-z0-9_-]{43}$`)
	if !want.MatchString(rec.ready) {
		t.Errorf("the line is %q", rec.ready)
	}
}

// holdings are the recorder's open files, and its threads.
func (r *recorder) holdings() (files, threads int) {
	r.Helper()
	proc := fmt.Sprintf("/proc/%d", r.cmd.Process.Pid)
	fds, err := os.ReadDir(proc + "/fd")
	if err != nil {
		r.Skip("skipped: needs /proc")
	}
	tasks, err := os.ReadDir(proc + "/task")
	if err != nil {
		r.Fatal(err)
	}
	return len(fds), len(tasks)
}

// memory is the most the recorder has ever held in memory, in MiB.
func (r *recorder) memory() int {
	r.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		r.Skip("skipped: needs /proc")
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		r.Fatal(err)
	}
	return kib >> 10
}

// TestConnectionsLeaveNothingBehind opens 300 and ends them in all ways that do
// not leave a connection to be used again.
func TestConnectionsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	rec := record(t)
	endings := append(append([]spoken{}, farewells[:len(farewells)-1]...), bodies[2], bodies[9], bodies[11], bodies[12])
	one := func(i int) {
		k := newTalk(t, rec, through[i%len(through)])
		k.hold(endings[i/len(through)%len(endings)].script)
		k.c.conn.Close()
		if k.server != nil {
			k.server.conn.Close()
		}
		k.listener.Close()
	}
	for i := range 2 * len(endings) { // what is made once
		one(i)
	}
	files, threads := rec.holdings()
	for i := range 300 {
		one(i)
	}
	deadline := time.Now().Add(patience)
	for {
		nowFiles, nowThreads := rec.holdings()
		if nowFiles <= files && nowThreads <= threads+2*runtime.NumCPU() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d files and %d threads, %d and %d before", nowFiles, nowThreads, files, threads)
		}
		runtime.Gosched()
	}
}

// TestStopUnderLoad sends SIGTERM while eight sockets are being flooded. What
// the clients got is on the tape.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	rec := record(t)
	frame := down(0x82, strings.Repeat("0123456789abcdef", 64))
	const head = 4 // the frame's
	var flowing sync.WaitGroup
	var total atomic.Int64
	loaded := make(chan struct{})
	var once sync.Once
	got := make([]int, 8)
	hosts := make([]string, len(got))
	for i := range got {
		k := newTalk(t, rec, through[i%len(through)])
		k.open()
		hosts[i] = k.host()
		server, client := k.server.conn, k.c
		_ = server.SetDeadline(time.Now().Add(2 * patience))
		_ = client.conn.SetDeadline(time.Now().Add(2 * patience))
		flowing.Go(func() {
			burst := []byte(strings.Repeat(frame, 8))
			for {
				if _, err := server.Write(burst); err != nil {
					return
				}
			}
		})
		flowing.Go(func() {
			buf := make([]byte, 64<<10)
			for {
				n, err := client.conn.Read(buf)
				got[i] += n
				if total.Add(int64(n)) > 16<<20 {
					once.Do(func() { close(loaded) })
				}
				if err != nil {
					return
				}
			}
		})
	}
	<-loaded
	began := time.Now()
	rec.stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	flowing.Wait()
	tape := rec.read("ls")
	for i, host := range hosts {
		all := exchanges(tape, sight{host: host})
		if len(all) != 1 {
			t.Fatalf("%d exchanges with %s", len(all), host)
		}
		n := all[0]["received"].(map[string]any)["bytes"].(float64)
		whole := got[i] / len(frame)
		least := whole*(len(frame)-head) + max(got[i]%len(frame)-head, 0)
		if int(n) < least {
			t.Errorf("the client got %d bytes of payload, the tape has %.0f", least, n)
		}
	}
}

// TestMemory is about a message that inflates to 1 GiB, and frames that claim
// to be as long as a frame can be.
func TestMemory(t *testing.T) {
	if raced {
		t.Skip("skipped: needs a build without the race detector")
	}
	rec := record(t)
	before := rec.memory()
	k := newTalk(t, rec, through[0])
	k.ask("GET", "/ws", handshake+"Sec-WebSocket-Extensions: permessage-deflate\r\n")
	k.o().head()
	k.o().send(strings.Replace(switching, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1))
	k.c.head()
	var bomb bytes.Buffer
	z, _ := flate.NewWriter(&bomb, flate.BestSpeed)
	zeros := make([]byte, 1<<20)
	for range 1 << 10 {
		_, _ = z.Write(zeros)
	}
	_ = z.Flush()
	k.hears(down(0xc1, strings.TrimSuffix(bomb.String(), "\x00\x00\xff\xff")))
	k.goodbye()

	for _, length := range []string{"\x7f\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
		k := newTalk(t, rec, through[0])
		k.open()
		k.hears("\x82\x7f" + length)
		const some = 32 << 20
		var sending sync.WaitGroup
		sending.Go(func() {
			for range some / len(zeros) {
				if _, err := k.server.conn.Write(zeros); err != nil {
					t.Error(err)
					return
				}
			}
		})
		_ = k.c.conn.SetReadDeadline(time.Now().Add(2 * patience))
		if n, err := io.CopyN(io.Discard, k.c.conn, some); err != nil {
			t.Errorf("%v after %d bytes", err, n)
		}
		sending.Wait()
		k.part()
	}
	t.Logf("%d MiB, %d before", rec.memory(), before)
	if after := rec.memory(); after > before+96 {
		t.Errorf("the recorder took %d MiB, %d before", after, before)
	}
	rec.stop()
	for _, ex := range rec.read("ls") {
		if ex["state"] != "done" || ex["lost"] != nil {
			t.Errorf("recorded %v", ex)
		}
	}
}
