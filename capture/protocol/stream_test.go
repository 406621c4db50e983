package protocol_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

// The bytes of one direction of protocols that mind no message borders.
var streams = []struct {
	name, protocol, data string
}{
	{"mqtt", "mqtt", unhex("100e00044d51545404 02003c00026331" + "82080001 0003612f2b01" + "32090003612f62c12a6869" + "c000" +
		"3003 000161" + "34 07 0001 71 0007 7a7a" + "62020007" + "30 8101 0003612f62" + strings.Repeat("41", 124) + "e000")},
	{"mqtt 5", "mqtt", unhex("10130004 4d515454 05 02 003c 05 1100000e10 000163 300a 0003612f62 03230001 41 3007 0000 03230001 42" +
		"820d 0001 00 000161 00 0003622f23 00" + "e000")},
	{"mqtt, then something else", "mqtt", unhex("c000 c000 00 ff 10")},
	{"mqtt, cut off", "mqtt", unhex("c000 3005 0003 61")},
	{"mqtt, a length without an end", "mqtt", unhex("c000 30ffffffffff")},
	{"stomp", "stomp", "CONNECT\naccept-version:1.2\nhost:h\n\n\x00SUBSCRIBE\r\nid:sub-0\r\ndestination:/t/a\r\n\r\n\x00" +
		"SEND\ndestination:/q\ncontent-length:7\n\na\x00b\nc\x00d\x00\nMESSAGE\nsubscription:sub-0\nmessage-id:1\n\nbody\x00\r\n\n\n" +
		"SEND\ncontent-length:3\n\nlonger than it says\x00ACK\nid:1\n\n\x00"},
	{"stomp, frames without a body", "stomp", "BEGIN\ntransaction:t\x00DISCONNECT\x00COMMIT\n\n\x00"},
	{"stomp, then something else", "stomp", "BEGIN\n\n\x00\nbegin\n\n\x00"},
	{"stomp, cut off", "stomp", "BEGIN\n\n\x00SEND\ncontent-length:100\n\nabc"},
}

