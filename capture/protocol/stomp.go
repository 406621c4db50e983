package protocol

import (
	"bytes"
	"strconv"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// stomp cuts one direction of a STOMP connection into frames (STOMP 1.2,
// "STOMP Frames").
type stomp struct {
	scanned int // the beginning of the header line, or of the body, to look at
	seen    int // the end of that line, and the NUL, do not lie before this
	body    int // where the body begins; 0 while in the headers
	length  int // of the body, by content-length; -1 without
}

func newSTOMP() *streams {
	return &streams{{framing: &stomp{}}, {framing: &stomp{}}}
}

func (f *stomp) reset() { *f = stomp{} }

// end finds the end of a frame, or of a lone line feed.
func (f *stomp) end(p []byte) int {
	switch c := p[0]; {
	case c == '\n':
		return 1
	case c == '\r':
		if len(p) == 1 {
			return 0
		}
		if p[1] == '\n' {
			return 2
		}
		return -1
	case c < 'A' || c > 'Z':
		return -1
	}
	if f.body == 0 && !f.headers(p) {
		return 0
	}
	if f.length >= 0 {
		return f.counted(p)
	}
	n := bytes.IndexByte(p[f.seen:], 0)
	if n < 0 {
		f.seen = len(p)
		return 0
	}
	return f.seen + n + 1
}

// counted returns the end of a frame whose header tells it. A header that lies
// is passed over: then the first NUL behind it ends the frame.
func (f *stomp) counted(p []byte) int {
	end := f.body + f.length
	if end < len(p) && p[end] != 0 {
		f.length, f.seen = -1, f.body
		return f.end(p)
	}
	return end + 1
}

// headers looks for the blank line behind the headers. A frame that is cut short
// ends at a NUL before it.
func (f *stomp) headers(p []byte) bool {
	for {
		n := bytes.IndexByte(p[f.seen:], '\n')
		rest := p[f.seen:]
		if n >= 0 {
			rest = rest[:n]
		}
		if nul := bytes.IndexByte(rest, 0); nul >= 0 {
			f.body, f.length = f.seen+nul, -1
			f.seen = f.body
			return true
		}
		if n < 0 {
			f.seen = len(p)
			return false
		}
		line := bytes.TrimSuffix(p[f.scanned:f.seen+n], []byte{'\r'})
		f.seen += n + 1
		f.scanned = f.seen
		if len(line) == 0 {
			f.body = f.seen
			f.length = contentLength(p[:f.body])
			return true
		}
	}
}

// contentLength returns what the first header of that name says, or -1.
func contentLength(head []byte) int {
	n, err := strconv.Atoi(string(stompHeader(head, "content-length")))
	if err != nil || n < 0 || n > 1<<40 {
		return -1
	}
	return n
}

// stompHeader returns the value of the first header called name; repeated ones
// do not count (STOMP 1.2, "Repeated Header Entries").
func stompHeader(head []byte, name string) []byte {
	_, rest, _ := bytes.Cut(head, []byte{'\n'})
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		k, v, ok := bytes.Cut(line, []byte{':'})
		if ok && string(k) == name {
			return stompText(bytes.TrimSuffix(v, []byte{'\r'}))
		}
	}
	return nil
}

// stompText undoes the escapes of a header (STOMP 1.2, "Value Encoding").
func stompText(v []byte) []byte {
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c == '\\' && i+1 < len(v) {
			if k := bytes.IndexByte([]byte(`crn\`), v[i+1]); k >= 0 {
				c = ":\r\n\\"[k]
				i++
			}
		}
		out = append(out, c)
	}
	return out
}

// skip looks for the NUL that ends a frame which is too long.
func (f *stomp) skip(p []byte) (int, bool) {
	if n := bytes.IndexByte(p, 0); n >= 0 {
		return n + 1, true
	}
	return len(p), false
}

// slack takes the line feeds that may follow a frame's NUL. Those that come in
// a message of their own are heart-beats.
func (f *stomp) slack(p []byte) int {
	n := 0
	for n < len(p) && (p[n] == '\n' || p[n] == '\r' && n+1 < len(p) && p[n+1] == '\n') {
		n++
	}
	return n
}

func (f *stomp) broken([]byte) string { return "STOMP 1.2: no frame begins like this" }

// name names a frame.
func (f *stomp) name(s *Splitter, u *Unit) {
	p := bytes.TrimRight(u.Data, "\r\n")
	if len(p) == 0 {
		u.beats(sign)
		u.Body = nil
		s.call(u, "heart-beat")
		return
	}
	p = bytes.TrimSuffix(p, []byte{0})
	head, body := stompParts(p)
	u.Body = body
	command, _, _ := bytes.Cut(head, []byte{'\n'})
	s.call(u, s.word(bytes.TrimSuffix(command, []byte{'\r'})))
	f.role(s, u, head)
	if receipt := stompHeader(head, "receipt"); receipt != nil {
		id := s.id(jsontext.Value(receipt))
		u.ask(id, "receipt "+id)
	}
}

// stompParts cuts a frame at the blank line.
func stompParts(p []byte) (head, body []byte) {
	for i := 0; i < len(p); {
		n := bytes.IndexByte(p[i:], '\n')
		if n < 0 {
			break
		}
		line := p[i : i+n]
		i += n + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return p[:i], p[i:]
		}
	}
	return p, nil
}

// role tells what a frame is about by its command.
func (f *stomp) role(s *Splitter, u *Unit, head []byte) {
	header := func(name string) string { return s.word(stompHeader(head, name)) }
	u.Role = Control
	switch u.Op {
	case "CONNECT", "STOMP":
		u.ask("", "")
		u.link.alt = "CONNECT"
		s.call(u, u.Op, header("host"))
	case "CONNECTED":
		u.answer("", "")
		u.link.alt = "CONNECT"
	case "SEND":
		u.Role = Push
		u.Topic = header("destination")
		s.call(u, u.Op, u.Topic)
	case "MESSAGE":
		u.Role = Push
		u.Topic = header("subscription")
		u.ID = header("message-id")
		s.call(u, u.Op, header("destination"))
	case "SUBSCRIBE":
		u.about(opens, header("id"))
		u.ID = u.Topic
		s.call(u, u.Op, header("destination"))
	case "UNSUBSCRIBE":
		u.about(ends, header("id"))
		u.ID = u.Topic
		s.call(u, u.Op, u.Topic)
	case "ACK", "NACK":
		u.ID = header("id")
		if u.ID == "" {
			u.ID = header("message-id")
		}
		s.call(u, u.Op, u.ID)
	case "BEGIN", "COMMIT", "ABORT":
		s.call(u, u.Op, header("transaction"))
	case "RECEIPT":
		id := header("receipt-id")
		u.answer(id, "receipt "+id)
	case "ERROR":
		id := header("receipt-id")
		u.answer(id, "")
		if id != "" {
			u.link.key = "receipt " + id
		}
		u.link.any, u.Error = true, true
		s.call(u, u.Op, header("message"))
	}
}
