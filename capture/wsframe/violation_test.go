package wsframe_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// TestViolations runs bytes of one direction through a Splitter and an
// Assembler and looks at the rules that the last frame and the last message
// break.
func TestViolations(t *testing.T) {
	const none = ""
	deflate := wsframe.Deflate{Enabled: true}
	unknown := wsframe.Deflate{Others: true}
	for _, test := range []struct {
		name   string
		dir    capture.Direction
		agreed wsframe.Deflate
		wire   string
		want   string
	}{
		{"text", capture.Receive, wsframe.Deflate{}, "\x81\x01a", none},
		{"masked text of a client", capture.Send, wsframe.Deflate{}, "\x81\x81\x00\x00\x00\x00a", none},
		{"reserved data opcode", capture.Receive, wsframe.Deflate{}, "\x83\x01a", "RFC 6455 5.2: reserved opcode 3"},
		{"reserved control opcode", capture.Receive, wsframe.Deflate{}, "\x8f\x01a", "RFC 6455 5.2: reserved opcode 15"},
		{"RSV1", capture.Receive, wsframe.Deflate{}, "\xc1\x01a", "RFC 6455 5.2: RSV1 set without an extension"},
		{"RSV2", capture.Receive, wsframe.Deflate{}, "\xa1\x01a", "RFC 6455 5.2: RSV2 set without an extension"},
		{"RSV3", capture.Receive, wsframe.Deflate{}, "\x91\x01a", "RFC 6455 5.2: RSV3 set without an extension"},
		{"RSV1 of deflate", capture.Receive, deflate, "\xc1\x01\x00", none},
		{"RSV1 and RSV2 with deflate", capture.Receive, deflate, "\xe1\x01\x00", "RFC 6455 5.2: RSV2 set without an extension"},
		{"all RSV with an extension that is not known", capture.Receive, unknown, "\xf1\x01a", none},
		{"RSV1 on a continuation", capture.Receive, deflate, "\x41\x00\xc0\x01\x00", "RFC 7692 6: RSV1 on a continuation or control frame"},
		{"RSV1 on a ping", capture.Receive, deflate, "\xc9\x00", "RFC 7692 6: RSV1 on a continuation or control frame"},
		{"RSV1 on a ping without deflate", capture.Receive, wsframe.Deflate{}, "\xc9\x00", "RFC 6455 5.2: RSV1 set without an extension"},
		{"ping of 125 bytes", capture.Receive, wsframe.Deflate{}, "\x89\x7d" + strings.Repeat("a", 125), none},
		{"ping of 126 bytes", capture.Receive, wsframe.Deflate{}, "\x89\x7e\x00\x7e" + strings.Repeat("a", 126), "RFC 6455 5.5: control frame longer than 125 bytes"},
		{"fragmented ping", capture.Receive, wsframe.Deflate{}, "\x09\x01a", "RFC 6455 5.5: fragmented control frame"},
		{"client frame not masked", capture.Send, wsframe.Deflate{}, "\x81\x01a", "RFC 6455 5.1: client frame not masked"},
		{"server frame masked", capture.Receive, wsframe.Deflate{}, "\x81\x81\x00\x00\x00\x00a", "RFC 6455 5.1: server frame masked"},
		{"continuation without a message", capture.Receive, wsframe.Deflate{}, "\x80\x01a", "RFC 6455 5.4: continuation without a message"},
		{"continuation after a message", capture.Receive, wsframe.Deflate{}, "\x81\x01a\x80\x01a", "RFC 6455 5.4: continuation without a message"},
		{"message inside a fragmented one", capture.Receive, wsframe.Deflate{}, "\x01\x01a\x81\x01a", "RFC 6455 5.4: new message inside a fragmented one"},
		{"16-bit length of 125", capture.Receive, wsframe.Deflate{}, "\x82\x7e\x00\x7d" + strings.Repeat("a", 125), "RFC 6455 5.2: length not coded minimally"},
		{"64-bit length of 65535", capture.Receive, wsframe.Deflate{}, "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff" + strings.Repeat("a", 65535), "RFC 6455 5.2: length not coded minimally"},
		{"64-bit length of 65536", capture.Receive, wsframe.Deflate{}, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("a", 65536), none},
		{"16-bit length of 1, masked", capture.Send, wsframe.Deflate{}, "\x82\xfe\x00\x01\x00\x00\x00\x00a", "RFC 6455 5.2: length not coded minimally"},
		{"64-bit length with its top bit set", capture.Receive, wsframe.Deflate{}, "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x01a", "RFC 6455 5.2: 64-bit length with its top bit set"},
		{"the longest length", capture.Receive, wsframe.Deflate{}, "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffa", "RFC 6455 10.4: message longer than the limit"},
		{"unfinished frame with a reserved opcode", capture.Receive, wsframe.Deflate{}, "\x83\x7f\x7f\xff\xff\xff\xff\xff\xff\xffa", "RFC 6455 5.2: reserved opcode 3"},
		{"text", capture.Receive, wsframe.Deflate{}, "\x81\x02\xc3\xa4", none},
		{"text is not UTF-8", capture.Receive, wsframe.Deflate{}, "\x81\x01\xff", "RFC 6455 8.1: text is not UTF-8"},
		{"text ends inside a rune", capture.Receive, wsframe.Deflate{}, "\x01\x01a\x80\x01\xc3", "RFC 6455 8.1: text is not UTF-8"},
		{"surrogate in text", capture.Receive, wsframe.Deflate{}, "\x81\x03\xed\xa0\x80", "RFC 6455 8.1: text is not UTF-8"},
		{"inflated text is not UTF-8", capture.Receive, deflate, "\xc1\x07\x00\x01\x00\xfe\xff\xff\x00", "RFC 6455 8.1: text is not UTF-8"},
		{"close", capture.Receive, wsframe.Deflate{}, "\x88\x00", none},
		{"close with a reason", capture.Receive, wsframe.Deflate{}, "\x88\x05\x03\xe8bye", none},
		{"close payload of one byte", capture.Receive, wsframe.Deflate{}, "\x88\x01\x03", "RFC 6455 5.5.1: close payload of one byte"},
		{"close code 999", capture.Receive, wsframe.Deflate{}, "\x88\x02\x03\xe7", "RFC 6455 7.4: close code 999 is not defined"},
		{"close code 1004", capture.Receive, wsframe.Deflate{}, "\x88\x02\x03\xec", "RFC 6455 7.4: close code 1004 must not be sent"},
		{"close code 1005", capture.Receive, wsframe.Deflate{}, "\x88\x02\x03\xed", "RFC 6455 7.4: close code 1005 must not be sent"},
		{"close code 1006", capture.Receive, wsframe.Deflate{}, "\x88\x02\x03\xee", "RFC 6455 7.4: close code 1006 must not be sent"},
		{"close code 1015", capture.Receive, wsframe.Deflate{}, "\x88\x02\x03\xf7", "RFC 6455 7.4: close code 1015 must not be sent"},
		{"close code 1014", capture.Receive, wsframe.Deflate{}, "\x88\x02\x03\xf6", none},
		{"close code 2999", capture.Receive, wsframe.Deflate{}, "\x88\x02\x0b\xb7", "RFC 6455 7.4: close code 2999 is not defined"},
		{"close code 3000", capture.Receive, wsframe.Deflate{}, "\x88\x02\x0b\xb8", none},
		{"close code 4999", capture.Receive, wsframe.Deflate{}, "\x88\x02\x13\x87", none},
		{"close code 5000", capture.Receive, wsframe.Deflate{}, "\x88\x02\x13\x88", "RFC 6455 7.4: close code 5000 is not defined"},
		{"close reason is not UTF-8", capture.Receive, wsframe.Deflate{}, "\x88\x03\x03\xe8\xff", "RFC 6455 5.5.1: close reason is not UTF-8"},
		{"data after close", capture.Receive, wsframe.Deflate{}, "\x88\x00\x81\x01a", "RFC 6455 5.5.1: data after close"},
		{"ping after close", capture.Receive, wsframe.Deflate{}, "\x88\x00\x89\x01a", none},
		{"deflate stream broken", capture.Receive, deflate, "\xc2\x02\x07\x07", "RFC 7692 7.2.2: deflate stream broken: corrupt input before offset 1"},
		{"compressed message without a byte", capture.Receive, deflate, "\xc2\x00", "RFC 7692 7.2.2: deflate stream broken: no bytes at all"},
		{"deflate block without an end", capture.Receive, deflate, "\xc2\x03\x00\xff\x00", "RFC 7692 7.2.2: deflate stream broken: corrupt input before offset 5"},
		{"deflate block longer than the message", capture.Receive, deflate, "\xc2\x05\x00\x10\x00\xef\xff", "RFC 7692 7.2.2: deflate stream broken: it ends inside a block"},
		{"deflate with its last block", capture.Receive, deflate, "\xc2\x0b\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", "RFC 7692 7.2.1: the empty block at the end is still there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := wsframe.NewAssembler(test.dir, test.agreed, nil)
			frames := decode(t, test.dir, []byte(test.wire))
			var m *capture.Message
			for _, f := range frames {
				m = a.Frame(f)
			}
			if got := frames[len(frames)-1].Violation; got != test.want {
				t.Errorf("the frame breaks %q, want %q", got, test.want)
			}
			if m == nil || m.Violation != test.want {
				t.Errorf("the message is %+v, want it to break %q", m, test.want)
			}
		})
	}
}

