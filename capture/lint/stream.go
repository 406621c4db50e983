package lint

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
)

const (
	longEvent = 64 << 10 // what some clients read of one event, in bytes
	bom       = "\uFEFF"
)

// stream looks through an event stream.
func (l *linter) stream() error {
	l.head()
	s := &stream{linter: l, format: l.answer()}
	for e, err := range l.t.Events(1) {
		if err != nil {
			l.add(&ruleCoding, "", Where{Seq: s.events, Offset: s.offset}, "the body cannot be decoded from here on: %v", err)
			break
		}
		s.event(e)
	}
	s.end()
	return nil
}

// head looks at what comes before the stream.
func (l *linter) head() {
	if status := l.ex.Response.Status; status != 200 {
		l.add(&ruleStatus, "", Where{}, "the status is %d, not 200", status)
	}
	if charset := l.media().Charset; charset != "" && charset != "utf-8" && charset != "utf8" {
		l.add(&ruleCharset, "", Where{}, "the type names the charset %s", quote(charset))
	}
}

// stream is one walk over an event stream.
type stream struct {
	*linter
	format string
	offset int64 // of the current block, in the decoded body
	events uint64
	shown  int           // events that dispatched
	first  time.Duration // when the first one came
	same   bool          // all came at that time
	blank  blank         // of the block before
}

// event looks at one block.
func (s *stream) event(e *capture.Event) {
	s.blankLine(len(e.Raw) > 0 && e.Raw[0] == '\n')
	begin := s.offset
	s.offset += int64(len(e.Raw))
	s.events = e.Seq
	if e.Dispatched {
		s.shown++
		if s.shown == 1 {
			s.first, s.same = e.At, true
		}
		s.same = s.same && e.At == s.first && e.Took == 0
	}
	b := &block{stream: s, e: e, begin: begin}
	b.lines()
	at := Where{Seq: e.Seq, Offset: b.start(), Dir: capture.Receive}
	switch {
	case e.Incomplete:
		s.add(&ruleTail, "", at, "the stream ends inside event %d: no blank line follows it", e.Seq)
	case !e.Dispatched && b.fields > 0 && (b.event || !b.known):
		s.add(&ruleNoData, "", at, "event %d has no data: nothing is dispatched", e.Seq)
	}
	if len(e.Raw) > longEvent {
		s.add(&ruleLong, "", at, "event %d has %d bytes", e.Seq, len(e.Raw))
	}
	s.violation(e, at)
	if e.Dispatched && s.format != "" {
		b.model(at)
	}
}

// blank is the blank line that ended a block.
type blank struct {
	at          Where
	before, end string // the end of the line before it, and its own
}

// blankLine compares the ends of the two lines that end a block. A CR that was
// the last byte of a read may be half of a CRLF: then its LF begins the next
// block.
func (s *stream) blankLine(lf bool) {
	b := s.blank
	s.blank = blank{}
	if b.end == "\r" && lf {
		b.end = "\r\n"
	}
	if b.before != "" && b.before != b.end {
		s.add(&ruleLineEnds, "", b.at, "the last line of event %d ends with %q, the blank line after it with %q", b.at.Seq, b.before, b.end)
	}
}

// violation reports what the decoder found.
func (s *stream) violation(e *capture.Event, at Where) {
	switch {
	case strings.Contains(e.Violation, "not UTF-8"):
		at.Offset += invalid(e.Raw[at.Offset-(s.offset-int64(len(e.Raw))):])
		s.add(&ruleUTF8, "", at, "event %d is not UTF-8", e.Seq)
	case strings.Contains(e.Violation, "retry"):
		s.add(&ruleRetry, "", at, "event %d sets a reconnection time that is not digits alone", e.Seq)
	case strings.Contains(e.Violation, "U+0000"):
		s.add(&ruleID, "", at, "event %d has an id with U+0000 in it", e.Seq)
	case e.Violation != "":
		s.add(&ruleLong, "limit", at, "event %d: %s", e.Seq, e.Violation)
	}
}

// invalid returns where in p the first byte stands that is not UTF-8.
func invalid(p []byte) int64 {
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && n == 1 {
			return int64(i)
		}
		i += n
	}
	return 0
}

