package replay

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// beat tells whether a message only keeps the connection alive.
type beat uint8

const (
	noBeat beat = iota
	ask         // wants an answer: ping
	answer      // is one: pong
	sign        // wants none: a lone line feed, a record of type 6
)

var (
	askWords    = map[string]bool{"ping": true, "heartbeat": true, "hb": true, "keepalive": true, "keep_alive": true, "keep-alive": true, "ka": true, "client_ping": true}
	answerWords = map[string]bool{"pong": true, "heartbeat_ack": true, "heartbeatack": true, "server_pong": true}
)

// beatOf recognises heartbeats by their look. engine says that the connection
// is one of Engine.IO, where digits are packets.
func beatOf(d *payload.Doc, engine bool) beat {
	if len(d.Data) > 256 {
		return noBeat
	}
	switch d.Format {
	case payload.Text:
		return textBeat(string(d.Data), engine)
	case payload.Binary, payload.Packet:
		switch string(d.Data) {
		case "\xc0\x00": // MQTT 3.1.1 §3.12 PINGREQ
			return ask
		case "\xd0\x00":
			return answer
		}
		return noBeat
	case payload.JSON, payload.Lines, payload.Prefixed, payload.CBOR, payload.MessagePack:
		return memberBeat(d)
	}
	return noBeat
}

func textBeat(s string, engine bool) beat {
	trimmed := strings.ToLower(strings.TrimSpace(s))
	switch {
	case trimmed == "":
		return sign
	case askWords[trimmed]:
		return ask
	case answerWords[trimmed]:
		return answer
	case engine && s == "2":
		return ask
	case engine && s == "3":
		return answer
	}
	return noBeat
}

// memberBeat looks for a discriminator that says so, in a message that says
// little else.
func memberBeat(d *payload.Doc) beat {
	if len(d.Leaves) == 1 && d.Leaves[0].Path.Depth == 0 {
		if d.Leaves[0].Value == "{" {
			return sign // Centrifugo pings with an empty object
		}
		return noBeat
	}
	if len(d.Leaves) > 8 {
		return noBeat
	}
	found := noBeat
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Path.Depth != 1 {
			continue
		}
		if l.Kind == payload.Number {
			if l.Path.Name == "type" && l.Value == "6" && len(d.Leaves) == 1 {
				return sign // SignalR: a ping record
			}
			continue
		}
		if l.Kind != payload.String {
			continue
		}
		v := strings.ToLower(l.Value)
		named := l.Path.Name == "[3]" || beatNames[strings.ToLower(l.Path.Name)]
		switch {
		case named && answerWords[v]:
			return answer
		case named && askWords[v]:
			found = ask
		}
	}
	return found
}

var beatNames = map[string]bool{
	"op": true, "event": true, "type": true, "method": true, "action": true, "cmd": true, "command": true,
	"kind": true, "msg": true, "message": true, "t": true, "e": true, "request": true, "ret_msg": true,
}

// conventional returns the answer to a heartbeat that no recording shows, as
// the protocol that it seems to be has it, and nil where none is due.
func conventional(d *payload.Doc) []byte {
	switch d.Format {
	case payload.Binary, payload.Packet:
		return []byte("\xd0\x00")
	case payload.Text:
		return conventionalText(string(d.Data))
	}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if l.Kind != payload.String || !askWords[strings.ToLower(l.Value)] {
			continue
		}
		if l.Path.Name == "[3]" { // Phoenix: [null, ref, "phoenix", "heartbeat", {}]
			return phoenixReply(d)
		}
		word := "pong"
		if l.Value == strings.ToUpper(l.Value) {
			word = "PONG"
		}
		v := payload.Leaf{Kind: payload.String, Value: word}
		text := l.AppendValue(nil, &v, payload.AppendString(nil, word, 0), false)
		return d.Apply([]payload.Edit{{Start: l.Start, End: l.End, Text: text}})
	}
	return nil
}

func conventionalText(s string) []byte {
	switch {
	case s == "2":
		return []byte("3")
	case strings.Contains(s, "PING"):
		return []byte(strings.Replace(s, "PING", "PONG", 1))
	case strings.Contains(s, "ping"):
		return []byte(strings.Replace(s, "ping", "pong", 1))
	}
	return nil
}

func phoenixReply(d *payload.Doc) []byte {
	var joinRef, ref, topic string
	for i := range d.Leaves {
		l := &d.Leaves[i]
		raw := string(d.Data[l.Start:l.End])
		switch l.Path.Text {
		case "$[0]":
			joinRef = raw
		case "$[1]":
			ref = raw
		case "$[2]":
			topic = raw
		}
	}
	return []byte("[" + joinRef + "," + ref + "," + topic + `,"phx_reply",{"response":{},"status":"ok"}]`)
}

// isData reports whether an opcode is one of a data message.
func isData(op capture.Opcode) bool { return op == capture.OpText || op == capture.OpBinary }
