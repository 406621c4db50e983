package replaytest

import (
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// pushTimeout is how long a client may not read what is pushed.
const pushTimeout = 10 * time.Second

// Push sends a text message to every open WebSocket, as if the server had it to
// say now, and returns how many there were; that there was none fails the test.
// While recording the test is skipped from here on.
func (s *Server) Push(message string) int {
	s.t.Helper()
	return s.push(capture.OpText, []byte(message))
}

// PushBinary is Push for a binary message.
func (s *Server) PushBinary(message []byte) int {
	s.t.Helper()
	return s.push(capture.OpBinary, message)
}

func (s *Server) push(op capture.Opcode, message []byte) int {
	s.t.Helper()
	m := s.mock("Push")
	frame := wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: op}, message)
	m.mu.Lock()
	var open []*socket
	for k := range m.sockets {
		open = append(open, k)
	}
	m.mu.Unlock()
	n := 0
	for _, k := range open {
		if k.put(frame) {
			n++
		}
	}
	if n == 0 {
		s.t.Errorf("replaytest: there is no open WebSocket to push to")
	}
	return n
}

// put sends a frame between two of the server's.
func (s *socket) put(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.between() || s.SetWriteDeadline(time.Now().Add(pushTimeout)) != nil {
		return false
	}
	n, err := s.Conn.Write(frame)
	s.said(frame[:n])
	return err == nil
}