// end looks at the stream as a whole.
func (s *stream) end() {
	s.blankLine(s.blank.end == "\r" && s.blank.before == "\r\n")
	const few = 4 // that many can come at once by chance
	if s.shown > few && s.same && !s.ex.Open {
		s.add(&ruleBuffered, "", Where{}, "all %d events came in one piece, %v after the head", s.shown,
			(s.first - s.ex.Response.At).Round(time.Microsecond))
	}
}

// block is one event with its lines.
type block struct {
	*stream
	e      *capture.Event
	begin  int64 // of Raw, in the decoded body
	skip   int   // blank lines and a byte order mark at the front of Raw
	fields int   // lines that are not comments
	data   int   // lines of data
	known  bool  // one of the fields is one
	event  bool  // there is an event field
	first  string
}

// start returns where the block's first line stands.
func (b *block) start() int64 { return b.begin + int64(b.skip) }

// lines looks at the block line by line.
func (b *block) lines() {
	raw := string(b.e.Raw)
	if b.e.Seq == 1 {
		raw = strings.TrimPrefix(raw, bom)
		b.skip = len(b.e.Raw) - len(raw)
	}
	lastEnd, front := "", true
	for len(raw) > 0 {
		offset := b.begin + int64(len(b.e.Raw)-len(raw))
		line, end := cutLine(raw)
		raw = raw[len(line)+len(end):]
		if front && line == "" {
			b.skip += len(end)
			continue
		}
		front = false
		at := Where{Seq: b.e.Seq, Offset: offset, Dir: capture.Receive}
		if line != "" {
			b.line(line, at)
		} else {
			b.blank = blank{at, lastEnd, end}
		}
		if end == "\r" && len(raw) > 0 {
			b.add(&ruleCR, "", at, "a line ends with CR alone")
		}
		lastEnd = end
	}
}

// cutLine returns the first line and its end.
func cutLine(s string) (line, end string) {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0:
		return s, ""
	case strings.HasPrefix(s[i:], "\r\n"):
		return s[:i], "\r\n"
	}
	return s[:i], s[i : i+1]
}

// line looks at one line that is not blank.
func (b *block) line(line string, at Where) {
	if b.first == "" {
		b.first = line
	}
	if line[0] == ':' {
		return
	}
	b.fields++
	name, _, colon := strings.Cut(line, ":")
	switch name {
	case "data":
		b.data++
		b.known = true
	case "event":
		b.event = true
		b.known = true
	case "id", "retry":
		b.known = true
	default:
		b.strange(line, name, colon, at)
	}
}

// strange looks at a line whose field no client knows.
func (b *block) strange(line, name string, colon bool, at Where) {
	trimmed := strings.ToLower(strings.Trim(name, " \t\x00"+bom))
	switch {
	case strings.HasPrefix(line, bom):
		b.add(&ruleBOM, "", at, "a byte order mark stands in the middle of the stream")
	case trimmed == "data" || trimmed == "event" || trimmed == "id" || trimmed == "retry":
		b.add(&ruleFieldName, trimmed, at, "the field is called %s, not %q", quote(name), trimmed)
	case line[0] == '{' || line[0] == '[' || !colon || strings.Contains(name, " "):
		b.add(&ruleNoField, "", at, "a line without data: in front: %s", quote(line))
	default:
		b.add(&ruleFieldName, "", at, "there is no field called %s", quote(name))
	}
}

// model looks at an event as the clients of language models do.
func (b *block) model(at Where) {
	data := b.e.Data
	switch b.format {
	case merge.Anthropic:
		if !b.event {
			b.add(&ruleEventName, "", at, "event %d has no event: line", b.e.Seq)
		}
	case merge.Gemini:
		if !strings.HasPrefix(b.first, "data:") {
			b.add(&ruleDataFirst, "", at, "event %d begins with %s, not with data:", b.e.Seq, quote(b.first))
		}
	}
	if strings.TrimSpace(data) == "[DONE]" || data == "" || json.Valid([]byte(data)) {
		if b.data > 1 && data != "" {
			b.add(&ruleSplitJSON, "lines", at, "the JSON of event %d is spread over %d lines of data", b.e.Seq, b.data)
		}
		return
	}
	if b.data > 1 {
		b.add(&ruleSplitJSON, "", at, "the JSON of event %d is cut by the end of a line", b.e.Seq)
		return
	}
	b.add(&ruleJSON, "", at, "the data of event %d is not JSON: %s", b.e.Seq, quote(data))
}
