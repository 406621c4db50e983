package mitm_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

const (
	chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	lengthHead  = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	closeHead   = "HTTP/1.1 200 OK\r\n\r\n"
)

var bodies = []struct{ name, head, wire, want, trailer, err string }{
	{"chunks", chunkedHead, "5\r\nhello\r\n06;x=\"y\"\r\n world\r\n0\r\n\r\n", "hello world", "[]", "EOF"},
	{"bare line feeds", chunkedHead, "5\nhello\n0\n\n", "hello", "[]", "EOF"},
	{"trailers", chunkedHead, "0\r\nA: b\r\nC:d\r\n\r\n", "", "[{A b} {C d}]", "EOF"},
	{"bytes behind the end", chunkedHead, "1\r\nx\r\n0\r\n\r\nHTTP/1.1", "x", "[]", "EOF"},
	{"cut in a chunk", chunkedHead, "5\r\nhel", "hel", "[]", "unexpected EOF"},
	{"cut in a size", chunkedHead, "1\r\nx\r\n5", "x", "[]", "unexpected EOF"},
	{"cut before the last line", chunkedHead, "1\r\nx\r\n0\r\n", "x", "[]", "unexpected EOF"},
	{"no size", chunkedHead, "\r\n", "", "[]", "malformed chunked coding (RFC 9112 7.1)"},
	{"signed size", chunkedHead, "+1\r\nx\r\n", "", "[]", "malformed chunked coding (RFC 9112 7.1)"},
	{"huge size", chunkedHead, "ffffffffffffffff\r\n", "", "[]", "malformed chunked coding (RFC 9112 7.1)"},
	{"chunk longer than its size", chunkedHead, "1\r\nxyz\r\n", "x", "[]", "malformed chunked coding (RFC 9112 7.1)"},
	{"trailer without a colon", chunkedHead, "0\r\nnonsense\r\n\r\n", "", "[]", "malformed chunked coding (RFC 9112 7.1)"},
	{"length", lengthHead, "helloHTTP/1.1", "hello", "[]", "EOF"},
	{"short", lengthHead, "hel", "hel", "[]", "unexpected EOF"},
	{"to the end", closeHead, "hello", "hello", "[]", "EOF"},
	{"nothing", "HTTP/1.1 204 No Content\r\n\r\n", "hello", "", "[]", "EOF"},
}

// pieces yields its pieces one read at a time, with nothing in between.
type pieces struct {
	left [][]byte
	dry  bool
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.dry = !p.dry; p.dry {
		return 0, mitm.ErrDry
	}
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.left[0])
	if p.left[0] = p.left[0][n:]; len(p.left[0]) == 0 {
		p.left = p.left[1:]
	}
	return n, nil
}

func TestBodyIsReadByItsFraming(t *testing.T) {
	for _, test := range bodies {
		t.Run(test.name, func(t *testing.T) {
			for cut := range len(test.wire) + 1 {
				r := &pieces{left: [][]byte{[]byte(test.wire[:cut]), []byte(test.wire[cut:])}}
				data, trailer, err := mitm.ReadBody([]byte(test.head), r)
				if string(data) != test.want || fmt.Sprint(trailer) != test.trailer || err.Error() != test.err {
					t.Fatalf("cut at %d: %q, %v, %v; want %q, %s, %s", cut, data, trailer, err, test.want, test.trailer, test.err)
				}
			}
		})
	}
}

func TestBodyBoundsItsLines(t *testing.T) {
	for _, wire := range []string{strings.Repeat("0", 1<<20), "1;" + strings.Repeat("x", 1<<20), "0\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 2000)} {
		r := strings.NewReader(wire)
		if _, _, err := mitm.ReadBody([]byte(chunkedHead), r); err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%.20q…: %v", wire, err)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b.head), []byte(b.wire))
	}
	f.Fuzz(func(t *testing.T, head, wire []byte) {
		data, trailer, err := mitm.ReadBody(head, bytes.NewReader(wire))
		split := &pieces{}
		for i := range wire {
			split.left = append(split.left, wire[i:i+1])
		}
		data2, trailer2, err2 := mitm.ReadBody(head, split)
		if !bytes.Equal(data, data2) || fmt.Sprint(trailer, err) != fmt.Sprint(trailer2, err2) {
			t.Errorf("whole: %q, %v, %v; byte by byte: %q, %v, %v", data, trailer, err, data2, trailer2, err2)
		}
		if len(data) > len(wire) {
			t.Errorf("%d bytes out of %d", len(data), len(wire))
		}
	})
}

func FuzzResponseHead(f *testing.F) {
	for _, s := range []string{closeHead, lengthHead, chunkedHead, switching, "HTTP/1.0 200\n\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		head, err := mitm.ReadResponseHead(bufio.NewReaderSize(bytes.NewReader(raw), 16))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(raw, head) {
			t.Fatalf("%q is not the beginning of %q", head, raw)
		}
		whole, err := mitm.ReadResponseHead(bufio.NewReaderSize(bytes.NewReader(raw), 1<<16))
		if err != nil || !bytes.Equal(whole, head) {
			t.Errorf("read at once: %q, %v; in pieces: %q", whole, err, head)
		}
		status, fields, err := mitm.ParseResponse(head)
		if err != nil {
			return
		}
		if status < 100 || status > 999 {
			t.Errorf("status %d", status)
		}
		for _, field := range fields {
			if field.Name == "" || strings.ContainsAny(field.Name+field.Value, "\n") {
				t.Errorf("field %q", field)
			}
		}
	})
}
