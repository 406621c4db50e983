package transcript_test

import (
	"bytes"
	"compress/gzip"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
)

// blocks is a tape on which every piece begins a block.
type blocks struct {
	capturetest.Tape
	marks []capture.Mark
}

func (b *blocks) Track(ex *capture.Exchange, mark func() capture.Mark) (capture.Track, error) {
	k, err := b.Tape.Track(ex, mark)
	return &track{k, b, mark}, err
}

func (b *blocks) Marks(capture.ExchangeID) ([]capture.Mark, error) { return b.marks, nil }

func (b *blocks) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		at := uint64(0)
		for p, err := range b.Tape.Pieces(id, capture.Mark{}) {
			if at++; at > from.Pieces && !yield(p, err) {
				return
			}
		}
	}
}

type track struct {
	capture.Track
	tape *blocks
	mark func() capture.Mark
}

func (k *track) Append(p *capture.Piece) error {
	m := k.mark()
	m.Pieces = uint64(len(k.tape.marks))
	k.tape.marks = append(k.tape.marks, m)
	return k.Track.Append(p)
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestRecordsAreTheSameWhereverReadingStarts(t *testing.T) {
	const address = "https://h/v1/models/m:streamGenerateContent"
	array := []string{"[{\"a\":1}", ",\r\n{\"a\":2}", ",\r\n{\"a\":3}", "]"}
	for _, c := range []struct {
		name, url, coding string
		runs              []string
	}{
		{"array", address, "", array},
		{"array behind white space", address, "", append([]string{"\n"}, array...)},
		{"array in gzip", address, "gzip", []string{zipped("[{\"a\":1},\n{\"a\":2},{\"a\":3}]")}},
		{"lines", "http://h/", "", []string{"{\"a\":1}\n", "{\"a\":2}\n", "{\"a\":3}\n"}},
		{"lines of which the first comes in pieces", "http://h/", "", []string{"{\"a\"", ":1}\n", "{\"a\":2}\n", "{\"a\":3}\n"}},
		{"texts one behind the other", "http://h/", "", []string{"{\"a\":1}{\"a\":2}", "{\"a\":3}"}},
		{"texts in gzip", "http://h/", "gzip", []string{zipped("{\"a\":1}{\"a\":2}{\"a\":3}")}},
	} {
		tape := &blocks{}
		r, err := record.New(tape, nil)
		if err != nil {
			t.Fatal(err)
		}
		tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: c.url}})
		header := []capture.Field{{Name: "Content-Type", Value: "application/json"}}
		if c.coding != "" {
			header = append(header, capture.Field{Name: "Content-Encoding", Value: c.coding})
		}
		tap.Response(0, capture.Response{Status: 200, Header: header})
		for _, run := range c.runs {
			tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: []byte(run)})
		}
		tap.End(capture.End{How: capture.HowClose, By: capture.Server})
		want := []string{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"}
		for from := uint64(1); from <= 4; from++ {
			if diff := cmp.Diff(want[from-1:], records(t, tape, from)); diff != "" {
				t.Errorf("%s, from %d (-want +got):\n%s", c.name, from, diff)
			}
		}
	}
}

// records returns the texts of exchange 1 whose number is at least from.
func records(t *testing.T, tape capture.Reader, from uint64) []string {
	t.Helper()
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for e, err := range tr.Events(from) {
		if err != nil {
			t.Fatal(err)
		}
		if want := from + uint64(len(texts)); e.Seq != want || e.Violation != "" {
			t.Errorf("record %d has number %d, %s", want, e.Seq, e.Violation)
		}
		texts = append(texts, e.Data)
	}
	return texts
}