// decode reads the frames of one direction, the last one cut off if it must.
func decode(t *testing.T, dir capture.Direction, wire []byte) []*capture.Frame {
	t.Helper()
	var s wsframe.Splitter
	var out []*capture.Frame
	for _, f := range split(t, &s, wire) {
		out = append(out, &capture.Frame{
			FrameHead:  f.Head,
			Seq:        uint64(len(out) + 1),
			Dir:        dir,
			Payload:    f.Payload,
			Incomplete: uint64(len(f.Payload)) < f.Head.Length,
		})
	}
	return out
}

func TestViolationsStayWithTheirFrames(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, nil)
	frames := []*capture.Frame{
		received(false, 2, 1, "a"), received(true, 0, 9, ""), received(true, 0, 0, "\xff"), received(true, 0, 1, "b"),
	}
	var got []string
	for _, f := range frames {
		if m := a.Frame(f); m != nil {
			got = append(got, m.Violation)
		}
	}
	// A message names the first rule that is broken, in it or in its frames.
	want := []string{"", "RFC 6455 5.2: RSV2 set without an extension", ""}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("messages break %q", got)
	}
	if f := frames[2].Violation; f != "RFC 6455 8.1: text is not UTF-8" {
		t.Errorf("the last fragment breaks %q", f)
	}
	if f := frames[1].Violation + frames[3].Violation; f != "" {
		t.Errorf("frames without fault break %q", f)
	}
}
