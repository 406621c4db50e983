package protocol_test

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTalks has a talk in the manner of the real clients for each protocol, and
// what the units of it are called.
func TestTalks(t *testing.T) {
	for _, c := range talks {
		t.Run(c.name, func(t *testing.T) {
			s, units := split(t, exchange(c.url, c.sub), c.said.messages(t), nil)
			name := ""
			if p := s.Protocol(); p != nil {
				name = p.Name
			}
			if name != c.protocol {
				t.Errorf("protocol %q, want %q", name, c.protocol)
			}
			if got, want := lines(units), trim(c.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestAMessageThatWasCutOffSaysSo(t *testing.T) {
	messages := talk(`
		> {"jsonrpc":"2.0","id":1,"method":"m"
	`).messages(t)
	messages[0].Incomplete = true
	_, units := split(t, exchange("ws://h/", "jsonrpc"), messages, nil)
	if got, want := lines(units), "> request 1 m # cut off: the connection ended inside it\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
	messages = talk(">x c000 30").messages(t)
	messages[0].Incomplete = true
	_, units = split(t, exchange("ws://h/", "mqtt"), messages, nil)
	if got, want := lines(units), "> heartbeat - PINGREQ\n> other - cut off # cut off: the connection ended inside it\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestBodiesAreWhatThereIsToRead(t *testing.T) {
	for _, c := range []struct{ sub, said, body string }{
		{"mqtt", ">x 3007 0001 61 68656c6c", "hell"},
		{"v12.stomp", `> SEND\ndestination:/q\n\nhello\0\n`, "hello"},
		{"v12.stomp", `> \n`, ""},
		{"mcp", ` > {"jsonrpc":"2.0","id":1,"result":0} `, `{"jsonrpc":"2.0","id":1,"result":0}`},
		{"wamp.2.json.batched", `> [48,1,{},"a"]\e`, `[48,1,{},"a"]`},
		{"centrifuge-json", `> {"id":1,"rpc":{}}\n`, `{"id":1,"rpc":{}}`},
		{"actioncable-v1-json", `< {"identifier":"{}","message":{"a":1}}`, `{"a":1}`},
		{"centrifuge-protobuf", ">x 0108", "\x08"},
		{"chat", "> plain text", "plain text"},
	} {
		_, units := split(t, exchange("ws://h/", c.sub), talk(c.said).messages(t), nil)
		if got := string(units[0].Body); got != c.body {
			t.Errorf("%s, %s: %q, want %q", c.sub, c.said, got, c.body)
		}
	}
	_, units := split(t, exchange("ws://h/?EIO=4", ""), talk(`< 42/chat,7["join",{"a":1}]`).messages(t), nil)
	if got := string(units[0].Body); got != `["join",{"a":1}]` {
		t.Errorf("socket.io: %q", got)
	}
}

func TestLabelsAreShortAndUTF8(t *testing.T) {
	long := strings.Repeat("grün", 500)
	for _, said := range []talk{
		talk(`> {"type":"` + long + `","channel":"` + long + `"}`),
		talk(`> {"id":"` + long + `","jsonrpc":"2.0","method":"` + long + `"}`),
		talk(`> {"type":"` + "\xff\xfe" + `"}`),
		talk(`> ["` + long + `"]`),
	} {
		_, units := split(t, exchange("ws://h/", ""), said.messages(t), nil)
		if u := units[0]; len(u.Label) > 300 || len(u.ID) > 300 || !utf8.ValidString(u.Label) {
			t.Errorf("label %q, id %q", u.Label, u.ID)
		}
	}
}
