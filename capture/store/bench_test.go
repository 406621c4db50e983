package store_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// payloads are frames as a market feed sends them.
func payloads(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 1))
	list := make([][]byte, max(512, 1<<20/n))
	for i := range list {
		for len(list[i]) < n {
			list[i] = fmt.Appendf(list[i], `{"ts":"17%011d","px":"%d.%d","sz":"0.%05d","side":"buy","arg":{"channel":"trades","instId":"BTC-USDT"}}`,
				r.Uint64N(1e11), 60000+r.IntN(9999), r.IntN(10), r.IntN(99999))
		}
		list[i] = list[i][:n]
	}
	return list
}

func frame(data []byte, at time.Duration) capture.Piece {
	return capture.Piece{
		Type: capture.PieceFrame, Dir: capture.Receive, At: at, Data: data,
		Frame: capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: uint64(len(data)), Size: 4},
	}
}

// BenchmarkFrames records one busy socket. The plain file beside it gets the
// same bytes behind a head of 7 bytes each, with an fsync for each MiB.
func BenchmarkFrames(b *testing.B) {
	for _, size := range []int{64, 256, 4096} {
		b.Run(fmt.Sprintf("%dB/tape", size), func(b *testing.B) { benchTape(b, size, nil) })
		b.Run(fmt.Sprintf("%dB/zstd", size), func(b *testing.B) { benchTape(b, size, &store.Options{Compress: true}) })
		b.Run(fmt.Sprintf("%dB/file", size), func(b *testing.B) { benchFile(b, size) })
	}
}

// BenchmarkNoise records what does not compress.
func BenchmarkNoise(b *testing.B) {
	noise := make([]byte, 1<<20)
	r := rand.NewChaCha8([32]byte{})
	r.Read(noise)
	var list [][]byte
	for ; len(noise) >= 256; noise = noise[256:] {
		list = append(list, noise[:256])
	}
	b.Run("tape", func(b *testing.B) { benchList(b, list, nil) })
	b.Run("zstd", func(b *testing.B) { benchList(b, list, &store.Options{Compress: true}) })
}

func benchTape(b *testing.B, size int, o *store.Options) { benchList(b, payloads(size), o) }

func benchList(b *testing.B, list [][]byte, o *store.Options) {
	path := filepath.Join(b.TempDir(), "x.tape")
	tape, err := store.Open(path, o)
	if err != nil {
		b.Fatal(err)
	}
	size := len(list[0])
	ex := capture.Exchange{Session: 1, Kind: capture.KindWebSocket}
	k, err := tape.Track(&ex, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	cpu, _ := usage()
	for i := range b.N {
		p := frame(list[i%len(list)], time.Duration(i)*10*time.Microsecond)
		if !tape.Reserve(size, 10*time.Second) {
			b.Fatal("no room")
		}
		k.Lock()
		k.Append(&p)
		k.Unlock()
	}
	k.Lock()
	k.Close()
	k.Unlock()
	if err := tape.Close(); err != nil {
		b.Fatal(err)
	}
	cpu2, _ := usage()
	b.ReportMetric(float64((cpu2-cpu).Nanoseconds())/float64(b.N), "cpu-ns/op")
	report(b, path, size)
}

func report(b *testing.B, path string, size int) {
	b.StopTimer()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N*size), "file/payload")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}

func benchFile(b *testing.B, size int) {
	path := filepath.Join(b.TempDir(), "x.file")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	list := payloads(size)
	b.SetBytes(int64(size))
	var buf []byte
	flush := func() {
		if _, err := f.Write(buf); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		buf = buf[:0]
	}
	for i := range b.N {
		buf = append(append(buf, "headers"...), list[i%len(list)]...)
		if len(buf) >= 1<<20 {
			flush()
		}
	}
	flush()
	report(b, path, size)
}

// BenchmarkAppend is what a frame costs the relay: no disk in it.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{64, 256, 4096} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			tape, err := store.Open(filepath.Join(b.TempDir(), "x.tape"), &store.Options{NoSync: true})
			if err != nil {
				b.Fatal(err)
			}
			defer tape.Close()
			data := payloads(size)[0]
			b.ReportAllocs()
			var spent time.Duration
			for i := 0; i < b.N; {
				ex := capture.Exchange{Session: 1}
				k, err := tape.Track(&ex, nil)
				if err != nil {
					b.Fatal(err)
				}
				run := min(b.N-i, 4<<20/size)
				tape.Reserve(run*size, time.Minute)
				begin := time.Now()
				for range run {
					p := frame(data, time.Duration(i)*10*time.Microsecond)
					k.Lock()
					k.Append(&p)
					k.Unlock()
					i++
				}
				spent += time.Since(begin)
				k.Lock()
				k.Close()
				k.Unlock()
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "append-ns/op")
		})
	}
}

