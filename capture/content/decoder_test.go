package content_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture/content"
)

// flusher is a compressor as servers use it.
type flusher interface {
	io.WriteCloser
	Flush() error
}

// coding is a content coding and how to apply it.
type coding struct {
	name, token string
	apply       func(io.Writer) flusher
}

var codings = []coding{
	{"gzip", "gzip", func(w io.Writer) flusher { return gzip.NewWriter(w) }},
	{"x-gzip", "x-gzip", func(w io.Writer) flusher { return gzip.NewWriter(w) }},
	{"deflate", "deflate", func(w io.Writer) flusher { return zlib.NewWriter(w) }},
	{"bare deflate", "deflate", func(w io.Writer) flusher { f, _ := flate.NewWriter(w, 6); return f }},
	{"br", "br", func(w io.Writer) flusher { return brotli.NewWriter(w) }},
	{"zstd", "zstd", func(w io.Writer) flusher {
		z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		return z
	}},
}

// encode applies c to the parts, with a flush after each.
func encode(t testing.TB, c coding, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := c.apply(&b)
	for _, p := range parts {
		if _, err := io.WriteString(w, p); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read decodes with a Reader.
func read(t testing.TB, tokens []string, in io.Reader) (string, error) {
	t.Helper()
	r, err := content.NewReader(tokens, in)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out, err := io.ReadAll(r)
	return string(out), err
}

// push decodes with a Decoder.
func push(t testing.TB, tokens []string, runs ...[]byte) (string, error) {
	t.Helper()
	d, err := content.NewDecoder(tokens)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var first error
	for _, run := range runs {
		out, err := d.Feed(run)
		b.Write(out)
		if first == nil {
			first = err
		}
	}
	out, err := d.Close()
	b.Write(out)
	if first == nil {
		first = err
	}
	return b.String(), first
}

// prose returns n bytes that compress a little.
func prose(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "data: {\"n\":%d,\"text\":%q}\n\n", r.Uint32(), strings.Repeat("ab", r.IntN(20)))
	}
	return b.String()[:n]
}

func TestEventsComeOutAsTheyAreFlushed(t *testing.T) {
	for _, c := range codings {
		t.Run(c.name, func(t *testing.T) {
			var wire bytes.Buffer
			w := c.apply(&wire)
			d, err := content.NewDecoder([]string{c.token})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 100 {
				event := fmt.Sprintf("data: %d %s\n\n", i, prose(i*i))
				io.WriteString(w, event)
				w.Flush()
				out, err := d.Feed(wire.Bytes())
				wire.Reset()
				if err != nil || string(out) != event {
					t.Fatalf("event %d: got %q, %v; want %q", i, out, err, event)
				}
			}
			w.Close()
			if out, err := d.Feed(wire.Bytes()); err != nil || len(out) > 0 {
				t.Errorf("at the end: %q, %v", out, err)
			}
			if out, err := d.Close(); err != nil || len(out) > 0 {
				t.Errorf("on closing: %q, %v", out, err)
			}
		})
	}
}

func TestEverySplitDecodesTheSame(t *testing.T) {
	text := prose(600)
	for _, c := range codings {
		t.Run(c.name, func(t *testing.T) {
			wire := encode(t, c, text[:200], text[200:500], text[500:])
			for i := range len(wire) + 1 {
				if got, err := push(t, []string{c.token}, wire[:i], wire[i:]); err != nil || got != text {
					t.Fatalf("cut at %d: %q, %v", i, got, err)
				}
			}
			var bytewise [][]byte
			for i := range wire {
				bytewise = append(bytewise, wire[i:i+1])
			}
			if got, err := push(t, []string{c.token}, bytewise...); err != nil || got != text {
				t.Errorf("byte by byte: %q, %v", got, err)
			}
			if got, err := read(t, []string{c.token}, iotest.OneByteReader(bytes.NewReader(wire))); err != nil || got != text {
				t.Errorf("read byte by byte: %q, %v", got, err)
			}
			if got, err := read(t, []string{c.token}, iotest.DataErrReader(bytes.NewReader(wire))); err != nil || got != text {
				t.Errorf("read with the end: %q, %v", got, err)
			}
		})
	}
}

