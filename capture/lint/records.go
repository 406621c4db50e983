package lint

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/ndjson"
)

// longRecord is what Ollama's own client reads of one line, in bytes.
const longRecord = 8_000_000

// records looks through a stream of JSON texts.
func (l *linter) records() error {
	format := l.answer()
	typ := capture.Get(l.ex.Response.Header, "Content-Type")
	// Gemini sends one array, which the type fits.
	if _, named, _ := ndjson.Detect(typ, nil); !named && format != merge.Gemini {
		l.add(&ruleRecordType, "", Where{}, "the type is %s, and one JSON text follows the other", quote(typ))
	}
	var seq uint64
	offset := int64(0)
	for e, err := range l.t.Events(1) {
		at := Where{Seq: seq, Offset: offset, Dir: capture.Receive}
		if err != nil {
			l.add(&ruleCoding, "", at, "the body cannot be decoded from here on: %v", err)
			return nil
		}
		seq = e.Seq
		l.record(e, offset)
		offset += int64(len(e.Raw))
	}
	return nil
}

// record looks at one record, whose bytes begin at begin of the decoded body.
func (l *linter) record(e *capture.Event, begin int64) {
	front := int64(strings.Index(string(e.Raw), e.Data))
	at := Where{Seq: e.Seq, Offset: begin + max(0, front), Dir: capture.Receive}
	switch {
	case e.Incomplete:
		l.add(&ruleRecordTail, "", at, "the stream ends inside record %d: %s", e.Seq, quote(e.Data))
	case strings.Contains(e.Violation, "not UTF-8"):
		at.Offset += invalid([]byte(e.Data))
		l.add(&ruleRecord, "utf-8", at, "record %d is not UTF-8", e.Seq)
	case e.Violation != "":
		l.add(&ruleRecord, e.Violation, at, "record %d: %s: %s", e.Seq, e.Violation, quote(e.Data))
	}
	if len(e.Raw) > longRecord {
		l.add(&ruleRecordLong, "", at, "record %d has %d bytes", e.Seq, len(e.Raw))
	}
	if e.Seq == 1 && strings.HasPrefix(string(e.Raw), bom) {
		l.add(&ruleRecord, "bom", at, "the stream begins with a byte order mark, which RFC 8259 8.1 forbids")
	}
}
