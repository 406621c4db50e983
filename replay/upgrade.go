package replay

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// plainSwitch is the head of a 101 response that was not recorded.
var plainSwitch = &capture.Response{Status: http.StatusSwitchingProtocols}

// upgrade lets a WebSocket take over a session of Engine.IO: it is probed, and
// carries the session on from the client's upgrade packet.
func (e *engine) upgrade(w http.ResponseWriter, r *http.Request) {
	conn, buffered, err := hijack(w)
	if err != nil {
		http.Error(w, "replay: "+err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	if _, err := conn.Write(switching(plainSwitch, r, "")); err != nil {
		return
	}
	u := &upgraded{engine: e, conn: conn}
	u.run(buffered)
}

// upgraded is the WebSocket of a session of Engine.IO.
type upgraded struct {
	engine *engine
	conn   net.Conn
	taken  bool // it carries the session
	sender sync.WaitGroup
}

// run passes the client's messages on until either side ends.
func (u *upgraded) run(buffered []byte) {
	h := &hearing{dir: capture.Send, assembler: wsframe.NewAssembler(capture.Send, wsframe.Deflate{}, &wsframe.Options{MaxMessage: maxLive})}
	buf := make([]byte, 32<<10)
	pending := buffered
	for {
		for _, m := range h.take(pending) {
			if !u.hear(m) {
				u.end()
				return
			}
		}
		n, err := u.conn.Read(buf)
		if pending = buf[:n]; err != nil {
			u.end()
			return
		}
	}
}

// end ends the session with its connection, if that carried it.
func (u *upgraded) end() {
	e := u.engine
	if !u.taken {
		e.change(func() { e.probed = false })
		return
	}
	e.conn.Close()
	u.conn.Close()
	u.sender.Wait()
}

// hear takes a message of the client, and reports false after the last.
func (u *upgraded) hear(m *capture.Message) bool {
	e := u.engine
	switch {
	case m.Opcode == capture.OpPing:
		return u.write(capture.OpPong, m.Data)
	case m.Opcode == capture.OpPong:
		return true
	case m.Opcode == capture.OpClose && !u.taken:
		return false
	case m.Opcode == capture.OpText && string(m.Data) == "2probe":
		e.change(func() { e.probed = true })
		return u.write(capture.OpText, []byte("3probe"))
	case m.Opcode == capture.OpText && string(m.Data) == "5" && !u.taken:
		u.taken = true
		e.idle.Stop()
		u.sender.Go(u.speak)
		return true
	}
	return u.taken && e.send(m.Opcode, m.Data) == nil
}

// speak sends what waits for the client until the session is over.
func (u *upgraded) speak() {
	e := u.engine
	defer u.conn.Close()
	for {
		e.await(context.Background(), func() bool { return len(e.waiting) > 0 || e.over })
		for _, m := range e.next(engineWaiting) {
			if !u.write(m.Opcode, m.Data) {
				return
			}
		}
		e.mu.Lock()
		over, payload := e.over && len(e.waiting) == 0, e.close
		e.mu.Unlock()
		if over {
			if payload != nil {
				u.write(capture.OpClose, payload)
			}
			return
		}
	}
}

func (u *upgraded) write(op capture.Opcode, data []byte) bool {
	_, err := u.conn.Write(wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: op}, data))
	return err == nil
}
