package filter_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

// socket is a WebSocket exchange with something in every field.
func socket() *capture.Exchange {
	return &capture.Exchange{
		ID: 12, Session: 3, Kind: capture.KindWebSocket,
		Started:  time.Date(2026, 11, 21, 10, 30, 0, 500_000_000, time.UTC),
		Duration: 90 * time.Second,
		Request: capture.Request{
			Method: "GET", URL: "wss://api.example.com:8443/v1/ws%2Fx?token=a%20b&symbol=BTC-USDT&empty=", Proto: "HTTP/1.1",
			Header: []capture.Field{{Name: "Authorization", Value: "Bearer xyz"}},
		},
		Response: &capture.Response{
			Status: 101, Proto: "HTTP/1.1", At: 20 * time.Millisecond,
			Header: []capture.Field{
				{Name: "Content-Type", Value: "Application/JSON; charset=utf-8"},
				{Name: "Sec-WebSocket-Protocol", Value: "graphql-transport-ws"},
			},
			Trailer: []capture.Field{{Name: "Checksum", Value: "abc"}},
		},
		Client: "127.0.0.1:5000", Server: "10.0.0.7:8443",
		Sent:     capture.Counts{Messages: 2, Bytes: 1000},
		Received: capture.Counts{Messages: 40, Bytes: 9000},
		End:      &capture.End{How: capture.HowClose, By: capture.Server, Code: 1008, Reason: "token expired"},
		Lost:     capture.Loss{Gaps: 1, Bytes: 512},
		Note:     "waits for (a) fix", Tags: []string{"flaky", "Auth"},
	}
}

func compile(t *testing.T, expr string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(expr)
	if err != nil {
		t.Fatalf("Parse(%q): %v", expr, err)
	}
	return f
}

func TestTermsAboutExchanges(t *testing.T) {
	pass := []string{
		"", "  ", "id:12", "id:12..40", "id:..12", "id:12..", "id:1,2,12", "id=12", "id!=13", "id>11", "id>=12", "id<13", "id<=12", "id:>11",
		"session:3", "kind:ws", "kind:WebSocket", "kind:sse,ws", "kind!=http", "method:get", "METHOD:GET", "method=GET", "method:POST,GET",
		"url~/v1/ws%2Fx", "url:wss://*", `url:"wss://api.example.com:8443/v1/ws%2Fx?token=a%20b&symbol=BTC-USDT&empty="`,
		"host:api.example.com", "host:api.example.com:8443", "host:*.EXAMPLE.com", "host!=example.com", "host~^api", "host!~cdn",
		"path:/v1/*", "path:/v1/ws%2Fx", "path:*?token=*", "path!=/v2", "param:token", "param:symbol:btc*", "param:token=\"a b\"", "param:symbol~^BTC",
		"proto:HTTP/1.1", "status:101", "status:1xx", "status:4xx,1xx", "status>=100", "status<400", "status!=200",
		"mime:application/json", "header:content-type", "header:content-type~charset", "header:CHECKSUM:abc", "header:x-none!=a",
		"request:authorization:bearer*", "response:sec-websocket-protocol", "subprotocol:graphql-*", "client:127.0.0.1:*", "server:10.*",
		"started:2026-11-21T10:30:00.5Z", "started>2026-11-20T00:00:00Z", "started:2026-11-19..2026-11-23", "started:2026,2030", "started<2027",
		"duration>1m", "duration:90s", "duration:1m30s", "duration<1d", "duration:1m..5m", "ttfb>5ms", "bytes:10k", "bytes>9.9kB", "bytes<10KiB",
		"sent:1000", "received>=9k", "messages:42", "end:close", "end!=reset", "by:server", "by:client,server", "code:1008", "code:1000..1999", "reason~expired",
		`reason:"token expired"`, "error", "lost", "lost>500", "note", "note:~fix", `note:"waits for (a) fix"`, "note:*", "tag:flaky", "tag:auth", "tag", "tag!=other", "tag:*",
		"kind:ws and method:GET", "kind:ws method:GET", "kind:http or kind:ws", "not kind:http", "!kind:http", "NOT kind:http AND kind:ws", "kind:http || kind:ws && id:12",
		"not (kind:http or open)", "kind:http kind:sse or kind:ws", "(kind:ws)", "( kind:ws )", "not not kind:ws",
	}
	fail := []string{
		"id:13", "id!=12", "id:13..", "id>12", "kind:http", "kind!=ws", "method=get", "host:example.com", "host!=api.example.com", "host!~api", "path:/V2", "path=/V1/*", "path:/v1",
		"param:nothing", "param:symbol=btc*", "status:4xx", "status:0", "mime:text/*", "header:x-none", "request:content-type", "response:authorization", "header:checksum!=abc",
		"subprotocol:mqtt", "started:2026-11-20T00:00:00Z", "started<2026", "duration<1m", "ttfb>1s", "bytes>10k", "end:reset", "by:proxy", "code:4000..", "reason:expired",
		"error~refused", "open", "cut", "lost:0", "note:fix", `note:"*"`, "tag:fla", "tag=auth", "tag!=flaky", "tag!~fl", "kind:http or open", "kind:ws open", "not kind:ws", "kind:http (kind:ws or kind:ws)",
	}
	ex := socket()
	for _, expr := range pass {
		if got := compile(t, expr).Judge(ex); got != filter.Pass {
			t.Errorf("%s: Judge = %d, want Pass", expr, got)
		}
	}
	for _, expr := range fail {
		if got := compile(t, expr).Judge(ex); got != filter.Fail {
			t.Errorf("%s: Judge = %d, want Fail", expr, got)
		}
	}
}

