package merge

import "encoding/base64"

// speech is spoken output as it grows.
type speech struct {
	id, mime   string
	transcript part
	bytes      []byte
	quad       [4]byte // characters of a base64 group that is not whole
	n          int
}

// speech returns the answer's spoken output, new or not.
func (c *choice) speech() *speech {
	if c.audio == nil {
		c.audio = &speech{}
		c.audio.transcript.kind, c.audio.transcript.choice = Transcript, c
	}
	return c.audio
}

// add decodes a fragment of base64. Fragments may each end with padding, or
// anywhere within a group: joining them as text would be neither.
func (s *speech) add(d *draft, v value) {
	if !v.is('"') || !d.take(len(v)*3/4) {
		return
	}
	for _, c := range []byte(v.text()) {
		switch c {
		case '=':
			s.flush(d)
			continue
		case '\r', '\n', ' ':
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		s.quad[s.n] = c
		if s.n++; s.n == len(s.quad) {
			s.flush(d)
		}
	}
}

// said takes the whole transcript, unless its fragments came.
func (s *speech) said(d *draft, v value) {
	if len(s.transcript.buf) == 0 {
		s.transcript.add(d, v.string())
	}
}

// flush decodes the group that is at hand.
func (s *speech) flush(d *draft) {
	if s.n == 0 {
		return
	}
	var err error
	s.bytes, err = base64.RawStdEncoding.AppendDecode(s.bytes, s.quad[:s.n])
	if err != nil {
		d.note("audio is not base64")
		d.failed = true
	}
	s.n = 0
}

// result returns what came so far, or nil where nothing did.
func (s *speech) result() *Audio {
	if s == nil {
		return nil
	}
	a := &Audio{ID: s.id, Transcript: s.transcript.string(), MIME: s.mime}
	a.Bytes = s.bytes[:len(s.bytes):len(s.bytes)]
	if s.n > 0 { // padding that was left out
		a.Bytes, _ = base64.RawStdEncoding.AppendDecode(a.Bytes, s.quad[:s.n])
	}
	return a
}
