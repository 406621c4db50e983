package compose

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

const (
	// writePatience bounds how long the server may take nothing of a message.
	writePatience = 30 * time.Second
	// minDeflate is from which length on messages are compressed, in bytes:
	// shorter ones would grow.
	minDeflate = 128
	// closePatience bounds the wait for the server's side of a close.
	closePatience = 3 * time.Second
)

// Ended is how a connection was over. Code is 0 where no close frame came.
type Ended struct {
	By     string `json:"by"`  // "server", "client"
	How    string `json:"how"` // "close", "fin", "reset", "error", "abort"
	Code   int    `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// String says it in words.
func (e Ended) String() string {
	switch e.How {
	case "close":
		return strings.TrimSpace(fmt.Sprintf("the %s closed it with %d %s", e.By, e.Code, e.Reason))
	case "fin":
		return "the " + e.By + " ended the connection without a close frame"
	case "reset":
		return "the " + e.By + " reset the connection"
	case "abort":
		return "it was aborted"
	}
	return e.Reason
}

// Socket is an open WebSocket, client side. It answers pings and closes, and
// reads what comes no further than that takes: it is on the tape. Its methods
// may be called concurrently.
type Socket struct {
	link        *link
	target      Target
	scope       *Scope
	subprotocol string
	extensions  string

	writing sync.Mutex // held while a frame is written
	deflate *wsframe.Deflater
	closing atomic.Bool // a close frame was sent

	control []byte // payload of the control frame that is being read

	done  chan struct{} // closed at the end, with ended set
	over  sync.Once
	ended Ended
	read  sync.WaitGroup
}

// Open connects and shakes hands (RFC 6455 §4.1). An answer that is no 101 is a
// *RefusedError, what the recorder could not reach an *UnreachableError. Close
// the Socket.
func (w *Way) Open(ctx context.Context, t Target, s *Scope) (*Socket, error) {
	a, err := t.address(s)
	if err != nil {
		return nil, err
	}
	if !a.socket {
		return nil, badURL("it is not ws:// or wss://")
	}
	var h head
	key := challenge()
	h.begin(a)
	h.add("Connection", "Upgrade")
	h.add("Upgrade", "websocket")
	h.add("Sec-WebSocket-Version", "13")
	h.add("Sec-WebSocket-Key", key)
	if len(t.Subprotocols) > 0 {
		h.add("Sec-WebSocket-Protocol", strings.Join(t.Subprotocols, ", "))
	}
	if !t.NoDeflate {
		h.add("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
	}
	if err := h.read(&t, s); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	l, err := w.connect(ctx, a)
	if err != nil {
		return nil, err
	}
	raw, err := l.ask(ctx, h.append(nil, http.MethodGet, a.path))
	if err == nil {
		err = accepted(l, a, raw, h.get("Sec-WebSocket-Key"))
	}
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return newSocket(l, t, s, fieldsOf(raw)), nil
}

// challenge returns a fresh Sec-WebSocket-Key.
func challenge() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// accepted checks the answer to a handshake (RFC 6455 §4.1, page 19).
func accepted(l *link, a *address, raw []byte, key string) error {
	status, reason := statusOf(raw)
	e := &RefusedError{URL: a.full, Client: l.client, Status: status, Reason: reason, Header: fieldsOf(raw)}
	if status == http.StatusSwitchingProtocols {
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		if capture.Get(e.Header, "Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) {
			e.Reason = "with a Sec-WebSocket-Accept that does not fit the key"
			return e
		}
		return nil
	}
	_ = l.SetReadDeadline(time.Now().Add(closePatience))
	if resp, err := l.body(raw, http.MethodGet); err == nil {
		e.Body, _ = io.ReadAll(io.LimitReader(resp.Body, maxShown))
	}
	if own := refusal(l, a, raw, e.Body); own != nil {
		return own
	}
	return e
}

func newSocket(l *link, t Target, scope *Scope, answer []capture.Field) *Socket {
	s := &Socket{
		link: l, target: t, scope: scope, done: make(chan struct{}),
		subprotocol: capture.Get(answer, "Sec-WebSocket-Protocol"),
		extensions:  strings.Join(capture.Values(answer, "Sec-WebSocket-Extensions"), ", "),
	}
	if d, err := wsframe.Negotiated([]string{s.extensions}); err == nil && d.Enabled && !d.Others {
		s.deflate = wsframe.NewDeflater(d.ClientBits, d.ClientNoTakeover)
	}
	_ = l.SetDeadline(time.Time{})
	s.read.Go(s.listen)
	return s
}

// Client returns our address, by which Find knows the exchange.
func (s *Socket) Client() string { return s.link.client }

// Subprotocol returns what the server chose, "" for none.
func (s *Socket) Subprotocol() string { return s.subprotocol }

// Extensions returns what was agreed on, as the server wrote it.
func (s *Socket) Extensions() string { return s.extensions }

// Done is closed when the connection is over.
func (s *Socket) Done() <-chan struct{} { return s.done }

// Ended returns how it was over; it is to be called after Done.
func (s *Socket) Ended() Ended { return s.ended }

// Send resolves a message and sends it as one frame, compressed where that was
// agreed on. It returns what was sent. The error is a *ClosedError when the
// connection is over.
func (s *Socket) Send(m Message) ([]byte, error) {
	op, payload, err := m.Resolve(s.scope)
	if err != nil {
		return nil, err
	}
	return payload, s.write(op, payload)
}

// write sends a frame of ours, and says how the connection was over where it
// does not go.
func (s *Socket) write(op capture.Opcode, payload []byte) error {
	select {
	case <-s.done:
		return &ClosedError{s.ended}
	default:
	}
	if sent, err := s.frame(op, payload); sent && err == nil {
		return nil
	} else if !sent {
		return &ClosedError{Ended{By: "client", How: "close"}}
	}
	// Reading says how it ended, if it has not said so already.
	_ = s.link.SetReadDeadline(time.Now().Add(closePatience))
	<-s.done
	return &ClosedError{s.ended}
}

// frame writes one frame, unless a close frame was before it.
func (s *Socket) frame(op capture.Opcode, payload []byte) (sent bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closing.Load() {
		return false, nil
	}
	head := capture.FrameHead{Fin: true, Opcode: op, Masked: true}
	if s.deflate != nil && !op.Control() && len(payload) >= minDeflate {
		if p, err := s.deflate.Append(nil, payload); err == nil {
			head.RSV, payload = 4, p // RSV1 (RFC 7692 §6)
		}
	}
	_, _ = rand.Read(head.MaskKey[:]) // never fails
	s.closing.Store(op == capture.OpClose)
	_ = s.link.SetWriteDeadline(time.Now().Add(writePatience))
	_, err = s.link.Write(wsframe.AppendFrame(nil, head, payload))
	return true, err
}

// Close sends a close frame and waits for the server to do the same, for a few
// seconds, and ends the connection. A code of 0 sends none.
func (s *Socket) Close(code int, reason string) error {
	payload, err := closePayload(code, reason)
	if err != nil {
		return err
	}
	err = s.write(capture.OpClose, payload)
	_ = s.link.SetReadDeadline(time.Now().Add(closePatience))
	s.read.Wait()
	var closed *ClosedError
	if errors.As(err, &closed) {
		return nil
	}
	return err
}

func closePayload(code int, reason string) ([]byte, error) {
	if code == 0 && reason == "" {
		return nil, nil
	}
	if code < 0 || code > 0xffff {
		return nil, &MessageError{Why: fmt.Sprintf("%d is no close code: 1000, 1001, …, 3000 to 4999", code), At: -1}
	}
	if len(reason) > maxControl-2 {
		return nil, &MessageError{Why: fmt.Sprintf("the reason has %d bytes, %d fit into a close frame", len(reason), maxControl-2), At: maxControl - 2}
	}
	return append([]byte{byte(code >> 8), byte(code)}, reason...), nil
}

// Abort cuts the connection off with RST.
func (s *Socket) Abort() error {
	s.finish(Ended{By: "client", How: "abort"})
	s.link.reset()
	s.read.Wait()
	return nil
}

// listen reads until the connection is over.
func (s *Socket) listen() {
	defer s.link.Close()
	var split wsframe.Splitter
	buf := make([]byte, 32<<10)
	for {
		n, err := s.link.br.Read(buf)
		for p := buf[:n]; len(p) > 0; {
			piece, used, ok := split.Next(p)
			p = p[used:]
			if ok {
				s.piece(&piece)
			}
		}
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				s.link.reset() // a server that is asked to end and does not is left with RST
			}
			s.finish(endOf(err))
			return
		}
	}
}

// piece takes a piece of a frame. Only control frames mean something here.
func (s *Socket) piece(p *wsframe.Piece) {
	if !p.Head.Opcode.Control() {
		return
	}
	if p.First {
		s.control = s.control[:0]
	}
	if len(s.control)+len(p.Data) <= maxControl {
		s.control = append(s.control, p.Data...)
	}
	if !p.Last {
		return
	}
	switch p.Head.Opcode {
	case capture.OpPing: // RFC 6455 §5.5.2
		_, _ = s.frame(capture.OpPong, s.control)
	case capture.OpClose: // RFC 6455 §5.5.1
		code, reason := capture.ParseClose(s.control)
		by := "server"
		if s.closing.Load() {
			by = "client"
		}
		s.finish(Ended{By: by, How: "close", Code: code, Reason: reason})
		_, _ = s.frame(capture.OpClose, s.control)
		_ = s.link.SetReadDeadline(time.Now().Add(closePatience))
	}
}

// finish keeps how the connection was over first.
func (s *Socket) finish(e Ended) {
	s.over.Do(func() {
		s.ended = e
		close(s.done)
	})
}