func TestExchangesWithoutResponseOrEnd(t *testing.T) {
	ex := &capture.Exchange{Open: true, Request: capture.Request{URL: "http://h"}}
	for expr, want := range map[string]filter.Verdict{
		"open": filter.Pass, "status:0": filter.Pass, "status>=400": filter.Fail, "error": filter.Fail, "end:close": filter.Fail, "by:server": filter.Fail,
		"code:0": filter.Pass, "mime:*": filter.Fail, "ttfb<1h": filter.Fail, "header:a": filter.Fail, "path:/": filter.Pass, "tag": filter.Fail, "note": filter.Fail,
		"path:/*": filter.Pass, "host:h": filter.Pass, "param:a": filter.Fail, "reason:x": filter.Fail,
	} {
		if got := compile(t, expr).Judge(ex); got != want {
			t.Errorf("%s: Judge = %d, want %d", expr, got, want)
		}
	}
}

func TestTermsAboutRows(t *testing.T) {
	message := filter.Message(&capture.Message{
		Seq: 7, Dir: capture.Send, At: 3 * time.Second, Took: 20 * time.Millisecond, Opcode: capture.OpText, Fragments: 2, Compressed: true, Wire: 60, Len: 100,
		Data:      []byte(`{"id":"3","op":"order","n":1234567890123456789,"neg":-5,"px":64000.50,"ok":true,"none":null,"args":[{"ch":"tickers","sz":1},{"ch":"books","sz":0.5}],"t":"Größe"}` + "\n\x1b"),
		Violation: "RFC 6455 5.1: a client frame without a mask", Origin: "inject",
	})
	event := filter.Event(&capture.Event{Seq: 2, Dir: capture.Receive, At: time.Second, Type: "message_start", Dispatched: true, ID: "42", Data: `{"type":"message_start"}`})
	comment := filter.Event(&capture.Event{Seq: 3, Dir: capture.Receive, Type: "message", ID: "42"})
	ping := filter.Frame(&capture.Frame{FrameHead: capture.FrameHead{Opcode: capture.OpPing, Length: 4}, Seq: 9, Dir: capture.Receive, Payload: []byte("beat"), Incomplete: true})
	body := filter.Body(capture.Receive, 0, []byte("42[\"hi\",1]\n\x1e{\"a\":2}\x1e"), 30)

	for _, c := range []struct {
		row        filter.Row
		pass, fail []string
	}{
		{message, []string{
			"seq:7", "dir:send", "dir:sent", "opcode:text", "opcode:1", "opcode:data", "opcode!=ping", "size:100", "size>99", "wire:60", "wire<100", "time>2s", "time:3s", "took:20ms",
			"fragments>1", "compressed", "violation", "violation~5.1", "violation:*mask", "origin:inject", `"order"`, `"ORDER"`, "'order'", `text:"Order"`, `text="order"`, `text!="Order"`,
			"text:größe", "text~ORDER|order", "text!~ORDER", "/o.der/", "/ORDER/i", `/\x1b/`, `"\x1b"`, `"\u001b"`, `"\"op\":\"order\""`,
			"$", "$.op", `$.op=="order"`, "$.op==order", "$.op:ORDER", "$.op:ord*", "$.op~^ord", "$.op!=cancel", "$.id:3", `$.id=="3"`, "$.n==1234567890123456789", "$.n:1234567890123456789", "$.n>1234567890123456788",
			"$.n<1234567890123456790", "$.neg<0", "$.neg>=-5", "$.px==64000.5", "$.px>64000", "$.ok==true", "$.none==null", "$.none", "$..sz<1", "$.args[*].sz==0.5", `$.args[?@.ch=="books"].sz<1`,
			`$["op"]==order`, "$.args[1]['ch']:books", "$.id>2 or seq:7", "($.op)", "$.op:order and kind:ws", "kind:http or seq:7", `$.op>"a"`, `$.op!~x`, "$.ok:TRUE",
		}, []string{
			"seq:8", "dir:receive", "opcode:control", "opcode:binary", "opcode!=text", "opcode!=data", "size>100", "time<2s", "incomplete", "type:text", "lastid:3", "origin:other", `"cancel"`, `text="ORDER"`, `text!="order"`,
			"$.nothing", `$.op=="cancel"`, `$.op=="ORDER"`, "$.id==3", `$.n=="1234567890123456789"`, "$.n==1234567890123456788", "$.ok==false", `$.ok=="true"`, "$.args==1", "$.args~x", "$.op>1", "$.op:ord", "kind:http", "not seq:7",
		}},
		{
			event,
			[]string{"type:message_start", "type:MESSAGE_*", "type~^message", "lastid:42", "dir:receive", "size:24", "wire:24", `$.type=="message_start"`, `"START"`, "not opcode:text", "not violation"},
			[]string{"type:ping", "lastid:1", "opcode:text", "opcode!=text", "compressed", "fragments>0"},
		},
		{comment, []string{"lastid:42", "not type:*", "size:0", "text!=x"}, []string{"type:message", "$", `"x"`}},
		{ping, []string{"opcode:ping", "opcode:9", "opcode:control", "opcode:pong,ping", "incomplete", `"beat"`, "dir:receive"}, []string{"opcode:data", "opcode:text", "$", "compressed"}},
		{body, []string{`$[0]=="hi"`, "$.a==2", `"hi"`, "wire:30", "$==42"}, []string{"$.b", "opcode:text", "$[0]==3"}},
	} {
		ex := socket()
		for _, expr := range c.pass {
			f := compile(t, expr)
			if !f.Row(ex, c.row) || !f.Within(ex).Row(ex, c.row) {
				t.Errorf("%s does not pass", expr)
			}
		}
		for _, expr := range c.fail {
			f := compile(t, expr)
			if f.Row(ex, c.row) || f.Within(ex).Row(ex, c.row) {
				t.Errorf("%s passes", expr)
			}
		}
	}
}