// BenchmarkExchanges records short exchanges: heads, a small body each way.
func BenchmarkExchanges(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.tape")
	tape, err := store.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	body := payloads(200)
	b.ReportAllocs()
	for i := range b.N {
		at := time.Duration(i) * 100 * time.Microsecond
		ex := capture.Exchange{
			Session: 1, Started: time.Unix(1700000000, int64(at)), At: at, Open: true, Timing: capture.NoTiming,
			Client: "127.0.0.1:51234", Server: "10.1.2.3:443",
			Request: capture.Request{Method: "POST", URL: fmt.Sprintf("https://api.example.com/v1/orders/%d", i), Proto: "HTTP/1.1", Header: []capture.Field{
				{Name: "Host", Value: "api.example.com"},
				{Name: "User-Agent", Value: "bench/1.0"},
				{Name: "Accept", Value: "*/*"},
				{Name: "Content-Type", Value: "application/json"},
				{Name: "Authorization", Value: "Bearer 0123456789abcdef0123456789abcdef"},
			}},
		}
		for !tape.Reserve(400, 10*time.Second) {
			b.Fatal("no room")
		}
		k, err := tape.Track(&ex, nil)
		if err != nil {
			b.Fatal(err)
		}
		k.Lock()
		k.Append(&capture.Piece{Dir: capture.Send, At: 1000, Data: body[i%512]})
		ex.Sent.Bytes = 200
		k.Unlock()
		k.Lock()
		ex.Response = &capture.Response{At: 5000, Status: 200, Reason: "OK", Proto: "HTTP/1.1", Header: []capture.Field{
			{Name: "Content-Type", Value: "application/json"}, {Name: "Date", Value: "Sat, 21 Nov 2026 00:00:00 GMT"}, {Name: "Content-Length", Value: "200"},
		}}
		k.Append(&capture.Piece{Dir: capture.Receive, At: 6000, Data: body[(i+1)%512]})
		ex.Received.Bytes = 200
		ex.Open, ex.End, ex.Duration = false, &capture.End{At: 7000, How: capture.HowClose, By: capture.Server}, 7000
		k.Close()
		k.Unlock()
	}
	if err := tape.Close(); err != nil {
		b.Fatal(err)
	}
	report(b, path, 400)
}

// BenchmarkBig writes a tape of so many frames on one socket and so many short
// exchanges, a hundredth of them, and tells how long the first looks at it take.
// Run it with -benchtime 10000000x.
func BenchmarkBig(b *testing.B) {
	if b.N < 1000 {
		return
	}
	path := filepath.Join(b.TempDir(), "x.tape")
	tape, err := store.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	list := payloads(256)
	var k capture.Track
	var rss [2]int64
	for i := range b.N {
		if i%100 == 0 {
			if k != nil && i > 100 {
				k.Lock()
				k.Close()
				k.Unlock()
			}
			tape.Reserve(600, 10*time.Second)
			if k, err = tape.Track(&capture.Exchange{Session: 1, Request: capture.Request{URL: "https://h/x"}}, nil); err != nil {
				b.Fatal(err)
			}
		}
		if i == 1 {
			big, err := tape.Track(&capture.Exchange{Session: 1}, nil)
			if err != nil {
				b.Fatal(err)
			}
			for j := range b.N {
				if j == b.N/10 {
					rss[0] = resident()
				}
				p := frame(list[j%len(list)], time.Duration(j)*10*time.Microsecond)
				tape.Reserve(256, 10*time.Second)
				big.Lock()
				big.Append(&p)
				big.Unlock()
			}
			rss[1] = resident()
			big.Lock()
			big.Close()
			big.Unlock()
		}
	}
	if err := tape.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(rss[0])/(1<<20), "MiB-at-a-tenth")
	b.ReportMetric(float64(rss[1])/(1<<20), "MiB-at-the-end")
	report(b, path, 256)
	start := time.Now()
	view, err := store.Read(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer view.Close()
	lap := func(unit string) {
		b.ReportMetric(float64(time.Since(start).Microseconds())/1000, unit)
		start = time.Now()
	}
	lap("open-ms")
	page(b, view.Exchanges(0, true), 50)
	lap("ls-first-ms")
	marks, err := view.Marks(2)
	if err != nil {
		b.Fatal(err)
	}
	lap("marks-ms")
	page(b, view.Pieces(2, capture.Mark{}), 50)
	lap("show-first-ms")
	page(b, view.Pieces(2, marks[len(marks)-1]), 50)
	lap("show-last-ms")
	n := page(b, view.Exchanges(0, true), b.N)
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(n), "ls-ns/exchange")
	start = time.Now()
	n = page(b, view.Pieces(2, capture.Mark{}), b.N)
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(n), "read-ns/piece")
	view.Close()
	start = time.Now()
	if err := store.Verify(path); err != nil {
		b.Fatal(err)
	}
	lap("verify-ms")
	if _, err := store.Check(path); err != nil {
		b.Fatal(err)
	}
	lap("check-ms")
	if err := store.Compact(path, path, &store.Options{Compress: true}); err != nil {
		b.Fatal(err)
	}
	lap("compact-ms")
}

// BenchmarkMixed reads one of 50 exchanges whose blocks lie mixed.
func BenchmarkMixed(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.tape")
	tape, err := store.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer tape.Close()
	var tracks [50]capture.Track
	for i := range tracks {
		if tracks[i], err = tape.Track(&capture.Exchange{Session: 1}, nil); err != nil {
			b.Fatal(err)
		}
	}
	list := payloads(256)
	for i := range 20_000 * len(tracks) {
		p := frame(list[i%len(list)], time.Duration(i)*time.Microsecond)
		tape.Reserve(len(p.Data), 10*time.Second)
		k := tracks[i%len(tracks)]
		k.Lock()
		k.Append(&p)
		k.Unlock()
	}
	if err := tape.Sync(); err != nil {
		b.Fatal(err)
	}
	page(b, tape.Pieces(25, capture.Mark{}), 20_000) // from now on it is in the cache
	b.ResetTimer()
	n := 0
	for b.Loop() {
		n += page(b, tape.Pieces(25, capture.Mark{}), 20_000)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/piece")
}

// page reads up to n of what is yielded, and returns how many there were.
func page[T any](b *testing.B, seq iter.Seq2[T, error], n int) (got int) {
	for _, err := range seq {
		if err != nil {
			b.Fatal(err)
		}
		if got++; got == n {
			break
		}
	}
	return got
}

// resident returns the anonymous memory of this process, without the pages of
// files that happen to be mapped.
func resident() int64 {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if s, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(s)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}
