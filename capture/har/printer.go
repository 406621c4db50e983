package har

import (
	"bufio"
	"encoding/base64"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// printer writes JSON as it comes, with an indent of two spaces as Chrome does.
// It knows where commas belong and nothing of what is written; errors stick.
type printer struct {
	w      *bufio.Writer
	n      int64
	err    error
	levels []bool // open objects and arrays; whether they hold anything
	flat   int    // at this level and above all stands on one line; 0: nowhere
	buf    []byte
}

const indents = "\n                                                                "

func newPrinter(w io.Writer) *printer {
	return &printer{w: bufio.NewWriterSize(w, 64<<10), buf: make([]byte, 0, 256)}
}

func (p *printer) flush() error {
	if p.err == nil {
		p.err = p.w.Flush()
	}
	return p.err
}

func (p *printer) raw(s string) {
	if p.err != nil {
		return
	}
	n, err := p.w.WriteString(s)
	p.n, p.err = p.n+int64(n), err
}

func (p *printer) bytes(b []byte) {
	if p.err != nil {
		return
	}
	n, err := p.w.Write(b)
	p.n, p.err = p.n+int64(n), err
}

// item goes to where the next member or element begins.
func (p *printer) item() {
	if len(p.levels) == 0 {
		return
	}
	top := &p.levels[len(p.levels)-1]
	if *top {
		p.raw(",")
	}
	*top = true
	if !p.isFlat() {
		p.line()
	}
}

// isFlat reports whether what is written stands on one line, without spaces.
func (p *printer) isFlat() bool { return p.flat > 0 && len(p.levels) >= p.flat }

func (p *printer) line() {
	if n := 2 * len(p.levels); n < len(indents) {
		p.raw(indents[:1+n])
	} else {
		p.raw(indents)
	}
}

// key begins a member.
func (p *printer) key(name string) {
	p.item()
	p.raw(`"`)
	p.raw(name)
	if p.isFlat() {
		p.raw(`":`)
	} else {
		p.raw(`": `)
	}
}

// open begins an object or an array where a value belongs.
func (p *printer) open(bracket string) {
	p.raw(bracket)
	p.levels = append(p.levels, false)
}

// openFlat is open with all of it on one line.
func (p *printer) openFlat(bracket string) {
	p.open(bracket)
	if p.flat == 0 {
		p.flat = len(p.levels)
	}
}

func (p *printer) close(bracket string) {
	n, flat := len(p.levels), p.isFlat()
	used := p.levels[n-1]
	p.levels = p.levels[:n-1]
	if p.flat == n {
		p.flat = 0
	}
	if used && !flat {
		p.line()
	}
	p.raw(bracket)
}

func (p *printer) object(name string) { p.key(name); p.open("{") }
func (p *printer) array(name string)  { p.key(name); p.open("[") }

// element begins an object in an array.
func (p *printer) element() { p.item(); p.open("{") }

// flatElement begins an object in an array that stands on one line.
func (p *printer) flatElement() { p.item(); p.openFlat("{") }

// number is a member with an integer, in quotes where JavaScript would lose
// digits of it.
func (p *printer) number(name string, n int64) {
	p.key(name)
	p.buf = strconv.AppendInt(p.buf[:0], n, 10)
	if n > 1<<53 || n < -(1<<53) {
		p.raw(`"`)
		p.bytes(p.buf)
		p.raw(`"`)
		return
	}
	p.bytes(p.buf)
}

// count is number for what counts up from 0.
func (p *printer) count(name string, n uint64) { p.number(name, int64(min(n, math.MaxInt64))) }

// flag is a member that is true, or left out.
func (p *printer) flag(name string, on bool) {
	if on {
		p.key(name)
		p.raw("true")
	}
}

// yes is a member that is true or false.
func (p *printer) yes(name string, on bool) {
	p.key(name)
	p.raw(strconv.FormatBool(on))
}

// ns is a member with nanoseconds, in quotes.
func (p *printer) ns(name string, n int64) {
	p.key(name)
	p.buf = append(strconv.AppendInt(append(p.buf[:0], '"'), n, 10), '"')
	p.bytes(p.buf)
}

// milliseconds is a member with a time span in milliseconds, to the nanosecond.
func (p *printer) milliseconds(name string, d time.Duration) {
	p.key(name)
	if d < 0 {
		p.raw("-1")
		return
	}
	p.buf = strconv.AppendInt(p.buf[:0], int64(d/time.Millisecond), 10)
	if rest := int64(d % time.Millisecond); rest != 0 {
		p.buf = append(p.buf, '.')
		p.buf = appendDigits(p.buf, rest, 6)
		for p.buf[len(p.buf)-1] == '0' {
			p.buf = p.buf[:len(p.buf)-1]
		}
	}
	p.bytes(p.buf)
}

// seconds is a member with a point in time, in seconds since 1970, always with
// six decimals: some readers take an integer for another type.
func (p *printer) seconds(name string, at time.Time) {
	p.key(name)
	ns := at.UnixNano()
	p.buf = p.buf[:0]
	if ns < 0 {
		p.buf, ns = append(p.buf, '-'), -ns
	}
	p.buf = strconv.AppendInt(p.buf, ns/1e9, 10)
	p.buf = appendDigits(append(p.buf, '.'), ns%1e9/1e3, 6)
	p.bytes(p.buf)
}

// appendDigits appends n with leading zeros.
func appendDigits(dst []byte, n int64, width int) []byte {
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// text is a member with a string.
func (p *printer) text(name, s string) {
	p.key(name)
	p.string(s)
}

// some is text, left out where s is empty.
func (p *printer) some(name, s string) {
	if s != "" {
		p.text(name, s)
	}
}

// string writes a string as a value. What is not UTF-8 becomes U+FFFD.
func (p *printer) string(s string) {
	p.raw(`"`)
	p.escape([]byte(s))
	p.raw(`"`)
}

// utf8 is a member with a string in bytes.
func (p *printer) utf8(name string, s []byte) {
	p.key(name)
	p.raw(`"`)
	p.escape(s)
	p.raw(`"`)
}

// utf8From is utf8 with the string read from r.
func (p *printer) utf8From(name string, r io.Reader) error {
	p.key(name)
	p.raw(`"`)
	buf := make([]byte, 32<<10)
	held := 0
	for {
		n, err := r.Read(buf[held:])
		n += held
		held = 0
		if err == nil {
			held = unfinished(buf[:n])
		}
		p.escape(buf[:n-held])
		copy(buf, buf[n-held:n])
		if err == io.EOF {
			p.raw(`"`)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// unfinished returns how many bytes at the end of b begin a character that is
// not whole.
func unfinished(b []byte) int {
	for i := 1; i <= min(len(b), utf8.UTFMax-1); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if utf8.FullRune(b[len(b)-i:]) {
				return 0
			}
			return i
		}
	}
	return 0
}

// base64 is a member with bytes in base64.
func (p *printer) base64(name string, b []byte) {
	p.key(name)
	p.raw(`"`)
	for len(b) > 0 {
		n := min(len(b), 3<<10)
		p.buf = base64.StdEncoding.AppendEncode(p.buf[:0], b[:n])
		p.bytes(p.buf)
		b = b[n:]
	}
	p.raw(`"`)
}

// base64From is base64 with the bytes read from r.
func (p *printer) base64From(name string, r io.Reader) error {
	p.key(name)
	p.raw(`"`)
	e := base64.NewEncoder(base64.StdEncoding, rawWriter{p})
	if _, err := io.Copy(e, r); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	p.raw(`"`)
	return nil
}

// rawWriter writes behind the printer's back, into a string.
type rawWriter struct{ p *printer }

func (w rawWriter) Write(b []byte) (int, error) {
	w.p.bytes(b)
	return len(b), w.p.err
}

// escape writes the inside of a string as JSON.stringify would.
func (p *printer) escape(s []byte) {
	const digits = "0123456789abcdef"
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			p.bytes(s[from:i])
			p.raw("\ufffd")
			i++
			from = i
			continue
		}
		p.bytes(s[from:i])
		switch c {
		case '"', '\\':
			p.buf = append(p.buf[:0], '\\', c)
		case '\n':
			p.buf = append(p.buf[:0], '\\', 'n')
		case '\r':
			p.buf = append(p.buf[:0], '\\', 'r')
		case '\t':
			p.buf = append(p.buf[:0], '\\', 't')
		case '\b':
			p.buf = append(p.buf[:0], '\\', 'b')
		case '\f':
			p.buf = append(p.buf[:0], '\\', 'f')
		default:
			p.buf = append(p.buf[:0], '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		p.bytes(p.buf)
		i++
		from = i
	}
	p.bytes(s[from:])
}