func TestRowsAreAskedForOnlyWhereTheyMatter(t *testing.T) {
	for expr, want := range map[string]filter.Verdict{
		`"x"`:                           filter.Rows,
		`not "x"`:                       filter.Rows,
		`kind:http "x"`:                 filter.Fail,
		`"x" kind:http`:                 filter.Fail,
		`kind:ws "x"`:                   filter.Rows,
		`kind:ws or "x"`:                filter.Pass,
		`"x" or kind:ws`:                filter.Pass,
		`kind:http or "x"`:              filter.Rows,
		`not (kind:ws or "x")`:          filter.Fail,
		`not (kind:http "x")`:           filter.Pass,
		`(kind:ws or "x") (id:12 or $)`: filter.Pass,
	} {
		f := compile(t, expr)
		if got := f.Judge(socket()); got != want {
			t.Errorf("%s: Judge = %d, want %d", expr, got, want)
		}
		if got := f.Exchange(socket()); got != (want != filter.Fail) {
			t.Errorf("%s: Exchange = %v", expr, got)
		}
		if !f.NeedsRows() {
			t.Errorf("%s: NeedsRows = false", expr)
		}
		if got, want := f.Within(socket()).NeedsRows(), want == filter.Rows; got != want {
			t.Errorf("%s: within the exchange NeedsRows = %v", expr, got)
		}
	}
	if f := compile(t, "kind:ws or not status:4xx"); f.NeedsRows() || f.NeedsHead() {
		t.Error("kind and status need rows or heads")
	}
	for _, expr := range []string{"header:a", "not request:a:b", "id:1 or response:a~b", "subprotocol:x"} {
		if !compile(t, expr).NeedsHead() {
			t.Errorf("%s: NeedsHead = false", expr)
		}
	}
}

