package redact

import (
	"bytes"

	"github.com/wiretape/wiretape/capture/content"
)

// sink takes what a stream lets go: out stands for the next n bytes of input.
// Input that stays comes with out as long as it is; a secret, and what is cut
// out with it, comes as one run. out is valid during the call.
type sink func(n int, out []byte)

// stream cuts a decoded body into texts, redacts each, and passes them on in
// order. It holds back what is not decided.
type stream struct {
	series *series
	cut    func(s *stream, last bool) int // the length of the next text in held, or 0
	held   []byte
	from   int // where cut goes on looking
	form   form
	parts  bool // a text longer than the window is being passed on in parts
	inside bool // the part at hand, or its end, lies in a JSON string longer than the window
	ending bool // and that string ends with it
}

// form is how the texts of a stream are looked at.
type form uint8

const (
	formText form = iota
	formJSON
	formQuery
	formParts
	formEvents
	formMessage
)

// defaultWindow is how much of a text is held back until all of it is there, in
// bytes. What is longer is looked at in parts, and the last 1/128 of what is
// there stays back, in case a secret goes on.
const defaultWindow = 8 << 20

func newStream(r *Redactor, mediaType string, t *tally, out sink) *stream {
	s := &stream{form: formText, cut: (*stream).whole}
	essence := content.ParseMediaType(mediaType).Essence
	place := "body"
	switch {
	case essence == "text/event-stream":
		s.form, s.cut, place = formEvents, (*stream).block, "event"
	case essence == "application/x-ndjson" || essence == "application/ndjson" || essence == "application/jsonl" ||
		essence == "application/x-jsonlines" || essence == "application/json-seq" || essence == "application/stream+json":
		s.form, s.cut, place = formMessage, (*stream).line, "record"
	case essence == "application/x-www-form-urlencoded":
		s.form, place = formQuery, "form"
	case essence == "multipart/form-data":
		s.form = formParts
	case jsonType(essence):
		s.form = formJSON
	}
	s.series = &series{r: r, place: place, tally: t, out: out}
	return s
}

func jsonType(essence string) bool {
	return essence == "application/json" || essence == "text/json" || len(essence) > 5 && essence[len(essence)-5:] == "+json"
}

// write takes the next run of the body.
func (s *stream) write(p []byte) {
	s.held = append(s.held, p...)
	s.pump(false)
}

// close lets go of everything.
func (s *stream) close() {
	s.pump(true)
	s.series.flush()
}

func (s *stream) pump(last bool) {
	at := 0
	for {
		held := s.held
		s.held = held[at:]
		n := s.cut(s, last)
		if n == 0 && len(s.held) > s.series.r.window {
			n = s.part()
		}
		text := s.held[:n]
		s.held = held
		if n == 0 {
			break
		}
		s.text(text)
		at += n
		s.from = 0
	}
	if at > 0 {
		s.held = s.held[:copy(s.held, s.held[at:])]
	}
	if last && len(s.held) > 0 {
		s.text(s.held)
		s.held = nil
	}
}

// text hands one text to the series.
func (s *stream) text(p []byte) {
	form := s.form
	first := bytes.TrimLeft(p, "\xef\xbb\xbf \t\r\n")
	switch {
	case s.inside:
		form = formText
		s.inside, s.ending = !s.ending, false
	case s.parts:
	case form == formText && len(first) > 0 && (first[0] == '{' || first[0] == '['):
		form = formJSON
	}
	s.series.push(p, form)
}

// whole takes everything, at the end.
func (s *stream) whole(last bool) int {
	switch {
	case s.inside:
		return s.stringEnd()
	case last:
		return len(s.held)
	}
	return 0
}

// line cuts behind the next line end, or before the next U+001E.
func (s *stream) line(bool) int {
	i := bytes.IndexByte(s.held[s.from:], '\n')
	if i < 0 {
		s.from = len(s.held)
		return 0
	}
	return s.from + i + 1
}

// block cuts behind the next blank line of an event stream, however its lines
// end (WHATWG HTML 9.2.5).
func (s *stream) block(last bool) int {
	p := s.held
	for i := s.from; i < len(p); i++ {
		if p[i] != '\n' && p[i] != '\r' {
			next := bytes.IndexAny(p[i:], "\n\r")
			if next < 0 {
				s.from = len(p)
				return 0
			}
			i += next
		}
		end := i + 1
		if p[i] == '\r' {
			if end == len(p) && !last {
				s.from = i
				return 0
			}
			if end < len(p) && p[end] == '\n' {
				end++
			}
		}
		switch {
		case end == len(p) && !last:
			s.from = i
			return 0
		case end == len(p) || p[end] == '\n':
			return min(end+1, len(p))
		case p[end] == '\r':
			if end+1 == len(p) && !last {
				s.from = i
				return 0
			}
			if end+1 < len(p) && p[end+1] == '\n' {
				end++
			}
			return end + 1
		}
		i = end - 1
	}
	s.from = len(p)
	return 0
}

// part cuts a text that is longer than the window: JSON between two members,
// other text at a line end where there is one.
func (s *stream) part() int {
	overlap := s.series.r.window / 128
	limit := len(s.held) - overlap
	if !s.parts {
		s.parts = true
		if first := bytes.TrimLeft(s.held, "\xef\xbb\xbf \t\r\n"); s.form == formText && (first[0] == '{' || first[0] == '[') {
			s.form = formJSON
		}
	}
	if s.form == formJSON {
		s.series.resume = true
		return s.jsonPart(limit)
	}
	if s.form != formMessage && s.form != formEvents {
		s.form = formText
	}
	if i := bytes.LastIndexByte(s.held[limit-overlap:limit], '\n'); i >= 0 {
		return limit - overlap + i + 1
	}
	return limit
}

// jsonPart returns where the last token before limit ends that is not the name
// of a member. A string that is longer than all of that is passed on as text.
func (s *stream) jsonPart(limit int) int {
	end := 0
	l := lexer{p: s.held[:limit]}
	for {
		switch t := l.next(); {
		case t.kind == kindEnd:
			if end > 0 {
				return end
			}
			s.inside = true
			return limit
		case t.open && t.start == 0 || t.open && end == 0:
			s.inside = true
			return limit
		case t.kind == ',' || t.kind == '{' || t.kind == '[' || t.kind == '}' || t.kind == ']':
			end = t.end
		}
	}
}

// stringEnd returns the end of the JSON string in which held begins, or what can
// be passed on of it.
func (s *stream) stringEnd() int {
	for i := 0; i < len(s.held); i++ {
		switch s.held[i] {
		case '\\':
			i++
		case '"':
			s.ending = true
			return i + 1
		}
	}
	if overlap := s.series.r.window / 128; len(s.held) > 2*overlap {
		return len(s.held) - overlap
	}
	return 0
}