func TestACutBodyYieldsWhatIsThere(t *testing.T) {
	parts := []string{prose(300), prose(100), prose(50)}
	text := strings.Join(parts, "")
	for _, c := range codings {
		t.Run(c.name, func(t *testing.T) {
			wire := encode(t, c, parts...)
			for i := range wire {
				want := io.ErrUnexpectedEOF
				if i == 0 {
					want = nil // an empty body, as of a 304, is no error
				}
				got, err := read(t, []string{c.token}, bytes.NewReader(wire[:i]))
				if err != want || !strings.HasPrefix(text, got) {
					t.Fatalf("read, cut at %d of %d: %q, %v", i, len(wire), got, err)
				}
				pushed, err := push(t, []string{c.token}, wire[:i])
				if err != want || pushed != got {
					t.Fatalf("pushed, cut at %d of %d: %q, %v; read %q", i, len(wire), pushed, err, got)
				}
			}
			// All but the end of the coding: all the text.
			var b bytes.Buffer
			w := c.apply(&b)
			io.WriteString(w, text)
			w.Flush()
			if got, err := read(t, []string{c.token}, &b); err != io.ErrUnexpectedEOF || got != text {
				t.Errorf("flushed, not closed: %q, %v", got, err)
			}
		})
	}
}

func TestWhatWasNotFlushedComesOutAtTheEnd(t *testing.T) {
	text := prose(5000)
	for _, c := range codings[:4] { // the others decode whole blocks only
		wire := encode(t, c, text)
		got, err := push(t, []string{c.token}, wire[:len(wire)/2])
		if err != io.ErrUnexpectedEOF || !strings.HasPrefix(text, got) || len(got) < len(text)/3 {
			t.Errorf("%s: %d of %d bytes, %v", c.name, len(got), len(text), err)
		}
	}
}

func TestDamageIsACodingError(t *testing.T) {
	text := prose(900)
	for _, c := range codings {
		wire := encode(t, c, text[:300], text[300:600], text[600:])
		damaged := 0
		for i := range wire {
			bad := bytes.Clone(wire)
			bad[i] ^= 0x55
			got, err := read(t, []string{c.token}, bytes.NewReader(bad))
			var coding *content.CodingError
			switch {
			case errors.As(err, &coding):
				damaged++
				if coding.Coding != c.token || coding.Err == nil || coding.Hint() == "" {
					t.Fatalf("%s, byte %d: %+v", c.name, i, coding)
				}
			case err != nil && err != io.ErrUnexpectedEOF:
				t.Fatalf("%s, byte %d: %v", c.name, i, err)
			}
			pushed, pushErr := push(t, []string{c.token}, bad)
			if pushed != got || fmt.Sprint(err) != fmt.Sprint(pushErr) {
				t.Fatalf("%s, byte %d: pushed %d bytes, %v; read %d, %v", c.name, i, len(pushed), pushErr, len(got), err)
			}
		}
		if damaged == 0 {
			t.Errorf("%s: no damage was found", c.name)
		}
	}
}

func TestGzipMembers(t *testing.T) {
	one, two := encode(t, codings[0], "one "), encode(t, codings[0], "two")
	d, err := content.NewDecoder([]string{"gzip"})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct {
		in   []byte
		want string
	}{
		{one, "one "},             // and not only when the next one comes
		{two[:len(two)-5], "two"}, // and not only with its checksum
		{two[len(two)-5:], ""},
		{append(bytes.Clone(one), two...), "one two"},
		{encode(t, codings[0]), ""},
		{two, "two"},
	} {
		out, err := d.Feed(run.in)
		if err != nil || string(out) != run.want {
			t.Fatalf("got %q, %v; want %q", out, err, run.want)
		}
	}
	if out, err := d.Close(); err != nil || len(out) > 0 {
		t.Errorf("on closing: %q, %v", out, err)
	}

	for _, padding := range []string{"\x00", "\x00\x00\x00\x00", "garbage", "\x1F", "\n"} {
		if got, err := read(t, []string{"gzip"}, strings.NewReader(string(one)+padding)); err != nil || got != "one " {
			t.Errorf("with %q behind it: %q, %v", padding, got, err)
		}
	}
}

