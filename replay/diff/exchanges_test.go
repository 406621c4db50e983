package diff_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/diff"
)

// begun is when the exchanges of the tests began; the second run is a day later.
var begun = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// socket records a conversation, one message a line: "> text" of the client,
// "< text" of the server, 10 ms apart.
func socket(t testing.TB, url, talk string) *transcript.Transcript {
	t.Helper()
	ex := &capture.Exchange{
		Kind: capture.KindWebSocket, Started: begun, Request: capture.Request{Method: "GET", URL: url},
		Response: &capture.Response{Status: 101}, End: &capture.End{How: capture.HowClose, By: capture.Client, Code: 1000},
	}
	var pieces []*capture.Piece
	for line := range strings.Lines(talk) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		p := &capture.Piece{Type: capture.PieceFrame, At: time.Duration(len(pieces)+1) * 10 * time.Millisecond, Data: []byte(line[2:])}
		p.Frame = capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: uint64(len(p.Data))}
		if line[0] == '<' {
			p.Dir = capture.Receive
		} else {
			p.Frame.Masked = true
		}
		pieces = append(pieces, p)
	}
	return record(t, ex, pieces)
}

// body records a response.
func body(t testing.TB, kind capture.Kind, typ, sent, received string) *transcript.Transcript {
	t.Helper()
	ex := &capture.Exchange{
		Kind: kind, Started: begun,
		Request:  capture.Request{Method: "POST", URL: "https://h/v1/x", Header: []capture.Field{{Name: "Content-Type", Value: "application/json"}}},
		Response: &capture.Response{Status: 200, Header: []capture.Field{{Name: "Content-Type", Value: typ}, {Name: "Date", Value: "Sun, 01 Mar 2026 12:00:00 GMT"}}},
		End:      &capture.End{How: capture.HowClose, By: capture.Server},
	}
	return record(t, ex, []*capture.Piece{
		{Type: capture.PieceChunk, Dir: capture.Send, Data: []byte(sent)},
		{Type: capture.PieceChunk, Dir: capture.Receive, At: time.Second, Data: []byte(received)},
	})
}

func record(t testing.TB, ex *capture.Exchange, pieces []*capture.Piece) *transcript.Transcript {
	t.Helper()
	var tape capturetest.Tape
	track, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if len(p.Data) == 0 && p.Type == capture.PieceChunk {
			continue
		}
		if err := track.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := tape.Exchange(ex.ID)
	if err != nil {
		t.Fatal(err)
	}
	return transcript.Of(&tape, got, nil)
}

