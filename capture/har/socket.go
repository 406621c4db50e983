package har

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

func setLength(fields []capture.Field, n uint64) {
	for i := range fields {
		if strings.EqualFold(fields[i].Name, "Content-Length") {
			fields[i].Value = strconv.FormatUint(n, 10)
		}
	}
}

// socket writes the messages of a socket, each as a frame of its own: how they
// were cut into frames is not in the archive.
func (f *foreign) socket() error {
	h := f.h
	if h.messages.n == 0 {
		f.im.defect("_webSocketMessages", "is missing or empty: the socket opened, but what passed on it is not in the archive")
	}
	backwards := 0
	for i := range h.messages.n {
		m, err := h.messages.get(i)
		if err != nil {
			return err
		}
		if m.at != unknownTime && time.Duration(m.at-f.ex.Started.UnixNano()) < f.latest-time.Millisecond {
			backwards++
		}
		f.latest = timeOr(m.at, f.ex.Started, f.latest)
		if i == 0 {
			f.ex.Response.At = min(f.ex.Response.At, f.latest)
		}
		if m.failure {
			continue
		}
		if err := f.message(i, &m); err != nil {
			return err
		}
	}
	if backwards > 0 {
		f.im.defect("_webSocketMessages", "%d messages are earlier than the one before them, or than the request: moved", backwards)
	}
	return f.closeFrame()
}

func (f *foreign) message(i int, m *message) error {
	data, err := f.im.payload(i, m)
	if err != nil {
		return err
	}
	return f.frame(m.dir, capture.Opcode(m.opcode), f.latest, data)
}

// closeFrame writes the close frame that _webSocketClose tells of, unless it is
// among the messages. Who sent it is not told; a server that does is what a
// replay can do again.
func (f *foreign) closeFrame() error {
	c := &f.h.closing
	counts := &f.d.progress
	if !c.there || c.aborted || f.closedAlready() || counts.sides[capture.Receive].inFrame {
		return nil
	}
	f.latest = timeOr(c.at, f.ex.Started, max(f.latest, f.closeTime()))
	var data []byte
	if c.code > 0 && c.code <= 0xffff && c.code != 1005 {
		data = append([]byte{byte(c.code >> 8), byte(c.code)}, c.reason...)
	}
	data = data[:min(len(data), 125)]
	return f.frame(capture.Receive, capture.OpClose, f.latest, payload{left: int64(len(data)), mem: data})
}

// closeTime is when a close frame came whose time is not told: at the end.
func (f *foreign) closeTime() time.Duration {
	if f.h.closing.at == unknownTime {
		return f.ex.Duration
	}
	return 0
}

// closedAlready reports whether a close frame is among the messages.
func (f *foreign) closedAlready() bool {
	for i := f.h.messages.n - 1; i >= max(0, f.h.messages.n-8); i-- {
		if m, err := f.h.messages.get(i); err == nil && m.opcode == int64(capture.OpClose) {
			return true
		}
	}
	return false
}

// socketEnd tells how a socket ended. Where the archive does not tell, the
// recording ended before the socket did.
func (f *foreign) socketEnd(ex *capture.Exchange) {
	c := &f.h.closing
	end := capture.End{At: ex.Duration, By: capture.Server}
	switch fault := f.fault(); {
	case c.there && !c.aborted:
		end.How, end.Reason, end.Code = capture.HowClose, c.reason, int(c.code)
		if end.Code == 0 {
			end.Code = 1005
		}
	case f.closedAlready():
		f.closeMessage(&end)
	case fault != "":
		end.How, end.Err = capture.HowError, fault
	case c.aborted:
		end.How = capture.HowFIN
	default:
		ex.Cut = true
		return
	}
	ex.End = &end
}

// fault is what the archive says went wrong with a socket.
func (f *foreign) fault() string {
	for i := range f.h.messages.n {
		if f.h.messages.failures == 0 {
			break
		}
		m, err := f.h.messages.get(i)
		if err != nil || !m.failure {
			continue
		}
		text := make([]byte, min(m.length, 1000))
		if err := f.h.messages.data.readAt(text, m.offset); err == nil {
			return cmp.Or(string(text), "the connection failed")
		}
	}
	return cmp.Or(f.h.response.failure, f.h.failure)
}

// closeMessage reads code and reason from the first close frame.
func (f *foreign) closeMessage(end *capture.End) {
	end.How = capture.HowClose
	for i := range f.h.messages.n {
		m, err := f.h.messages.get(i)
		if err != nil || m.opcode != int64(capture.OpClose) {
			continue
		}
		if data, err := f.im.payload(i, &m); err == nil {
			run, _ := data.next(125) // it could be read before
			end.Code, end.Reason = capture.ParseClose(run)
		}
		if m.dir == capture.Send {
			end.By = capture.Client
		}
		return
	}
}