func unhex(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// pieces makes a message of each piece of a stream.
func pieces(data string, cuts ...int) []*capture.Message {
	var all []*capture.Message
	last := 0
	for _, cut := range append(cuts, len(data)) {
		all = append(all, &capture.Message{
			Seq: uint64(len(all) + 1), At: time.Duration(len(all)) * time.Second, Took: 1,
			Opcode: capture.OpBinary, Data: []byte(data[last:cut]), Len: uint64(cut - last),
		})
		last = cut
	}
	return all
}

// gist is what of units does not depend on where messages were cut: of a stream
// that breaks off it ends there; line feeds between STOMP frames may be part of
// the one before, or heart-beats.
func gist(units []*protocol.Unit) []string {
	var all []string
	for _, u := range units {
		if u.Op == "" {
			return append(all, "broken")
		}
		if u.Op == "heart-beat" {
			continue
		}
		data := bytes.TrimRight(u.Data, "\r\n")
		body := bytes.TrimRight(u.Body, "\r\n")
		all = append(all, fmt.Sprintf("%s %s %q %q %t %s", u.Role, u.Label, data, body, u.Error, u.Violation))
	}
	return all
}

func TestStreamsAreCutAlikeHoweverTheyCome(t *testing.T) {
	for _, c := range streams {
		t.Run(c.name, func(t *testing.T) {
			o := &protocol.Options{Protocol: c.protocol}
			_, units := split(t, exchange("ws://h/", ""), pieces(c.data), o)
			want := gist(units)
			if len(want) < 2 {
				t.Fatalf("only %q", want)
			}
			check := func(cuts ...int) {
				t.Helper()
				_, units := split(t, exchange("ws://h/", ""), pieces(c.data, cuts...), o)
				if got := gist(units); !slices.Equal(got, want) {
					t.Fatalf("cut at %d:\n%s\nwant\n%s", cuts, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
			var each []int
			for i := range len(c.data) - 1 {
				each = append(each, i+1)
				check(i + 1)
				for j := i + 1; j < len(c.data); j += 5 {
					check(i+1, j)
				}
			}
			check(each...)
		})
	}
}

func TestDirectionsOfAStreamAreCutEachForItself(t *testing.T) {
	_, units := split(t, exchange("ws://h/", "mqtt"), talk(`
		>x 30
		<x 3005
		>x 0300
		<x 0001
		>x 0161
		<x 626869
	`).messages(t), nil)
	if got, want := lines(units), "> push - PUBLISH a (1 to 5)\n< push - PUBLISH b (2 to 6)\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if string(units[1].Body) != "hi" {
		t.Errorf("body %q", units[1].Body)
	}
}

func TestUnitsThatAreTooLongComeInParts(t *testing.T) {
	for _, c := range []struct {
		name, protocol string
		max            int
		data, want     string
	}{
		{"whose length is known", "mqtt", 20, unhex("30 28 0001 61" + strings.Repeat("42", 37) + "c000"), `
			> push - PUBLISH a (1 to 3) # longer than is held: it comes in parts
			> other - binary # part of a unit that is longer than is held
			> other - binary # part of a unit that is longer than is held
			> heartbeat - PINGREQ`},
		{"whose length is known, in a frame of text", "stomp", 39, "SEND\ndestination:/a\ncontent-length:9\n\n12345\x00789\x00\n", `
			> push - SEND /a (1 to 5) # longer than is held: it comes in parts
			> other - binary # part of a unit that is longer than is held
			> heartbeat - heart-beat`},
		{"whose end is looked for", "stomp", 20, "SEND\ndestination:/abcd\n\nbody that goes on\x00BEGIN\n\n\x00", `
			> push - SEND /abcd (1 to 3) # longer than is held: it comes in parts
			> other - binary # part of a unit that is longer than is held
			> other - binary # part of a unit that is longer than is held
			> control - BEGIN (5 to 6)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &protocol.Options{Protocol: c.protocol, MaxUnit: c.max}
			var cuts []int
			for i := 9; i < len(c.data); i += 9 {
				cuts = append(cuts, i)
			}
			_, units := split(t, exchange("ws://h/", ""), pieces(c.data, cuts...), o)
			if got, want := lines(units), trim(c.want); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestStreamsGoOnBehindAGap(t *testing.T) {
	messages := talk(`
		>x 30
		>x 0300
		>x 0161
		>x 30030001 61
		>x 0161 c000
		>x c000 c000
		<x d000
	`).messages(t)
	messages[2].Lost = 5 // what began before it is not whole
	messages[4].Lost = 1
	_, units := split(t, exchange("ws://h/", "mqtt"), messages, nil)
	want := trim(`
		> other - cut off (1 to 2) # bytes are missing behind it: they were not recorded
		> other - binary # not cut: bytes before it are missing
		> push - PUBLISH a
		> other - binary # not cut: bytes before it are missing
		> heartbeat - PINGREQ
		> heartbeat - PINGREQ
		< heartbeat - PINGRESP
	`)
	if got := lines(units); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	messages = talk(">x 3003\n>x c000\n").messages(t)
	messages[0].Len = 5 // more than was read
	_, units = split(t, exchange("ws://h/", "mqtt"), messages, nil)
	want = trim(`
		> other - cut off # bytes are missing behind it: the message is longer than is read
		> heartbeat - PINGREQ
	`)
	if got := lines(units); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestUnitsOutliveTheMessagesBehindThem(t *testing.T) {
	// What is held is not written over by what comes next.
	data := unhex("3003000161" + "3003000162" + "3003000163" + "3003000164")
	s := protocol.NewSplitter(exchange("ws://h/", "mqtt"), nil)
	var units []*protocol.Unit
	var datas []string
	for _, m := range pieces(data, 2, 7, 9, 14, 16) {
		s.Feed(m, func(u *protocol.Unit) {
			units, datas = append(units, u), append(datas, string(u.Data))
		})
	}
	s.Close(nil)
	if len(units) != 4 {
		t.Fatalf("%d units", len(units))
	}
	for i, u := range units {
		if string(u.Data) != datas[i] {
			t.Errorf("unit %d changed from %x to %x", i, datas[i], u.Data)
		}
	}
}
