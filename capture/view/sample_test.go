package view_test

import (
	"encoding/base64"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// The samples hold what breaks tables: wide characters, emoji, escape
// sequences, tokens, bytes, long words.

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func jwt() string {
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		enc.EncodeToString([]byte(`{"iss":"https://id.example.com","sub":"user-1","iat":1795250000,"exp":1795253600,"roles":["a","b"]}`)) + "." +
		enc.EncodeToString([]byte("not a signature"))
}

func began() time.Time { return time.Date(2026, 11, 21, 10, 30, 0, 500_000_123, time.UTC) }

func socketExchange() *capture.Exchange {
	return &capture.Exchange{
		ID: 12, Session: 3, Kind: capture.KindWebSocket, Started: began(), At: time.Second, Duration: milliseconds(92_345),
		Request: capture.Request{
			Method: "GET", URL: "wss://api.example.com:8443/ws/v5/private?token=" + jwt() + "&symbol=BTC%2DUSDT&esc=%1b%5B31m", Proto: "HTTP/1.1",
			Header: []capture.Field{
				{Name: "Host", Value: "api.example.com:8443"},
				{Name: "Upgrade", Value: "websocket"},
				{Name: "Authorization", Value: "Bearer " + jwt()},
				{Name: "Cookie", Value: "sid=abc; theme=dark\x1b]0;x\x07"},
				{Name: "sec-websocket-key", Value: "dGhlIHNhbXBsZSBub25jZQ=="},
				{Name: "Sec-WebSocket-Protocol", Value: "v2.chat, v1.chat"},
				{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate; client_max_window_bits"},
			},
		},
		Response: &capture.Response{
			At: milliseconds(32), Status: 101, Reason: "Switching Protocols", Proto: "HTTP/1.1",
			Header: []capture.Field{
				{Name: "Upgrade", Value: "websocket"},
				{Name: "Sec-WebSocket-Accept", Value: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
				{Name: "Sec-WebSocket-Protocol", Value: "v2.chat"},
				{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate"},
			},
		},
		Client: "127.0.0.1:50000", Server: "10.0.0.7:8443",
		Timing:   capture.Timing{Blocked: -1, DNS: milliseconds(1), Connect: milliseconds(12), TLS: 0, Send: 0, Wait: milliseconds(19)},
		Sent:     capture.Counts{Messages: 12, Control: 1, Frames: 13, Bytes: 1204},
		Received: capture.Counts{Messages: 40_500, Control: 2, Frames: 40_502, Bytes: 8_120_000},
		End:      &capture.End{At: milliseconds(92_345), How: capture.HowClose, By: capture.Server, Code: 1008, Reason: "token expired"},
		Lost:     capture.Loss{Gaps: 2, Bytes: 70_000},
		Note:     "waits for a fix: 修正待ち 🎉", Tags: []string{"flaky", "auth"},
	}
}

func exchanges() []*capture.Exchange {
	return []*capture.Exchange{
		{
			ID: 1, Session: 3, Kind: capture.KindHTTP, Started: began(), Duration: milliseconds(120),
			Request: capture.Request{Method: "POST", URL: "https://api.example.com/v1/chat/completions?api-version=2026-01-01", Proto: "HTTP/1.1"},
			Response: &capture.Response{
				At: milliseconds(100), Status: 503, Reason: "Service Unavailable", Proto: "HTTP/2.0",
				Header: []capture.Field{{Name: "Content-Type", Value: "application/json"}}, Trailer: []capture.Field{{Name: "Checksum", Value: "x"}},
				Early: []capture.Early{{At: milliseconds(10), Status: 103, Header: []capture.Field{{Name: "Link", Value: "</a.css>; rel=preload"}}}},
			},
			Sent: capture.Counts{Bytes: 999}, Received: capture.Counts{Bytes: 1000}, End: &capture.End{At: milliseconds(120), How: capture.HowClose, By: capture.Server},
		},
		{
			ID: 2, Session: 3, Kind: capture.KindSSE, Started: began(), Duration: milliseconds(3661_000),
			Request:  capture.Request{Method: "POST", URL: "https://例え.jp/ストリーム/とても長い道/とても長い道/events?q=🎉", Proto: "HTTP/1.1"},
			Response: &capture.Response{Status: 200, Proto: "HTTP/1.1"},
			Received: capture.Counts{Messages: 1234, Bytes: 98_765}, Sent: capture.Counts{Bytes: 12},
			Open: true,
		},
		{
			ID: 3, Session: 3, Kind: capture.KindTunnel, Started: began(), Duration: 2 * time.Millisecond,
			Request: capture.Request{Method: "CONNECT", URL: "pinned.example.com:443", Proto: "HTTP/1.1"}, Response: &capture.Response{Status: 200, Proto: "HTTP/1.1"},
			Sent: capture.Counts{Bytes: 512}, Received: capture.Counts{Bytes: 2100},
			End: &capture.End{How: capture.HowError, By: capture.Client, Err: "client refused our certificate"},
		},
		{
			ID: 4, Session: 3, Kind: capture.KindNDJSON, Started: began(), Duration: 45 * time.Microsecond,
			Request: capture.Request{Method: "DELETE\x1b[31m", URL: "http://localhost:11434/api/gen\x1b]0;pwned\x07erate", Proto: "HTTP/1.1"},
			End:     &capture.End{How: capture.HowReset, By: capture.Server, NoNotify: true},
		},
		{
			ID: 5, Session: 3, Kind: capture.KindHTTP, Started: began(), Cut: true, Open: true,
			Request: capture.Request{Method: "GET", URL: "http://h/", Proto: "HTTP/1.1"}, Fault: "disk full",
		},
		socketExchange(),
		{
			ID: 1234567, Session: 4, Kind: capture.KindWebSocket, Started: began(), Duration: 50 * time.Hour,
			Request:  capture.Request{Method: "GET", URL: "ws://10.0.0.1/", Proto: "HTTP/1.1"},
			Response: &capture.Response{Status: 101, Proto: "HTTP/1.1"},
			Sent:     capture.Counts{Messages: 9_999_999, Bytes: 123_456_789_012},
			End:      &capture.End{How: capture.HowFIN, By: capture.Client},
		},
	}
}

func messages() []*capture.Message {
	text := func(seq uint64, dir capture.Direction, at time.Duration, data string) *capture.Message {
		return &capture.Message{Seq: seq, Dir: dir, At: at, Opcode: capture.OpText, FirstFrame: seq, Fragments: 1, Wire: uint64(len(data)), Data: []byte(data), Len: uint64(len(data))}
	}
	list := []*capture.Message{
		text(1, capture.Send, milliseconds(40), `{"id":"1","op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":"1795281978","sign":"c2lnbg=="}]}`),
		text(2, capture.Receive, milliseconds(61)+345*time.Microsecond, "{\n  \"event\": \"login\",\n  \"code\": \"0\"\n}"),
		text(3, capture.Receive, milliseconds(62), `{"名前":"山田太郎","メッセージ":"こんにちは世界、これは長いメッセージです。表の幅を超えます。","emoji":"👩‍👩‍👧 ❤️ 🇩🇪 👍🏽"}`),
		text(4, capture.Receive, milliseconds(3900), "\x1b[2J\x1b[31mred\x07 \u009b31m \u202egnp.exe"),
		text(5, capture.Send, milliseconds(3901), jwt()),
		{Seq: 6, Dir: capture.Receive, At: milliseconds(3902), Opcode: capture.OpBinary, FirstFrame: 6, Fragments: 3, Compressed: true, Wire: 1204, Len: 5400, Data: []byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id\xff\xfe\x80")},
		{Seq: 7, Dir: capture.Receive, At: milliseconds(3903), Opcode: capture.OpPing, FirstFrame: 9, Fragments: 1, Wire: 4, Len: 4, Data: []byte("beat")},
		{Seq: 8, Dir: capture.Send, At: milliseconds(3904), Opcode: capture.OpPong, FirstFrame: 10, Fragments: 1, Violation: "RFC 6455 5.1: a client frame without a mask"},
		{Seq: 9, Dir: capture.Send, At: milliseconds(3905), Opcode: capture.OpText, FirstFrame: 11, Fragments: 1, Wire: 5, Len: 5, Data: []byte("ab\xffcd"), Origin: "inject", Lost: 70_000},
		text(10, capture.Receive, milliseconds(65_000), "{\"type\":6}\x1e"),
		{Seq: 11, Dir: capture.Receive, At: milliseconds(92_345), Opcode: capture.OpClose, FirstFrame: 13, Fragments: 1, Wire: 15, Len: 15, Data: []byte("\x03\xf0token expired")},
		{Seq: 12, Dir: capture.Send, At: milliseconds(3692_345), Opcode: capture.OpClose, FirstFrame: 14, Fragments: 1},
		{Seq: 13, Dir: capture.Send, At: milliseconds(3692_346), Opcode: 3, FirstFrame: 15, Fragments: 1, Wire: 1, Len: 9, Data: []byte("x"), Incomplete: true},
	}
	list[0].Took = milliseconds(2)
	return list
}

func events() []*capture.Event {
	retry := 3 * time.Second
	return []*capture.Event{
		{Seq: 1, Dir: capture.Receive, At: milliseconds(300), Comments: []string{" keep-alive", ""}, Type: "message"},
		{Seq: 2, Dir: capture.Receive, At: milliseconds(301), Retry: &retry, Type: "message"},
		{Seq: 3, Dir: capture.Receive, At: milliseconds(410), Took: milliseconds(1), Dispatched: true, Type: "message_start", ID: "42", Data: `{"type":"message_start","message":{"id":"msg_1"}}`, Raw: make([]byte, 80)},
		{Seq: 4, Dir: capture.Receive, At: milliseconds(420), Dispatched: true, Type: "response.function_call_arguments.delta", ID: "42", Data: `{"delta":"Größe 日本"}`},
		{Seq: 5, Dir: capture.Receive, At: milliseconds(421), Dispatched: true, Type: "ev\x1bil", ID: "4\u202e3", Data: "two\nlines"},
		{Seq: 6, Dir: capture.Receive, At: milliseconds(422), Type: "message", ID: "4\u202e3", Data: "the tai", Incomplete: true, Violation: "WHATWG 9.2.6: the block has no end"},
	}
}

func frames() []*capture.Frame {
	return []*capture.Frame{
		{FrameHead: capture.FrameHead{Fin: true, RSV: 4, Opcode: capture.OpText, Masked: true, MaskKey: [4]byte{1, 2, 3, 0xff}, Length: 5, Size: 6}, Seq: 1, At: milliseconds(40), Payload: []byte("\xaaV\xca\x49\x04")},
		{FrameHead: capture.FrameHead{Opcode: capture.OpText, Length: 5, Size: 4}, Seq: 2, Dir: capture.Receive, At: milliseconds(41), Payload: []byte("hello")},
		{FrameHead: capture.FrameHead{Fin: true, Opcode: capture.OpContinuation, Length: 1 << 62, Size: 10}, Seq: 3, Dir: capture.Receive, At: milliseconds(42), Payload: []byte(" wor"), Incomplete: true, Violation: "RFC 6455 5.2: a length that no frame has"},
		{FrameHead: capture.FrameHead{Fin: true, Opcode: capture.OpClose, Length: 5, Size: 2}, Seq: 4, Dir: capture.Receive, At: milliseconds(43), Payload: []byte("\x03\xe8bye"), Lost: 12},
	}
}
