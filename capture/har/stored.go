package har

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// unknownTime stands for a time that the archive does not tell.
const unknownTime = math.MinInt64

// message is one element of _webSocketMessages.
type message struct {
	at      int64 // nanoseconds since 1970, or unknownTime
	opcode  int64
	length  int64 // of data, as it stands in the archive
	offset  int64 // of data among all data
	dir     capture.Direction
	failure bool // it tells of an error
	coded   bool // data is base64, as the element says itself
}

const messageRecord = 8*4 + 4

// messageStore keeps the messages of an entry until they are wanted by number.
type messageStore struct {
	index, data spool
	n           int
	failures    int // how many tell of an error
}

func (s *messageStore) add(m *message) error {
	var b [messageRecord]byte
	binary.LittleEndian.PutUint64(b[0:], uint64(m.at))
	binary.LittleEndian.PutUint64(b[8:], uint64(m.opcode))
	binary.LittleEndian.PutUint64(b[16:], uint64(m.length))
	binary.LittleEndian.PutUint64(b[24:], uint64(m.offset))
	b[32] = byte(m.dir)
	if m.failure {
		b[33] = 1
		s.failures++
	}
	if m.coded {
		b[34] = 1
	}
	s.n++
	_, err := s.index.Write(b[:])
	return err
}

// get returns a message without its data.
func (s *messageStore) get(i int) (m message, err error) {
	var b [messageRecord]byte
	if err := s.index.readAt(b[:], int64(i)*messageRecord); err != nil {
		return m, err
	}
	m.at = int64(binary.LittleEndian.Uint64(b[0:]))
	m.opcode = int64(binary.LittleEndian.Uint64(b[8:]))
	m.length = int64(binary.LittleEndian.Uint64(b[16:]))
	m.offset = int64(binary.LittleEndian.Uint64(b[24:]))
	m.dir, m.failure, m.coded = capture.Direction(b[32]), b[33] != 0, b[34] != 0
	return m, nil
}

func (s *messageStore) reset() {
	s.index.reset()
	s.data.reset()
	s.n, s.failures = 0, 0
}

// event is one element of _eventSourceMessages.
type event struct {
	at             int64
	name, id, data string
}

// eventStore keeps the events of an entry, to be read in order.
type eventStore struct {
	spool
	count int
}

func (s *eventStore) add(e *event) error {
	b := binary.AppendVarint(nil, e.at)
	for _, part := range [...]string{e.name, e.id, e.data} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	s.count++
	_, err := s.Write(b)
	return err
}

// eventReader reads stored events.
type eventReader struct{ *bufio.Reader }

func (s *eventStore) events() eventReader { return eventReader{bufio.NewReader(s.reader())} }

func (r eventReader) next() (e event, ok bool, err error) {
	if e.at, err = binary.ReadVarint(r); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return e, false, err
	}
	for _, part := range [...]*string{&e.name, &e.id, &e.data} {
		n, err := binary.ReadUvarint(r)
		if err != nil {
			return e, false, err
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return e, false, err
		}
		*part = string(b)
	}
	return e, true, nil
}

// storedBody is a body as it stands in the archive.
type storedBody struct {
	spool           // the text
	there    bool   // there was a text
	encoding string // "base64", or ""
	file     string // the attached file that holds it
	mimeType string
	size     int64 // as the archive tells; -1: it does not
}

func (b *storedBody) clear() {
	b.reset()
	*b = storedBody{spool: b.spool, size: -1}
}

// lenientBase64 reads base64 in either alphabet, with white space and with or
// without padding, as tools write it.
func lenientBase64(r io.Reader) io.Reader {
	return base64.NewDecoder(base64.RawStdEncoding, &alphabet{r: r})
}

// alphabet translates base64 to the standard alphabet and drops what is not
// part of it.
type alphabet struct{ r io.Reader }

func (a *alphabet) Read(p []byte) (int, error) {
	for {
		n, err := a.r.Read(p)
		kept := 0
		for _, c := range p[:n] {
			switch c {
			case '-':
				c = '+'
			case '_':
				c = '/'
			case '=', '\n', '\r', '\t', ' ':
				continue
			}
			p[kept] = c
			kept++
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
}

// decodeBase64 is lenientBase64 for a short text.
func decodeBase64(s []byte) ([]byte, error) {
	if out, err := base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(s))), s); err == nil {
		return out, nil
	}
	return io.ReadAll(lenientBase64(strings.NewReader(string(s))))
}

// timeOr returns the time of a message or an event since the exchange's start,
// never before the one that came last.
func timeOr(at int64, started time.Time, latest time.Duration) time.Duration {
	if at == unknownTime {
		return latest
	}
	return max(time.Duration(at-started.UnixNano()), latest, 0)
}
