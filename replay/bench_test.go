package replay_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

// pushes records a subscription with n pushes.
func pushes(t testing.TB, n int) *recorder {
	r := newRecorder(t)
	k := r.socket(wsURL).send(`{"id":"1","op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"}]}`).
		receive(`{"id":"1","event":"subscribe","arg":{"channel":"tickers","instId":"BTC-USDT"}}`)
	for i := range n {
		k.receive(fmt.Sprintf(`{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"%d.5","ts":"%d","bidPx":"41000.1","askPx":"41000.9","vol24h":"1234.5"}]}`, 41000+i, 1795176000000+i))
	}
	return r
}

// calls records n requests with their answers.
func calls(t testing.TB, n int) *recorder {
	r := newRecorder(t)
	k := r.socket(wsURL)
	for i := range n {
		k.send(fmt.Sprintf(`{"id":"%d","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"%d","clOrdId":"c%d"}]}`, i, i%50, i*7)).
			receive(fmt.Sprintf(`{"id":"%d","op":"order","code":"0","data":[{"ordId":"%d","clOrdId":"c%d","tag":"","ts":"1795176000123","sCode":"0"}],"inTime":"1795176000123456"}`, i, 300000000000000000+i, i*7))
	}
	return r
}

func BenchmarkCompile(b *testing.B) {
	for name, r := range map[string]*recorder{"pushes": pushes(b, 100000), "calls": calls(b, 50000)} {
		b.Run(name, func(b *testing.B) {
			tr, err := transcript.Open(&r.tape, capture.ExchangeID(1), nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := replay.Compile(tr); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPushes(b *testing.B) {
	const n = 100000
	m := pushes(b, n).serve(nil)
	b.ResetTimer()
	for b.Loop() {
		conn, br := m.open(b)
		writeFrame(conn, `{"id":"9","op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"}]}`)
		readFrames(b, br, n+1)
		conn.Close()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkCalls(b *testing.B) {
	m := calls(b, 2000).serve(nil)
	conn, br := m.open(b)
	b.ResetTimer()
	n := 0
	for b.Loop() {
		go func() {
			for i := range 1000 {
				writeFrame(conn, fmt.Sprintf(`{"id":"%d","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"%d","clOrdId":"d%d"}]}`, n+i, i%50, n+i))
			}
		}()
		readFrames(b, br, 1000)
		n += 1000
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "calls/s")
}

// open opens a connection by hand.
func (m *mock) open(t testing.TB) (net.Conn, *bufio.Reader) {
	conn, err := net.Dial("tcp", m.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(60 * time.Second))
	io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	br := bufio.NewReaderSize(conn, 64<<10)
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\r\n" {
			return conn, br
		}
	}
}

// writeFrame writes a text frame whose masking key is zero.
func writeFrame(w io.Writer, s string) {
	head := []byte{0x81, 0x80 | byte(len(s)), 0, 0, 0, 0}
	if len(s) > 125 {
		head = []byte{0x81, 0x80 | 126, byte(len(s) >> 8), byte(len(s)), 0, 0, 0, 0}
	}
	w.Write(append(head, s...))
}

// readFrames reads unmasked frames.
func readFrames(t testing.TB, br *bufio.Reader, n int) {
	for range n {
		if _, err := br.ReadByte(); err != nil {
			t.Fatal(err)
		}
		b, _ := br.ReadByte()
		size := int(b)
		if size == 126 {
			h, _ := br.ReadByte()
			l, _ := br.ReadByte()
			size = int(h)<<8 | int(l)
		}
		if _, err := br.Discard(size); err != nil {
			t.Fatal(err)
		}
	}
}