func TestGzipHeaderFields(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Extra, w.Name, w.Comment = []byte("extra"), "name", "comment"
	io.WriteString(w, "text")
	w.Close()
	wire := b.Bytes()
	for i := range wire {
		if got, err := push(t, []string{"gzip"}, wire[:i], wire[i:]); err != nil || got != "text" {
			t.Fatalf("cut at %d: %q, %v", i, got, err)
		}
	}
	withCRC := append([]byte{0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 0xFF, 0xAB, 0xCD}, encode(t, codings[3], "text")...)
	if got, err := read(t, []string{"gzip"}, bytes.NewReader(withCRC)); got != "text" || err != io.ErrUnexpectedEOF {
		t.Errorf("with a header CRC, without a trailer: %q, %v", got, err)
	}
}

func TestDeflateWithAPresetDictionary(t *testing.T) {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevelDict(&b, 6, []byte("dictionary"))
	io.WriteString(w, "dictionary")
	w.Close()
	var coding *content.CodingError
	if _, err := read(t, []string{"deflate"}, &b); !errors.As(err, &coding) || !strings.Contains(err.Error(), "dictionary") {
		t.Errorf("got %v", err)
	}
}

func TestSeveralCodings(t *testing.T) {
	text := prose(2000)
	wire := text
	var tokens []string
	for _, c := range []coding{codings[2], codings[4], codings[5], codings[0]} {
		tokens = append(tokens, c.token)
		wire = string(encode(t, c, wire))
	}
	tokens = append(tokens, "identity")
	if got, err := read(t, tokens, strings.NewReader(wire)); err != nil || got != text {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if got, err := push(t, tokens, []byte(wire[:99]), []byte(wire[99:])); err != nil || got != text {
		t.Errorf("pushed %d bytes, %v", len(got), err)
	}
	if got, err := push(t, tokens, []byte(wire[:len(wire)-30])); err != io.ErrUnexpectedEOF || !strings.HasPrefix(text, got) {
		t.Errorf("cut: %d bytes, %v", len(got), err)
	}
}

func TestWithoutACodingTheBytesComeAsTheyAre(t *testing.T) {
	for _, tokens := range [][]string{nil, {"identity"}} {
		if got, err := read(t, tokens, strings.NewReader("text")); err != nil || got != "text" {
			t.Errorf("read %q, %v", got, err)
		}
		if got, err := push(t, tokens, []byte("te"), nil, []byte("xt")); err != nil || got != "text" {
			t.Errorf("pushed %q, %v", got, err)
		}
	}
}

func TestCodingsThatCannotBeUndone(t *testing.T) {
	for _, tokens := range [][]string{{"compress"}, {"gzip", "aws-chunked"}, {""}, strings.Split("gzip gzip gzip gzip gzip gzip gzip gzip gzip", " ")} {
		_, err := content.NewReader(tokens, nil)
		var coding *content.CodingError
		if !errors.As(err, &coding) || coding.Coding != tokens[len(tokens)-1] || coding.Hint() == "" {
			t.Errorf("%q: %v", tokens, err)
		}
		if _, again := content.NewDecoder(tokens); fmt.Sprint(again) != fmt.Sprint(err) {
			t.Errorf("%q: decoder %v, reader %v", tokens, again, err)
		}
	}
}

func TestErrorsOfTheSourceAreNotBlamedOnTheCoding(t *testing.T) {
	broken := errors.New("the tape is damaged")
	for _, c := range codings {
		wire := encode(t, c, prose(500), prose(500))
		in := io.MultiReader(bytes.NewReader(wire[:len(wire)/2]), iotest.ErrReader(broken))
		if _, err := read(t, []string{c.token}, in); err != broken {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := read(t, []string{"gzip", c.token}, iotest.ErrReader(broken)); err != broken {
			t.Errorf("%s, at once: %v", c.name, err)
		}
	}
}

func TestABombIsBounded(t *testing.T) {
	const members, size = 32, 1 << 20
	zeros := strings.Repeat("\x00", size)
	gz := bytes.Repeat(encode(t, codings[0], zeros), members)
	for _, tt := range []struct {
		tokens []string
		wire   []byte
		want   int
	}{
		{[]string{"gzip"}, gz, members * size},
		{[]string{"gzip", "gzip"}, encode(t, codings[0], string(gz)), members * size},
		{[]string{"deflate"}, encode(t, codings[2], zeros), size},
		{[]string{"br"}, encode(t, codings[4], strings.Repeat(zeros, 24)), 24 * size},
		{[]string{"zstd"}, encode(t, codings[5], strings.Repeat(zeros, members)), members * size},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := content.NewDecoder(tt.tokens)
		if err != nil {
			t.Fatal(err)
		}
		n, most := 0, 0
		err = d.FeedTo(tt.wire, func(out []byte) {
			n += len(out)
			most = max(most, len(out))
		})
		if _, closing := d.Close(); err != nil || closing != nil || n != tt.want {
			t.Errorf("%s: %d bytes, %v, %v", tt.tokens, n, err, closing)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; most > 16<<10 || got > 12<<20 {
			t.Errorf("%s: %d bytes allocated, %d at a time", tt.tokens, got, most)
		}
	}
}

func TestFeedReturnsNoMoreThanFits(t *testing.T) {
	wire := encode(t, codings[5], strings.Repeat("\x00", 80<<20))
	out, err := push(t, []string{"zstd"}, wire)
	var coding *content.CodingError
	if !errors.As(err, &coding) || len(out) > 64<<20 || len(out) < 63<<20 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func TestAWindowThatIsTooLargeIsRefused(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(32<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "x")
	w.Flush()
	io.WriteString(w, strings.Repeat("y", 33<<20))
	w.Close()
	var coding *content.CodingError
	if _, err := read(t, []string{"zstd"}, &b); !errors.As(err, &coding) {
		t.Errorf("got %v", err)
	}
}

func TestCloseFreesTheCoroutine(t *testing.T) {
	wire := encode(t, codings[0], prose(100000))
	before := runtime.NumGoroutine()
	for _, n := range []int{0, 5, 100, len(wire)} {
		d, err := content.NewDecoder([]string{"gzip"})
		if err != nil {
			t.Fatal(err)
		}
		d.Feed(wire[:n])
		d.Close()
		if _, err := d.Feed(wire); err == nil && n != 0 && n != len(wire) {
			t.Errorf("after Close and %d bytes, Feed says nothing", n)
		}
		d.Close()
	}
	d, _ := content.NewDecoder([]string{"gzip"})
	d.Feed([]byte("damaged from the start"))
	d.Close()
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// FuzzDecoder checks that the way a body is split changes nothing but, in a
// damaged one, how much of what stood before the damage comes out under br.
func FuzzDecoder(f *testing.F) {
	for i, c := range codings {
		wire := encode(f, c, "data: 1\n\n", "data: 2\n\n")
		f.Add(uint8(i), wire, 5)
		f.Add(uint8(i), wire[:len(wire)-3], 12)
	}
	f.Fuzz(func(t *testing.T, which uint8, wire []byte, at int) {
		at = max(0, min(at, len(wire)))
		token := codings[int(which)%len(codings)].token
		whole, n, err := beginning(t, token, wire)
		split, m, splitErr := beginning(t, token, wire[:at], wire[at:])
		if fmt.Sprint(err) != fmt.Sprint(splitErr) {
			t.Errorf("cut at %d: %v; whole %v", at, splitErr, err)
		}
		if token == "br" && err != nil {
			if k := min(len(whole), len(split)); whole[:k] != split[:k] {
				t.Errorf("cut at %d: %.200q; whole %.200q", at, split, whole)
			}
		} else if n != m || whole != split {
			t.Errorf("cut at %d: %d bytes, %.200q; whole %d, %.200q", at, m, split, n, whole)
		}
	})
}

// beginning pushes the runs and returns the first MiB or so of what they decode
// to, and how much it is in all.
func beginning(t *testing.T, token string, runs ...[]byte) (out string, n int, err error) {
	d, err := content.NewDecoder([]string{token})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, run := range runs {
		d.FeedTo(run, func(out []byte) {
			n += len(out)
			if b.Len() < 1<<20 {
				b.Write(out)
			}
		})
	}
	last, err := d.Close()
	b.Write(last)
	return b.String(), n + len(last), err
}

func BenchmarkFeed(b *testing.B) {
	text := prose(1 << 20)
	for _, c := range codings {
		b.Run(c.name, func(b *testing.B) {
			wire := encode(b, c, text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				d, _ := content.NewDecoder([]string{c.token})
				for p := wire; len(p) > 0; p = p[min(len(p), 16<<10):] {
					d.FeedTo(p[:min(len(p), 16<<10)], func([]byte) {})
				}
				d.Close()
			}
		})
	}
}
