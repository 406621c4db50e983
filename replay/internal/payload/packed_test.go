package payload_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

func unhex(t testing.TB, s string) []byte {
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestUnpackGivesThePathsOfJSON(t *testing.T) {
	tests := []struct {
		name, in string
		format   payload.Format
		want     string
	}{
		{"map", "82 a2 6964 07 a4 61726773 92 cb 3ff8000000000000 c0", payload.MessagePack, `$.id=7 $.args[0]=1.5 $.args[1]=null`},
		{"tuple", "93 30 cd 0102 80", payload.MessagePack, `$[0]=48 $[1]=258 $[2]={`},
		{"long forms", "de 0001 d9 01 61 dc 0002 d1 ff00 c4 02 beef", payload.MessagePack, `$.a[0]=-256 $.a[1]=beef`},
		{"extension", "81 a1 61 d6 ff 65000000", payload.MessagePack, `$.a=ext(-1,65000000)`},
		{"number as a key", "81 05 c3", payload.MessagePack, `$.5=true`},
		{"map", "a2 62 6964 07 64 61726773 82 f9 3e00 f6", payload.CBOR, `$.id=7 $.args[0]=1.5 $.args[1]=null`},
		{"tuple", "83 18 30 19 0102 a0", payload.CBOR, `$[0]=48 $[1]=258 $[2]={`},
		{"lengths not stated", "bf 61 61 9f 20 ff 61 62 7f 61 78 61 79 ff ff", payload.CBOR, `$.a[0]=-1 $.b=xy`},
		{"tag and bytes", "a1 61 61 d8 25 42 beef", payload.CBOR, `$.a=beef`},
	}
	for _, tt := range tests {
		t.Run(tt.format.String()+" "+tt.name, func(t *testing.T) {
			d := new(payload.Parser).Unpack(unhex(t, tt.in), tt.format)
			if d == nil || leaves(d) != tt.want {
				t.Fatalf("got %+v, want %s", d, tt.want)
			}
		})
	}
}

func TestUnpackRefusesWhatIsNoWholeValue(t *testing.T) {
	for _, in := range []string{"", "07", "c0", "81", "81 a1 61", "81 c0 01", "91 01 02", "dd ffffffff 01", "81 a2 ff fe 01", "c1"} {
		if d := new(payload.Parser).Unpack(unhex(t, in), payload.MessagePack); d != nil {
			t.Errorf("messagepack %s: got %s", in, leaves(d))
		}
	}
	for _, in := range []string{"", "07", "a1", "9f 01", "bf 61 61 ff", "82 01 02 03", "9b ffffffffffffffff", "5f 61 61 ff", "1c"} {
		if d := new(payload.Parser).Unpack(unhex(t, in), payload.CBOR); d != nil {
			t.Errorf("cbor %s: got %s", in, leaves(d))
		}
	}
}

func TestPackedValuesAreEchoedWithTheirType(t *testing.T) {
	tests := []struct {
		name, client, server string
		format               payload.Format
		keep                 bool
		want                 string
	}{
		{"number for number", "81 a2 6964 cd 1234", "82 a2 6964 07 a1 61 01", payload.MessagePack, false, "82 a2 6964 cd 1234 a1 61 01"},
		{"wide number as it was", "81 a2 6964 ce 00000005", "81 a2 6964 07", payload.MessagePack, false, "81 a2 6964 ce 00000005"},
		{"text for text", "81 a2 6964 a3 616263", "81 a2 6964 a1 78", payload.MessagePack, false, "81 a2 6964 a3 616263"},
		{"the type that stands there", "81 a2 6964 07", "81 a2 6964 a1 78", payload.MessagePack, true, "81 a2 6964 a1 37"},
		{"bytes for bytes", "81 a2 6964 c4 02 beef", "81 a2 6964 c4 01 aa", payload.MessagePack, false, "81 a2 6964 c4 02 beef"},
		{"text for bytes", "81 a2 6964 a4 62656566", "81 a2 6964 c4 01 aa", payload.MessagePack, false, "81 a2 6964 c4 02 beef"},
		{"behind a tag", "a1 62 6964 19 1234", "a1 62 6964 c1 07", payload.CBOR, false, "a1 62 6964 c1 19 1234"},
		{"a text of no stated length", "a1 62 6964 7f 61 61 61 62 ff", "a1 62 6964 61 78", payload.CBOR, false, "a1 62 6964 7f 61 61 61 62 ff"},
		{"a number as a text", "a1 62 6964 19 0100", "a1 62 6964 61 78", payload.CBOR, true, "a1 62 6964 63 323536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p payload.Parser
			client, server := p.Unpack(unhex(t, tt.client), tt.format), p.Unpack(unhex(t, tt.server), tt.format)
			v, l := client.Leaves[0], server.Leaves[0]
			text := l.AppendValue(nil, &v, client.Data[v.Start:v.End], tt.keep)
			got := server.Apply([]payload.Edit{{Start: l.Start, End: l.End, Text: text}})
			if want := unhex(t, tt.want); !bytes.Equal(got, want) {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
}

func TestValuesOfTextGoIntoPackedPlaces(t *testing.T) {
	var p payload.Parser
	client := p.Parse([]byte(`{"id":-5,"n":1.5,"b":null,"big":70000,"neg":-1000,"long":"`+strings.Repeat("x", 300)+`"}`), false)
	for _, format := range []payload.Format{payload.MessagePack, payload.CBOR} {
		server := p.Unpack(unhex(t, "81 a1 61 07"), payload.MessagePack)
		if format == payload.CBOR {
			server = p.Unpack(unhex(t, "a1 61 61 07"), payload.CBOR)
		}
		for _, v := range client.Leaves {
			l := server.Leaves[0]
			text := l.AppendValue(nil, &v, client.Data[v.Start:v.End], false)
			got := p.Unpack(server.Apply([]payload.Edit{{Start: l.Start, End: l.End, Text: text}}), format)
			if got == nil || got.Leaves[0].Value != v.Value || got.Leaves[0].Kind != v.Kind {
				t.Errorf("%v: %s=%.20s: %+v", format, v.Path.Text, v.Value, got)
			}
		}
	}
}

// hub is the coding of SignalR with MessagePack.
var hub = payload.Coding{Format: payload.MessagePack, Framing: payload.Varint}

func TestHubMessagesHaveTheNamesOfJSON(t *testing.T) {
	p := payload.Parser{Coding: hub}
	data := unhex(t, "0b 96 01 80 a1 37 a3 476574 90 90 02 91 06")
	records, rest, ok := p.Coding.Split(data)
	if !ok || len(records) != 2 || rest != nil {
		t.Fatalf("%d records, rest %x, %v", len(records), rest, ok)
	}
	d := p.Record(records[0], capture.Send)
	if got, want := leaves(d), `$.type=1 $.headers={ $.invocationId=7 $.target=Get $.arguments=[ $.streamIds=[`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	id := d.Leaves[2]
	got := d.Apply([]payload.Edit{{Start: id.Start, End: id.End, Text: unhex(t, "a2 3130")}})
	if want := unhex(t, "0c 96 01 80 a2 3130 a3 476574 90 90"); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if d := p.Record([]byte(`{"protocol":"messagepack","version":1}`+"\x1e"), capture.Send); d.Format != payload.Lines && d.Format != payload.JSON {
		t.Errorf("the handshake is %v", d.Format)
	}
}

// control is the coding of MQTT.
var control = payload.Coding{Format: payload.Packet, Framing: payload.MQTT}

func TestControlPackets(t *testing.T) {
	tests := []struct {
		name, in string
		from     capture.Direction
		want     string
	}{
		{"connect", "10 0f 0004 4d515454 04 02 003c 0003 616263", capture.Send, `$.type=connect $.protocol=MQTT $.version=4 $.flags=2 $.keepAlive=60 $.clientIdentifier=abc`},
		{"subscribe", "82 08 c12a 0003 612f62 01", capture.Send, `$.type=subscribe $.packetId=49450 $.topics[0].topic=a/b $.topics[0].qos=1`},
		{"suback", "90 03 c12a 01", capture.Receive, `$.type=suback $.packetId=49450 $.rest=` + "\x01"},
		{"publish with json", "32 0d 0001 74 0007 7b226964223a317d", capture.Send, `$.type=publish $.qos=1 $.topic=t $.packetId=7 $.payload.id=1`},
		{"publish of the server", "32 06 0001 74 0007 78", capture.Receive, `$.type=publish $.qos=1 $.topic=t $.serverPacketId=7 $.payload=x`},
		{"puback of the client", "40 02 0007", capture.Send, `$.type=puback $.deliveryId=7`},
		{"puback of the server", "40 02 0007", capture.Receive, `$.type=puback $.packetId=7`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := payload.Parser{Coding: control}
			d := p.Record(unhex(t, tt.in), tt.from)
			if d.Format != payload.Packet || leaves(d) != tt.want {
				t.Errorf("%v: got %s, want %s", d.Format, leaves(d), tt.want)
			}
		})
	}
}

func TestEditedPacketsSayHowLongTheyAre(t *testing.T) {
	p := payload.Parser{Coding: control}
	d := p.Record(unhex(t, "30 05 0001 74 7878"), capture.Receive)
	body := d.Leaves[len(d.Leaves)-1]
	got := d.Apply([]payload.Edit{{Start: body.Start, End: body.End, Text: bytes.Repeat([]byte("y"), 200)}})
	want := append(unhex(t, "30 cb01 0001 74"), bytes.Repeat([]byte("y"), 200)...)
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestPacketsMayBeCutAnywhere(t *testing.T) {
	data := unhex(t, "10 0f 0004 4d515454 04 02 003c 0003 616263 c0 00 82 08 c12a 0003 612f62 01")
	whole, _, _ := control.Split(data)
	for i := range data {
		first, rest, ok := control.Split(data[:i])
		if !ok {
			t.Fatalf("cut at %d: not MQTT", i)
		}
		second, rest, ok := control.Split(append(bytes.Clone(rest), data[i:]...))
		if !ok || len(rest) > 0 {
			t.Fatalf("cut at %d: rest %x, %v", i, rest, ok)
		}
		if got := append(first, second...); !bytes.Equal(bytes.Join(got, []byte("|")), bytes.Join(whole, []byte("|"))) {
			t.Errorf("cut at %d: %x", i, got)
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{
		"0b 96 01 80 a1 37 a3 476574 90 90 02 91 06", "10 0f 0004 4d515454 05 02 003c 00 0003 616263", "bf 61 61 9f 20 ff ff",
		"00000003 83 01 02 03", "82 a2 6964 07 a4 61726773 92 cb 3ff8000000000000 c0",
	} {
		for i := range codings {
			f.Add(unhex(f, s), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		p := payload.Parser{Coding: codings[int(n)%len(codings)]}
		records, _, _ := p.Coding.Split(data)
		for _, record := range records {
			for _, from := range []capture.Direction{capture.Send, capture.Receive} {
				d := p.Record(record, from)
				for _, l := range d.Leaves {
					if l.Start < 0 || l.Start > l.End || l.End > len(record) {
						t.Fatalf("%s stands at %d to %d of %d", l.Path.Text, l.Start, l.End, len(record))
					}
				}
				if len(d.Leaves) > 2*len(record)+8 {
					t.Fatalf("%d leaves of %d bytes", len(d.Leaves), len(record))
				}
			}
		}
	})
}

var codings = []payload.Coding{
	hub, control, {Format: payload.CBOR}, {Format: payload.MessagePack}, {Format: payload.CBOR, Framing: payload.Length32},
}
