package har

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/wiretape/wiretape/capture"
)

// links tells which message each frame of one direction belongs to. Frames come
// in the order in which they began, messages in the order in which they were
// complete, and within one direction that is the same order unless the peer
// breaks the rules. So both are written down as they come, and read side by
// side; a frame whose message does not come next has no link.
type links struct {
	frames, messages spool
	lastFrame        uint64
	lastMessage      uint64

	frameReader, messageReader *bufio.Reader
	next                       link
	hasNext                    bool
	current                    link
	left                       uint64 // frames of the current message still to come
}

// link is one message of the log.
type link struct {
	index      uint64 // in _webSocketMessages
	first      uint64 // the number of its first frame
	fragments  uint64
	length     uint64 // of the payload, inflated
	compressed bool
	whole      bool // the log's text, or base64, is the payload byte for byte
}

func (l *links) free() {
	l.frames.close()
	l.messages.close()
}

// frame writes down the number of the direction's next frame.
func (l *links) frame(seq uint64) error {
	var buf [binary.MaxVarintLen64]byte
	_, err := l.frames.Write(buf[:binary.PutUvarint(buf[:], seq-l.lastFrame)])
	l.lastFrame = seq
	return err
}

// message writes down a message that was written as element index of the log.
func (l *links) message(m *capture.Message, index uint64, whole bool) error {
	var buf [5 * binary.MaxVarintLen64]byte
	b := binary.AppendUvarint(buf[:0], index-l.lastMessage)
	b = binary.AppendUvarint(b, m.FirstFrame)
	b = binary.AppendUvarint(b, uint64(m.Fragments))
	b = binary.AppendUvarint(b, m.Len)
	var flags byte
	if m.Compressed {
		flags |= 1
	}
	if whole {
		flags |= 2
	}
	_, err := l.messages.Write(append(b, flags))
	l.lastMessage = index
	return err
}

// of returns the number and the message of the direction's next frame; last
// tells that it is the message's last. The number is 0 for a frame that never
// became whole and still may.
func (l *links) of(control bool) (seq uint64, m *link, last bool, err error) {
	if l.frameReader == nil {
		l.frameReader = bufio.NewReader(l.frames.reader())
		l.messageReader = bufio.NewReader(l.messages.reader())
		l.lastFrame, l.lastMessage = 0, 0
	}
	step, err := binary.ReadUvarint(l.frameReader)
	if errors.Is(err, io.EOF) {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, err
	}
	l.lastFrame += step
	seq = l.lastFrame
	if control {
		return seq, nil, true, nil
	}
	if l.left == 0 {
		if err := l.find(seq); err != nil {
			return seq, nil, false, err
		}
	}
	if l.left == 0 {
		return seq, nil, false, nil
	}
	l.left--
	return seq, &l.current, l.left == 0, nil
}

// find makes the message that begins with frame seq the current one, if it
// comes next.
func (l *links) find(seq uint64) error {
	for !l.hasNext || l.next.first < seq {
		ok, err := l.read()
		if err != nil || !ok {
			return err
		}
	}
	if l.next.first == seq {
		l.current, l.left, l.hasNext = l.next, l.next.fragments, false
	}
	return nil
}

func (l *links) read() (bool, error) {
	var v [4]uint64
	for i := range v {
		n, err := binary.ReadUvarint(l.messageReader)
		if errors.Is(err, io.EOF) && i == 0 {
			l.hasNext = false
			return false, nil
		}
		if err != nil {
			return false, err
		}
		v[i] = n
	}
	flags, err := l.messageReader.ReadByte()
	if err != nil {
		return false, err
	}
	l.lastMessage += v[0]
	l.next = link{
		index: l.lastMessage, first: v[1], fragments: v[2], length: v[3],
		compressed: flags&1 != 0, whole: flags&2 != 0,
	}
	l.hasNext = true
	return true, nil
}
