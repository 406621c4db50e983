package store_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// BenchmarkPaced records at a fixed rate and tells how long a frame takes to be
// durable, and what the disk and the CPU do for it.
func BenchmarkPaced(b *testing.B) {
	for _, run := range []struct {
		name    string
		sockets int
		rate    int  // frames a second, all together
		size    int  // of a frame, in bytes
		read    bool // somebody reads the tape from its begin, again and again
	}{
		{"1_socket_at_100000", 1, 100_000, 256, false},
		{"1_socket_at_100000_and_a_reader", 1, 100_000, 256, true},
		{"1_socket_at_20", 1, 20, 256, false},
		{"1000_sockets_at_2", 1000, 2000, 256, false},
		{"100_sockets_at_100", 100, 10_000, 256, false},
		{"50_sockets_of_4k", 50, 30_000, 4096, false},
	} {
		b.Run(run.name, func(b *testing.B) { paced(b, run.sockets, run.rate, run.size, run.read) })
	}
}

func paced(b *testing.B, sockets, rate, size int, read bool) {
	path := filepath.Join(b.TempDir(), "x.tape")
	tape, err := store.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer tape.Close()
	list := payloads(size)
	tracks := make([]capture.Track, sockets)
	for i := range tracks {
		if tracks[i], err = tape.Track(&capture.Exchange{Session: 1, Open: true}, nil); err != nil {
			b.Fatal(err)
		}
	}
	var mu sync.Mutex
	var times []time.Time // of the first socket's frames
	var durable []time.Duration
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for head := uint64(0); ; {
			if head, err = tape.Wait(ctx, head); err != nil {
				return
			}
			now, n := time.Now(), 0
			marks, err := tape.Marks(1)
			if err != nil {
				continue // not yet on the tape
			}
			for range tape.Pieces(1, marks[len(marks)-1]) {
				n++
			}
			n += int(marks[len(marks)-1].Pieces)
			mu.Lock()
			for i := len(durable); i < n && i < len(times); i++ {
				durable = append(durable, now.Sub(times[i]))
			}
			mu.Unlock()
		}
	})
	if read {
		wg.Go(func() {
			for ctx.Err() == nil {
				for range tape.Pieces(1, capture.Mark{}) {
					if ctx.Err() != nil {
						return
					}
				}
			}
		})
	}
	cpu, io := usage()
	start := time.Now()
	for i := range b.N {
		at := time.Duration(i) * time.Second / time.Duration(rate)
		if ahead := at - time.Since(start); ahead > time.Millisecond {
			time.Sleep(ahead)
		}
		k := tracks[i%sockets]
		p := frame(list[i%len(list)], at)
		if !tape.Reserve(size, 10*time.Second) {
			b.Fatal("no room")
		}
		if i%sockets == 0 {
			mu.Lock()
			times = append(times, time.Now())
			mu.Unlock()
		}
		k.Lock()
		k.Append(&p)
		k.Unlock()
	}
	took := time.Since(start)
	cancel()
	wg.Wait()
	cpu2, io2 := usage()
	slices.Sort(durable)
	if n := len(durable); n > 0 {
		b.ReportMetric(float64(durable[n/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(durable[n*99/100].Microseconds())/1000, "p99-ms")
	}
	b.ReportMetric((cpu2-cpu).Seconds()*1e6/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(io2-io)/float64(b.N*size), "written/payload")
	b.ReportMetric(float64(b.N)/took.Seconds(), "frames/s")
	b.ReportMetric(float64(resident())/(1<<20), "MiB")
}

// usage returns the CPU time and the bytes written to disk of this process.
func usage() (time.Duration, int64) {
	var written int64
	b, _ := os.ReadFile("/proc/self/io")
	for line := range strings.Lines(string(b)) {
		if s, ok := strings.CutPrefix(line, "write_bytes: "); ok {
			written, _ = strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		}
	}
	b, _ = os.ReadFile("/proc/self/stat")
	f := strings.Fields(string(b))
	user, _ := strconv.Atoi(f[13])
	system, _ := strconv.Atoi(f[14])
	return time.Duration(user+system) * 10 * time.Millisecond, written
}