// rows compares and returns the rows in short: "2=3 volatile $.id", equal heads
// and ends left out.
func rows(t testing.TB, a, b *transcript.Transcript, o *diff.Options) []string {
	t.Helper()
	var out []string
	_, err := diff.Exchanges(a, b, o, func(r *diff.Row) error {
		if r.Part != diff.PartMessage && r.Part != diff.PartEvent && r.Status == diff.Equal {
			return nil
		}
		out = append(out, brief(r))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func brief(r *diff.Row) string {
	num := func(n *uint64) string {
		if n == nil {
			return "-"
		}
		if *n == 0 {
			return string(r.Part)
		}
		return fmt.Sprint(*n)
	}
	s := num(r.A) + "|" + num(r.B) + " " + r.Status.String()
	for _, f := range r.Diff {
		s += " " + f.Path
		if !f.OK {
			s += fmt.Sprintf("(%s→%s)", value(f.A), value(f.B))
		}
	}
	return s
}

func value(s *string) string {
	if s == nil {
		return "∅"
	}
	return *s
}

func TestConversations(t *testing.T) {
	const first = `
		> {"id":"a1b2c3d4","op":"login","args":[{"sign":"c2lnbmF0dXJlMQ==","timestamp":"1772366400"}]}
		< {"id":"a1b2c3d4","event":"login","code":"0"}
		> {"id":"b2c3d4e5","op":"order","args":[{"px":"1"}]}
		> {"id":"c3d4e5f6","op":"order","args":[{"px":"2"}]}
		< {"id":"b2c3d4e5","op":"order","data":{"ordId":"700100","ok":true}}
		< {"id":"c3d4e5f6","op":"order","data":{"ordId":"700101","ok":true}}
		> {"id":"d4e5f6a7","op":"cancel","args":[{"ordId":"700101"}]}
		< {"id":"d4e5f6a7","op":"cancel","code":"0"}`
	for name, x := range map[string]struct {
		a, b string
		o    *diff.Options
		want []string
	}{
		"the same": {first, first, nil, []string{"1|1 equal", "2|2 equal", "3|3 equal", "4|4 equal", "5|5 equal", "6|6 equal", "7|7 equal", "8|8 equal"}},
		"another run": {first, `
			> {"id":"z9y8x7w6","op":"login","args":[{"sign":"b3RoZXJzaWduYXQ=","timestamp":"1772366401"}]}
			< {"id":"z9y8x7w6","event":"login","code":"0"}
			> {"id":"y8x7w6v5","op":"order","args":[{"px":"1"}]}
			> {"id":"x7w6v5u4","op":"order","args":[{"px":"2"}]}
			< {"id":"x7w6v5u4","op":"order","data":{"ordId":"800100","ok":true}}
			< {"id":"y8x7w6v5","op":"order","data":{"ordId":"800099","ok":true}}
			> {"id":"w6v5u4t3","op":"cancel","args":[{"ordId":"800100"}]}
			< {"id":"w6v5u4t3","op":"cancel","code":"0"}`, nil, []string{
			"1|1 volatile $.id $.args[0].sign $.args[0].timestamp", "2|2 volatile $.id",
			"3|3 volatile $.id", "4|4 volatile $.id",
			"5|6 volatile $.id $.data.ordId", "6|5 volatile $.id $.data.ordId",
			"7|7 volatile $.id $.args[0].ordId", "8|8 volatile $.id",
		}},
		"an answer that fails": {
			"> {\"id\":\"a1b2c3d4\",\"op\":\"order\"}\n< {\"id\":\"a1b2c3d4\",\"op\":\"order\",\"code\":\"0\"}",
			"> {\"id\":\"z9y8x7w6\",\"op\":\"order\"}\n< {\"id\":\"z9y8x7w6\",\"event\":\"error\",\"code\":\"51000\"}",
			nil,
			[]string{`1|1 volatile $.id`, `2|2 changed $.id $.op("order"→∅) $.code("0"→"51000") $.event(∅→"error")`},
		},
		"one more, one less": {
			"> {\"op\":\"a\"}\n> {\"op\":\"b\"}\n< {\"ev\":1}\n< {\"ev\":2}\n< {\"ev\":3}", "> {\"op\":\"a\"}\n< {\"ev\":1}\n< {\"ev\":3}\n< {\"ev\":4}\n< {\"new\":4}", nil,
			[]string{"1|1 equal", "2|- only_a", "3|2 equal", "4|- only_a", "5|3 equal", "-|4 only_b", "-|5 only_b"},
		},
		"a field more, a field other": {
			"< {\"a\":1,\"b\":2}\n< {\"x\":1,\"y\":1}", "< {\"a\":1,\"b\":2,\"c\":3}\n< {\"x\":1,\"y\":2}", nil,
			[]string{"1|1 changed $.c(∅→3)", "2|2 changed $.y(1→2)"},
		},
		"pushes in between": {
			"> {\"op\":\"a\"}\n< {\"tick\":1}\n< {\"re\":\"a\"}\n< {\"tick\":2}", "> {\"op\":\"a\"}\n< {\"re\":\"a\"}\n< {\"tick\":1}\n< {\"tick\":2}", nil,
			[]string{"1|1 equal", "2|3 equal", "3|2 equal", "4|4 equal"},
		},
		"pushes in between, in order": {
			"> {\"op\":\"a\"}\n< {\"tick\":1}\n< {\"re\":\"a\"}\n< {\"tick\":2}", "> {\"op\":\"a\"}\n< {\"re\":\"a\"}\n< {\"tick\":1}\n< {\"tick\":2}",
			&diff.Options{Level: replay.LevelOrdered},
			[]string{"1|1 equal", "2|- only_a", "3|2 equal", "-|3 only_b", "4|4 equal"},
		},
		"heartbeats": {
			"> ping\n< pong\n> {\"op\":\"a\"}\n> ping\n< pong", "> {\"op\":\"a\"}", nil, []string{"3|1 equal"},
		},
		"every byte": {
			"> {\"op\":\"a\",\"id\":\"a1b2c3d4\"}", "> {\"op\":\"a\", \"id\":\"a1b2c3d5\"}", &diff.Options{Level: replay.LevelBytes},
			[]string{`1|1 changed $.id("a1b2c3d4"→"a1b2c3d5")`},
		},
		"blanks do not count": {"> {\"a\":1,\"b\":2}", "> { \"b\":2, \"a\":1.0 }", nil, []string{"1|1 equal"}},
		"the type counts":     {"> {\"op\":\"x\",\"a\":1}", "> {\"op\":\"x\",\"a\":\"1\"}", nil, []string{`1|1 changed $.a(1→"1")`}},
		"what is ignored": {
			"> {\"op\":\"x\",\"id\":\"a1b2c3d4\",\"px\":1,\"in\":[{\"sz\":1}]}", "> {\"op\":\"x\",\"id\":\"z1b2c3d4\",\"px\":2,\"in\":[{\"sz\":3}]}",
			&diff.Options{Ignore: []string{"ids", "$.px", "$..sz"}},
			[]string{"1|1 equal"},
		},
		"texts":                  {"> hello big world", "> hello small world", nil, []string{"1|1 changed word[1](big→small)"}},
		"texts of other lengths": {"> hello world", "> hello my world", nil, []string{"1|1 changed $(hello world→hello my world)"}},
		"tokens of one subject": {
			"> {\"op\":\"x\",\"token\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIiwiaWF0IjoxfQ.c2ln\"}",
			"> {\"op\":\"x\",\"token\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIiwiaWF0IjoyfQ.c2lo\"}", nil,
			[]string{"1|1 volatile $.token"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := rows(t, socket(t, "wss://h/ws", x.a), socket(t, "wss://h/ws", x.b), x.o)
			if d := cmp.Diff(x.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestHeads(t *testing.T) {
	a := socket(t, "wss://h:8443/ws?token=eyJhbGciOiJIUzI1NiJ9&v=1", "")
	b := socket(t, "wss://h:9443/ws?token=eyJhbGciOiJIUzI1NiK0&v=2", "")
	if d := cmp.Diff([]string{"request|request changed port query.token query.v(1→2)"}, rows(t, a, b, nil)); d != "" {
		t.Error(d)
	}
	b.Exchange().Response.Status = 401
	b.Exchange().End.Code = 1011
	want := []string{
		"request|request changed port query.token query.v(1→2)", "response|response changed status(101→401)", "end|end changed code(1000→1011)",
	}
	if d := cmp.Diff(want, rows(t, a, b, nil)); d != "" {
		t.Error(d)
	}
}

func TestBodies(t *testing.T) {
	a := body(t, capture.KindHTTP, "application/json", `{"q":1}`, `{"id":"a1b2c3d4e5","created":1772366401,"price":1}`)
	b := body(t, capture.KindHTTP, "application/json", `{"q":1}`, `{"id":"z1b2c3d4e5","created":1772366402,"price":2}`)
	b.Exchange().Response.Header[1].Value = "Sun, 01 Mar 2026 12:00:09 GMT"
	want := []string{"response|response changed $.id $.created $.price(1→2)"}
	if d := cmp.Diff(want, rows(t, a, b, nil)); d != "" {
		t.Error(d)
	}
	want = []string{"response|response changed headers.date $.id $.created $.price(1→2)"}
	if d := cmp.Diff(want, rows(t, a, b, &diff.Options{Headers: []string{"*"}})); d != "" {
		t.Error(d)
	}
}

func TestEvents(t *testing.T) {
	a := body(t, capture.KindSSE, "text/event-stream", `{}`, "event: a\nid: 1\ndata: {\"n\":1}\n\n: beat\n\nevent: b\nid: 2\ndata: {\"n\":2}\n\ndata: [DONE]\n\n")
	b := body(t, capture.KindSSE, "text/event-stream", `{}`, "event: a\nid: 9\ndata: {\"n\":1}\n\nevent: c\nid: 10\ndata: {\"n\":2}\n\ndata: [DONE]\n\n")
	want := []string{"1|1 volatile id", "3|- only_a", "-|2 only_b", "4|3 volatile id"}
	if d := cmp.Diff(want, rows(t, a, b, nil)); d != "" {
		t.Error(d)
	}
	a = body(t, capture.KindNDJSON, "application/x-ndjson", "", "{\"v\":1}\n{\"v\":2}\n")
	b = body(t, capture.KindNDJSON, "application/x-ndjson", "", "{\"v\":1}\n{\"v\":3}\n")
	if d := cmp.Diff([]string{"1|1 equal", "2|2 changed $.v(2→3)"}, rows(t, a, b, nil)); d != "" {
		t.Error(d)
	}
}

func TestPayloadsTooLongToTakeApart(t *testing.T) {
	long := strings.Repeat("0123456789", 500_000)
	a, b := socket(t, "wss://h/", "> {\"a\":\""+long+"x\"}"), socket(t, "wss://h/", "> {\"a\":\""+long+"y\"}")
	want := []string{`1|1 changed $(…0123456789012345678901234567890123456789x"}→…0123456789012345678901234567890123456789y"})`}
	if d := cmp.Diff(want, rows(t, a, b, nil)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"1|1 equal"}, rows(t, a, a, nil)); d != "" {
		t.Error(d)
	}
}

// chat is the answer of a language model in fragments.
func chat(t *testing.T, id string, fragments ...string) *transcript.Transcript {
	var b strings.Builder
	for _, f := range fragments {
		fmt.Fprintf(&b, "data: {\"id\":%q,\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", id, f)
	}
	return body(t, capture.KindSSE, "text/event-stream", "{}", b.String()+"data: [DONE]\n\n")
}

func TestAnswersJoined(t *testing.T) {
	o := &diff.Options{Merge: true}
	a := chat(t, "chatcmpl-a1b2c3", "Hel", "lo", " you")
	if d := cmp.Diff([]string{"answer|answer volatile $.id"}, rows(t, a, chat(t, "chatcmpl-z9y8x7", "Hello", " you"), o)); d != "" {
		t.Error(d)
	}
	want := []string{`answer|answer changed $.id $.choices[0].text("Hello you"→"Hello me")`}
	if d := cmp.Diff(want, rows(t, a, chat(t, "chatcmpl-z9y8x7", "Hello", " me"), o)); d != "" {
		t.Error(d)
	}
	other := body(t, capture.KindSSE, "text/event-stream", "{}", "data: 1\n\n")
	if d := cmp.Diff([]string{"1|1 equal"}, rows(t, other, other, o)); d != "" {
		t.Error(d)
	}
}

func TestOptionsThatSayNothing(t *testing.T) {
	a := socket(t, "wss://h/", "")
	for _, o := range []*diff.Options{{Ignore: []string{"nonsense"}}, {Level: replay.LevelTape}, {Level: replay.LevelNear}} {
		_, err := diff.Exchanges(a, a, o, func(*diff.Row) error { return nil })
		if e, ok := err.(*diff.OptionError); !ok || e.Hint() == "" {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestRowsAsJSON(t *testing.T) {
	var got []string
	_, err := diff.Exchanges(socket(t, "wss://h/", "> {\"op\":\"x\",\"a\":1}\n> {\"op\":\"y\"}"), socket(t, "wss://h/", "> {\"op\":\"x\"}"), nil, func(r *diff.Row) error {
		if r.Part == diff.PartMessage {
			line, err := json.Marshal(r)
			got = append(got, string(line))
			return err
		}
		return nil
	})
	want := []string{
		`{"part":"message","a":1,"b":1,"status":"changed","dir":"send","kind":"op=x","diff":[{"path":"$.a","a":"1","b":null,"class":"const"}],"exchange_a":1,"exchange_b":1}`,
		`{"part":"message","a":2,"b":null,"status":"only_a","dir":"send","kind":"op=y","diff":[],"text":"{\"op\":\"y\"}","exchange_a":1,"exchange_b":1}`,
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
}

// TestLongConversations compares messages few of which are the same byte for
// byte, and some of which are missing, moved or changed.
func TestLongConversations(t *testing.T) {
	const n = 20_000
	s, err := diff.Exchanges(socket(t, "wss://h/", market(1, n)), socket(t, "wss://h/", market(2, n)), nil, func(*diff.Row) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	missing := (n/4 - 17 + 4999) / 5000
	if s.OnlyA != 4*missing || s.OnlyB != 0 || s.Changed != (n/4-3+3999)/4000 {
		t.Errorf("%+v", *s)
	}
}

// market is n messages of orders and pushes. Those of the second run have other
// ids, and some of them are missing or changed.
func market(run, n int) string {
	var b strings.Builder
	for i := range n / 4 {
		id := fmt.Sprintf("r%dx%06dq%d", run, i*7919%1000003, run)
		if run == 2 && i%5000 == 17 {
			continue
		}
		fmt.Fprintf(&b, "> {\"id\":%q,\"op\":\"order\",\"px\":%d}\n", id, i)
		if (i+run)%2 == 0 {
			fmt.Fprintf(&b, "< {\"tick\":%d,\"px\":%d}\n", i%50, i%977)
		}
		fmt.Fprintf(&b, "< {\"id\":%q,\"op\":\"order\",\"ok\":%v}\n", id, run != 2 || i%4000 != 3)
		if (i+run)%2 == 1 {
			fmt.Fprintf(&b, "< {\"tick\":%d,\"px\":%d}\n", i%50, i%977)
		}
		fmt.Fprintf(&b, "< {\"news\":\"item %d\"}\n", i)
	}
	return b.String()
}

// BenchmarkExchanges compares 100,000 messages a side.
func BenchmarkExchanges(b *testing.B) {
	const n = 100_000
	one, other := socket(b, "wss://h/", market(1, n)), socket(b, "wss://h/", market(2, n))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := diff.Exchanges(one, other, nil, func(*diff.Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message")
}
