package replay

import (
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// hearing turns the client's bytes into messages.
type hearing struct {
	splitter  wsframe.Splitter
	assembler *wsframe.Assembler
	frame     *capture.Frame
	dir       capture.Direction
}

// take takes what one read brought. Of a frame that is longer than a message may
// be the end is dropped.
func (h *hearing) take(p []byte) (messages []*capture.Message) {
	for len(p) > 0 {
		piece, n, ok := h.splitter.Next(p)
		p = p[n:]
		if !ok {
			continue
		}
		if piece.First {
			h.frame = &capture.Frame{FrameHead: piece.Head, Dir: h.dir}
		}
		if len(h.frame.Payload)+len(piece.Data) <= maxLive {
			h.frame.Payload = append(h.frame.Payload, piece.Data...)
		}
		if piece.Last {
			if m := h.assembler.Frame(h.frame); m != nil {
				messages = append(messages, m)
			}
		}
	}
	return messages
}

// read is the reading goroutine: it hands over the client's messages until the
// connection is closed.
func (k *socket) read(buffered []byte, out chan<- heard, done <-chan struct{}) {
	h := &hearing{dir: capture.Send, assembler: wsframe.NewAssembler(capture.Send, k.agreed, &wsframe.Options{MaxMessage: maxLive})}
	give := func(messages []*capture.Message, err error) bool {
		if len(messages) == 0 && err == nil {
			return true
		}
		select {
		case out <- heard{at: time.Now(), messages: messages, err: err}:
			return err == nil
		case <-done:
			return false
		}
	}
	if !give(h.take(buffered), nil) {
		return
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := k.conn.Read(buf)
		if !give(h.take(buf[:n]), err) {
			return
		}
	}
}

// hear takes what the client said, and reports false when the connection is
// over.
func (k *socket) hear(h heard) bool {
	for _, m := range h.messages {
		switch {
		case m.Opcode == capture.OpPing:
			if !k.muted && !k.stalled {
				k.send(capture.OpPong, m.Data)
			}
		case m.Opcode == capture.OpPong:
		case m.Opcode == capture.OpClose:
			if !k.closing {
				k.sendClose(m.Data)
			}
			return false
		case k.closing:
		case isData(m.Opcode):
			k.message(m, h.at)
		}
	}
	return h.err == nil
}

// message takes a data message of the client.
func (k *socket) message(m *capture.Message, at time.Time) {
	for i := range k.beats {
		if b := &k.beats[i]; b.due.IsZero() {
			b.start(at, k.speed)
		}
	}
	told := k.talks[0].hear(m.Data, m.Opcode, at)
	if told.divergence != nil && k.origin && k.level == LevelMatch {
		for n := 1; n < len(k.talks) || k.another(); n++ {
			if other := k.talks[n].hear(m.Data, m.Opcode, at); other.divergence == nil {
				told = other
				break
			}
		}
	}
	for _, reply := range told.replies {
		if !k.muted && !k.stalled {
			k.send(m.Opcode, reply)
		}
	}
	if told.divergence != nil {
		k.miss(m, told.divergence)
	}
	k.arm()
}

// another opens a conversation with the plan of another endpoint, for clients
// that are pointed at one URL for all. It reports false if there is none left.
func (k *socket) another() bool {
	for _, p := range k.server.endpoints {
		taken := false
		for _, c := range k.talks {
			taken = taken || c.plan == p
		}
		if taken {
			continue
		}
		c := newConversation(k.server, p, p.recordings[0], false)
		c.queue = nil // what that server sent unasked was not for this connection
		c.root.index = -1
		c.origin = k.talks[0].origin
		k.talks = append(k.talks, c)
		return true
	}
	return false
}

// miss tells the client that nothing answers its message: with the protocol's
// own word for an error if the recording has one, else by closing.
func (k *socket) miss(m *capture.Message, d *Divergence) {
	item := Item{Seq: d.Seq, At: d.At}
	if m.Opcode == capture.OpText {
		item.Text = string(m.Data)
	} else {
		item.Base64 = m.Data
	}
	k.server.diverged(d, item)
	if reply := k.talks[0].errorReply(m.Data, m.Opcode); reply != nil {
		k.send(m.Opcode, reply)
		return
	}
	k.sendClose(closePayload(1008, "wiretape: no recorded message answers client message #"+itoa(d.Seq)))
	k.endDue = time.Now().Add(closeTimeout)
}
