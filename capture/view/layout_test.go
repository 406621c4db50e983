package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// styles are the ways in which tables are compared with the golden files.
func styles() map[string]view.Style {
	return map[string]view.Style{
		"plain":      {},
		"80":         {Width: 80},
		"140":        {Width: 140},
		"80-ascii":   {Width: 80, ASCII: true},
		"140-colour": {Width: 140, Color: true},
		"80-clock":   {Width: 80, Absolute: true, Started: began()},
	}
}

func TestExchanges(t *testing.T) {
	for name, st := range styles() {
		var buf bytes.Buffer
		table := view.Exchanges(&buf, st)
		for _, ex := range exchanges() {
			if err := table.Row(ex); err != nil {
				t.Fatal(err)
			}
		}
		if buf.Len() > 0 {
			t.Error("rows were written before the columns could be measured")
		}
		if err := table.Close(); err != nil {
			t.Fatal(err)
		}
		golden(t, "exchanges-"+name+".txt", buf.Bytes())
		fits(t, name, st, buf.String())
	}
}

func TestTimeline(t *testing.T) {
	for name, st := range styles() {
		var buf bytes.Buffer
		table := view.Timeline(&buf, st)
		for _, m := range messages() {
			must(t, table.Message(m))
		}
		must(t, table.Gap(&capture.Piece{Type: capture.PieceGap, Dir: capture.Receive, At: milliseconds(3692_400), Lost: 70_000, Frames: 41}))
		must(t, table.End(socketExchange()))
		golden(t, "messages-"+name+".txt", buf.Bytes())
		fits(t, name, st, buf.String())

		buf.Reset()
		table = view.Timeline(&buf, st)
		for _, e := range events() {
			must(t, table.Event(e))
		}
		must(t, table.Record(&capture.Event{Seq: 7, Dir: capture.Receive, At: milliseconds(500), Dispatched: true, Data: `{"done":true}`}))
		must(t, table.Chunk(&capture.Chunk{Dir: capture.Send, At: milliseconds(501), Data: []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")}))
		must(t, table.End(exchanges()[1]))
		golden(t, "events-"+name+".txt", buf.Bytes())
		fits(t, name, st, buf.String())

		buf.Reset()
		table = view.Timeline(&buf, st)
		for _, f := range frames() {
			must(t, table.Frame(f))
		}
		golden(t, "frames-"+name+".txt", buf.Bytes())
		fits(t, name, st, buf.String())
	}
}

func TestHead(t *testing.T) {
	var buf bytes.Buffer
	for _, ex := range exchanges() {
		must(t, view.Head(&buf, ex, view.Style{Width: 80}))
	}
	golden(t, "heads.txt", buf.Bytes())
	buf.Reset()
	must(t, view.Head(&buf, socketExchange(), view.Style{Color: true, ASCII: true}))
	golden(t, "head-colour-ascii.txt", buf.Bytes())
}

// fits checks that no line is wider than the terminal. Lines on violations
// may be.
func fits(t *testing.T, name string, st view.Style, out string) {
	t.Helper()
	if st.Color {
		return
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if st.Width > 0 && view.Width(line) > st.Width && !strings.Contains(line, "RFC") {
			t.Errorf("%s: %d columns: %s", name, view.Width(line), line)
		}
		if harmful(line) {
			t.Errorf("%s: not printable: %q", name, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("%s: blanks at the end: %q", name, line)
		}
	}
}

// harmful reports whether s holds what a terminal acts on.
func harmful(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x61c
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTimelineFoldsHeartbeats(t *testing.T) {
	for name, st := range styles() {
		var buf bytes.Buffer
		table := view.Timeline(&buf, st)
		first := &capture.Message{Seq: 3, Dir: capture.Send, At: milliseconds(100), Opcode: capture.OpPing}
		last := &capture.Message{Seq: 42, Dir: capture.Receive, At: milliseconds(20_100), Opcode: capture.OpPong}
		must(t, table.Beats(first, last, 40, 160))
		m := &capture.Message{Seq: 43, Dir: capture.Send, At: milliseconds(20_300), Opcode: capture.OpText, Data: []byte(`{"op":"subscribe"}`), Wire: 18, Len: 18}
		must(t, table.Labelled(m, "subscribe tickers BTC-USDT"))
		golden(t, "beats-"+name+".txt", buf.Bytes())
		fits(t, name, st, buf.String())
	}
}
