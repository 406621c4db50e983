package filter

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// rowFields are the fields about a row inside an exchange.
func rowFields() []field {
	const (
		number   = "a number or a range of them"
		size     = "a size"
		duration = "a duration with its unit"
	)
	return []field{
		{
			name: "seq", row: true, about: "its number in the exchange", example: "seq:100..200",
			compile: rowInteger(func(r *Row) int64 { return int64(r.seq) }, readNumber, number),
		},
		{
			name: "dir", row: true, about: "the way it went, client to server or back", example: "dir:send", values: []string{"send", "receive"},
			compile: rowChoice(map[string]int64{"send": 0, "sent": 0, "receive": 1, "received": 1}, func(r *Row) (int64, bool) { return int64(r.dir), true }),
		},
		{
			name: "opcode", row: true, about: "the opcode of a frame or message", example: "opcode:ping",
			values: []string{"text", "binary", "close", "ping", "pong", "continuation", "control", "data"}, compile: opcode,
		},
		{
			name: "type", row: true, about: "the type of an event that dispatched", example: "type:message_start",
			compile: rowText(func(r *Row) (string, bool) { return r.eventType, r.eventType != "" }),
		},
		{
			name: "lastid", row: true, about: "the last event ID after the event", example: "lastid:42",
			compile: rowText(func(r *Row) (string, bool) { return r.id, r.kind == rowEvent }),
		},
		{
			name: "size", row: true, about: "its length, decoded", example: "size>10k",
			compile: rowInteger(func(r *Row) int64 { return clamp(r.size) }, readSize, size),
		},
		{
			name: "wire", row: true, about: "its length on the wire", example: "wire<1KiB",
			compile: rowInteger(func(r *Row) int64 { return clamp(r.wire) }, readSize, size),
		},
		{
			name: "time", row: true, about: "when its first byte came, since the exchange began", example: "time>2s",
			compile: rowInteger(func(r *Row) int64 { return int64(r.at) }, readDuration, duration),
		},
		{
			name: "took", row: true, about: "the time from its first byte to its last", example: "took>100ms",
			compile: rowInteger(func(r *Row) int64 { return int64(r.took) }, readDuration, duration),
		},
		{name: "text", row: true, about: "text in its payload", example: `text:"out of range"`, single: true, compile: textField},
		{
			name: "fragments", row: true, about: "how many frames a message has", example: "fragments>1",
			compile: rowInteger(func(r *Row) int64 { return int64(r.fragments) }, readNumber, number),
		},
		{
			name: "compressed", row: true, about: "compressed by permessage-deflate", example: "compressed",
			flag: rowFlag(func(r *Row) bool { return r.compressed }),
		},
		{
			name: "incomplete", row: true, about: "the connection ended inside it", example: "incomplete",
			flag: rowFlag(func(r *Row) bool { return r.incomplete }),
		},
		{
			name: "violation", row: true, about: "the rule it breaks; alone: it breaks one", example: "violation", single: true,
			flag:    rowFlag(func(r *Row) bool { return r.violation != "" }),
			compile: rowText(func(r *Row) (string, bool) { return r.violation, r.violation != "" }),
		},
		{
			name: "origin", row: true, about: "inject for what the user put in", example: "origin:inject",
			compile: rowText(func(r *Row) (string, bool) { return r.origin, true }),
		},
	}
}

// clamp keeps absurd lengths, which frames may announce, in range.
func clamp(n uint64) int64 { return int64(min(n, 1<<62)) }

// Two groups of opcodes have numbers beyond those on the wire.
const (
	controlOpcodes = 16 + iota
	dataOpcodes
)

// opcode compares with an opcode's name or number, or with the group it is in.
func opcode(v *value) (*term, error) {
	names := map[string]int64{"control": controlOpcodes, "data": dataOpcodes, "cont": 0}
	for op := capture.Opcode(0); op < 16; op++ {
		names[op.String()] = int64(op)
		names[strconv.Itoa(int(op))] = int64(op)
	}
	test, err := v.set(names)
	if err != nil {
		return nil, err
	}
	negated := v.op == differs
	return &term{row: func(s *scan) bool {
		if !s.row.socket() {
			return false
		}
		group := int64(dataOpcodes)
		if s.row.opcode.Control() {
			group = controlOpcodes
		}
		if negated {
			return test(int64(s.row.opcode)) && test(group)
		}
		return test(int64(s.row.opcode)) || test(group)
	}}, nil
}

// textField looks into payloads, so what it compares with need not be all of one.
func textField(v *value) (*term, error) {
	switch v.op {
	case matches:
		return regexpTerm(v.re), nil
	case matchesNot:
		re := v.re
		return &term{row: func(s *scan) bool { return !s.row.matches(re) }}, nil
	case is, equals:
		return textTerm(v.op, v.text), nil
	case differs:
		inner := textTerm(equals, v.text)
		return &term{row: func(s *scan) bool { return !inner.row(s) }}, nil
	}
	return nil, v.operatorFail(": = != ~ !~")
}

// textTerm looks for a text in payloads; with the operator is in any case.
func textTerm(o op, text string) *term {
	if o != is {
		return &term{row: func(s *scan) bool { return s.row.contains(text) }}
	}
	lower := strings.ToLower(text)
	for _, c := range []byte(lower) {
		if c >= 0x80 { // beyond ASCII case is not a matter of bytes
			return regexpTerm(regexp.MustCompile("(?i)" + regexp.QuoteMeta(strings.ToValidUTF8(text, "\ufffd"))))
		}
	}
	return &term{row: func(s *scan) bool { return s.row.containsFold(lower) }}
}

func regexpTerm(re *regexp.Regexp) *term {
	return &term{row: func(s *scan) bool { return s.row.matches(re) }}
}
