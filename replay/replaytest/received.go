package replaytest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
)

// Message is what a client said: a message on a WebSocket, or a request.
type Message struct {
	Connection int // 1, 2, 3 … in the order in which sockets were opened and requests made
	Method     string
	URL        string
	Header     []capture.Field // of the request
	Opcode     capture.Opcode  // 0 for a request
	At         time.Duration   // since the connection was opened
	Data       []byte          // the message, or the body of the request

	exchange *capture.Exchange
}

// String returns the message as text, with the method and the URL of a request
// before its body.
func (m *Message) String() string {
	if m.Opcode != 0 {
		return string(m.Data)
	}
	return strings.TrimSpace(m.Method + " " + m.URL + " " + string(m.Data))
}

// row is the message for filters.
func (m *Message) row() filter.Row {
	if m.Opcode == 0 {
		return filter.Body(capture.Send, m.At, m.Data, uint64(len(m.Data)))
	}
	return filter.Message(&capture.Message{
		Dir: capture.Send, At: m.At, Opcode: m.Opcode, Data: m.Data,
		Len: uint64(len(m.Data)), Wire: uint64(len(m.Data)),
	})
}

// Received returns what the clients said so far and the filter lets pass, in
// the order of their connections, control frames left out. The filter is in the
// language of wiretape show --filter, as in `$.op=="order"` or
// `method:POST path:/orders`; "" lets everything pass.
func (s *Server) Received(expr string) []*Message {
	s.t.Helper()
	f, err := filter.Parse(expr)
	if err != nil {
		s.t.Fatalf("replaytest: %v", err)
	}
	all, err := s.backend.received()
	if err != nil {
		s.t.Fatalf("replaytest: %v", err)
	}
	return slices.DeleteFunc(all, func(m *Message) bool {
		return !f.Exchange(m.exchange) || !f.Row(m.exchange, m.row())
	})
}

// WaitFor waits until the clients have said something more that the filter lets
// pass, and returns it: the first call with a filter returns the first such
// message, the second the second. When ctx is done before, the test ends.
func (s *Server) WaitFor(ctx context.Context, expr string) *Message {
	s.t.Helper()
	s.mu.Lock()
	n := s.waited[expr]
	s.waited[expr]++
	s.mu.Unlock()
	for {
		changed := s.backend.changed()
		if found := s.Received(expr); len(found) > n {
			return found[n]
		}
		select {
		case <-changed:
		case <-ctx.Done():
			s.t.Fatalf("replaytest: %v while waiting for message %d of %q\n%s", context.Cause(ctx), n+1, expr, s.heardSoFar())
			return nil
		}
	}
}

// heardSoFar lists the last messages of the clients.
func (s *Server) heardSoFar() string {
	const shown = 20
	all, err := s.backend.received()
	if err != nil || len(all) == 0 {
		return "the clients have said nothing"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the clients have said %d messages, the last of them:", len(all))
	for _, m := range all[max(0, len(all)-shown):] {
		fmt.Fprintf(&b, "\n  connection %d +%.3fs %.200s", m.Connection, m.At.Seconds(), m)
	}
	return b.String()
}

func (m *mock) received() (all []*Message, err error) {
	for ex, err := range m.tape.Exchanges(0, false) {
		if err != nil {
			return nil, err
		}
		said, err := saidOn(transcript.Of(&m.tape, ex, nil))
		if err != nil {
			return nil, err
		}
		all = append(all, said...)
	}
	return all, nil
}

// saidOn returns what the client said on one exchange.
func saidOn(tr *transcript.Transcript) (all []*Message, err error) {
	ex := tr.Exchange()
	message := Message{
		Connection: int(ex.ID), Method: ex.Request.Method, URL: ex.Request.URL, Header: ex.Request.Header, exchange: ex,
	}
	if ex.Kind == capture.KindWebSocket {
		for m, err := range tr.Messages(0) {
			if err != nil {
				return nil, err
			}
			if m.Dir == capture.Send && !m.Opcode.Control() {
				said := message
				said.Opcode, said.At, said.Data = m.Opcode, m.At, m.Data
				all = append(all, &said)
			}
		}
		return all, nil
	}
	if strings.HasPrefix(ex.Request.URL, "ws") {
		return nil, nil // being upgraded, or refused
	}
	body := tr.Body(capture.Send)
	defer body.Close()
	message.Data, err = io.ReadAll(body)
	if err != nil {
		message.Data = nil // what is still being read, or in no coding we know, is not told
	}
	return []*Message{&message}, nil
}

// changed returns a channel that is closed when something new was received.
func (m *mock) changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.more
}

func (m *mock) changedNow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.more)
	m.more = make(chan struct{})
}
