package store

import "github.com/wiretape/wiretape/capture"

// The tags of a session's record. They never change their meaning.
const (
	tagSessionID uint64 = iota + 1
	tagSessionLabel
	tagSessionStarted
	tagSessionEnded
	tagSessionCreator
	tagSessionNote
	tagSessionTag
	tagSessionFirst
	tagSessionExchanges
	tagSessionPayload
	tagSessionStored
)

// session is a session's record: what the recorder told, and what the tape
// counts.
type session struct {
	capture.Session
	first     uint64 // no exchange of this session has a lower number
	exchanges uint64
	payload   uint64 // bytes of pieces
	stored    uint64 // bytes of blocks
}

func appendSession(b []byte, s *session) []byte {
	b = putUint(b, tagSessionID, uint64(s.ID))
	b = putString(b, tagSessionLabel, s.Label)
	b = putTime(b, tagSessionStarted, s.Started)
	b = putTime(b, tagSessionEnded, s.Ended)
	b = putString(b, tagSessionCreator, s.Creator)
	b = putString(b, tagSessionNote, s.Note)
	b = putStrings(b, tagSessionTag, s.Tags)
	b = putUint(b, tagSessionFirst, s.first)
	b = putUint(b, tagSessionExchanges, s.exchanges)
	b = putUint(b, tagSessionPayload, s.payload)
	return putUint(b, tagSessionStored, s.stored)
}

func parseSession(record string, s *session) error {
	f := fields{s: record}
	for f.next() {
		switch f.tag {
		case tagSessionID:
			s.ID = capture.SessionID(f.u)
		case tagSessionLabel:
			s.Label = f.b
		case tagSessionStarted:
			s.Started = f.time()
		case tagSessionEnded:
			s.Ended = f.time()
		case tagSessionCreator:
			s.Creator = f.b
		case tagSessionNote:
			s.Note = f.b
		case tagSessionTag:
			s.Tags = append(s.Tags, f.b)
		case tagSessionFirst:
			s.first = f.u
		case tagSessionExchanges:
			s.exchanges = f.u
		case tagSessionPayload:
			s.payload = f.u
		case tagSessionStored:
			s.stored = f.u
		}
	}
	return f.err
}

// readSession opens the value of a session.
func readSession(k, v []byte) (*session, error) {
	body, err := openValue(k, v, kindSession)
	if err != nil {
		return nil, err
	}
	s := new(session)
	return s, parseSession(string(body), s)
}