func TestNoFilterLetsEverythingPass(t *testing.T) {
	var f *filter.Filter
	if !f.Exchange(socket()) || !f.Row(socket(), filter.Row{}) || f.NeedsRows() || f.NeedsHead() || f.Within(socket()) != nil || f.String() != "" {
		t.Error("a nil filter holds something back")
	}
	if got := compile(t, " kind:ws ").String(); got != " kind:ws " {
		t.Errorf("String() = %q", got)
	}
}

func TestErrorsPointAtTheCharacter(t *testing.T) {
	for _, c := range []struct{ expr, at, want string }{
		// at is the rest of the expression from the place on
		{"kind:", "", "want a value"},
		{"kind: ws", " ws", "want a value"},
		{"kind:wx", "wx", "want one of http, ws"},
		{"kind:ws,", "", "want one of"},
		{"kind>ws", ">ws", "is compared with"},
		{"knid:ws", "knid:ws", "no field \"knid\""},
		{"kind:ws foo", "foo", "no field"},
		{"kind", "", "want a value after kind"},
		{"open:1", ":1", "stands alone"},
		{"kind:ws (host:a or host:b", "(host:a or host:b", "not closed"},
		{"kind:ws) host:a", ") host:a", "closes nothing"},
		{"()", ")", "a term is missing"},
		{"kind:ws and", "", "missing at the end"},
		{"or kind:ws", "or kind:ws", "no field"},
		{"not", "", "missing at the end"},
		{`note:"abc`, `"abc`, "not closed"},
		{`"a\qb"`, `\qb"`, "escape"},
		{`"a\x1"`, `\x1"`, "escape"},
		{`"a\`, `\`, "escape"},
		{"/abc", "/abc", "not closed"},
		{"/a(b/", "a(b/", "regular expression is wrong: missing closing )"},
		{"url~a(b", "a(b", "regular expression is wrong: missing closing )"},
		{"url~/x[/", "[/", "regular expression is wrong"},
		{"status:4x", "4x", "want a status"},
		{"status:200,foo", "foo", "want a status"},
		{"status>200,300", "300", "not a list"},
		{"status>200..300", "200..300", "want a status"},
		{"status~2", "~2", "is compared with"},
		{"id:..", "..", "want a number"},
		{"size>10q", "10q", "want a size"},
		{"size>-1", "-1", "want a size"},
		{"size>1e3", "1e3", "want a size"},
		{"size>99999999999T", "99999999999T", "want a size"},
		{"time>2", "2", "want a duration"},
		{"time>-2s", "-2s", "want a duration"},
		{"duration>1dx", "1dx", "want a duration"},
		{"started:yesterday", "yesterday", "want a date"},
		{"header:", "", "want a name"},
		{"header=a", "=a", "want a name"},
		{"header:a:", "", "want a value"},
		{"host>a", ">a", "is compared with"},
		{"$.op==", "", "want a value"},
		{"$.op-x==1", "-x==1", "want the end of the JSONPath"},
		{"$.", "", "JSONPath is wrong"},
		{"$[0", "", "JSONPath is wrong"},
		{"$[?@.a==]", "]", "JSONPath is wrong"},
		{"$.a[b]", "b]", "JSONPath is wrong"},
		{"@", "@", "want a term"},
		{"text>5", ">5", "is compared with"},
		{strings.Repeat("(", 200) + "open", strings.Repeat("(", 100) + "open", "nested too deeply"},
		{strings.Repeat("a", 20000), strings.Repeat("a", 20000-16384), "too long"},
	} {
		_, err := filter.Parse(c.expr)
		var se *filter.SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%.40q: error %v, want a SyntaxError", c.expr, err)
			continue
		}
		if got := se.Expr[se.Pos:]; got != c.at || !strings.Contains(se.Want, c.want) {
			t.Errorf("%.40q: at %.40q: %s\nwant at %.40q: … %s …", c.expr, got, se.Want, c.at, c.want)
		}
		if se.Hint() == "" {
			t.Errorf("%.40q: no hint", c.expr)
		}
	}
}

func TestTheCaretStandsUnderTheCharacter(t *testing.T) {
	_, err := filter.Parse("note:日本\x1b knd:ws")
	want := "filter: there is no field \"knd\"\n  note:日本\\x1b knd:ws\n                ^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var se *filter.SyntaxError
	if errors.As(err, &se); se.Hint() != "did you mean kind?" {
		t.Errorf("hint %q", se.Hint())
	}
	_, err = filter.Parse("timeout")
	if errors.As(err, &se); !strings.Contains(se.Hint(), `"timeout"`) {
		t.Errorf("hint %q", se.Hint())
	}
}
