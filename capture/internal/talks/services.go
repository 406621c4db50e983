package talks

import (
	"os"
	"path/filepath"
	"strings"
)

// Clients are the names of all conversations of real clients.
func (k *Tape) Clients() []string {
	files, err := filepath.Glob(filepath.Join("..", "protocol", "testdata", "*.json"))
	if err != nil || len(files) == 0 {
		k.Fatalf("no recorded conversations: %v", err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return names
}

// token is a JWT, whose signature no rule needs to see.
const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"

// Secrets are what stands in Services and must not stand in an export.
var Secrets = []string{token, "c2lnbmF0dXJl", "sk-live-0123456789abcdef", "hunter2-passphrase", "s3ss10n-c00k13"}

// Services puts a REST service, an event stream of a language model, records
// line by line and a JSON service over a socket on the tape, with secrets in
// them.
func (k *Tape) Services() {
	k.rest()
	k.model()
	k.lines()
	k.events()
}

func (k *Tape) rest() {
	auth := []string{"Authorization: Bearer " + token, "Accept: application/json", "X-Tenant: north"}
	reply := []string{"Content-Type: application/json; charset=utf-8", "X-RateLimit-Remaining: 41"}
	for _, u := range []struct{ id, body string }{
		{"41", `{"id":41,"name":"Ada","mail":"ada@example.com","roles":["admin"],"since":"2026-01-02T03:04:05Z","manager":null}`},
		{"42", `{"id":42,"name":"Grace","mail":"grace@example.com","roles":[],"since":"2026-02-02T03:04:05Z","manager":41,"nick":"gh"}`},
	} {
		k.Do(HTTP{"GET", "https://api.example.com/v1/users/" + u.id + "?expand=roles&page=1", auth, "", 200, reply, u.body})
	}
	k.Do(HTTP{"GET", "https://api.example.com/v1/users/77", auth, "", 404, reply, `{"error":{"code":"not_found","message":"no such user"}}`})
	k.Do(HTTP{
		"POST", "https://api.example.com/v1/users", append(auth, "Content-Type: application/json", "Cookie: session=s3ss10n-c00k13; theme=dark"),
		`{"name":"Linus","mail":"linus@example.com"}`, 201, append(reply, "Location: /v1/users/43"), `{"id":43}`,
	})
	k.Do(HTTP{
		"POST", "https://api.example.com/login",
		[]string{"Content-Type: application/x-www-form-urlencoded"},
		"user=ada&password=hunter2-passphrase", 204, nil, "",
	})
	k.Do(HTTP{"GET", "https://api.example.com/v1/users/41/orders/7d444840-9dc0-11d1-b245-5ffdce74fad2", auth, "", 200, reply, `[{"sku":"a-1","qty":2}]`})
	k.Do(HTTP{"DELETE", "https://api.example.com/v1/users/42", auth, "", 204, nil, ""})
	k.Do(HTTP{"OPTIONS", "https://api.example.com/v1/users/42", nil, "", 204, nil, ""})
	k.Do(HTTP{"GET", "https://api.example.com/v1/prices", auth, "", 200, reply, `{"2026-01-01":{"eur":1.5},"2026-01-02":{"eur":2},"2026-01-03":{"eur":2.25}}`})
}

func (k *Tape) model() {
	chunk := func(delta, finish string) string {
		return `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763740800,"model":"m-1","choices":[{"index":0,"delta":` +
			delta + `,"finish_reason":` + finish + "}]}\n\n"
	}
	k.Do(HTTP{
		"POST", "https://llm.example.com/v1/chat/completions",
		[]string{"Authorization: Bearer sk-live-0123456789abcdef", "Content-Type: application/json", "X-Stainless-Lang: js"},
		`{"model":"m-1","stream":true,"messages":[{"role":"user","content":"hi"}],"temperature":0.5}`,
		200,
		[]string{"Content-Type: text/event-stream"},
		chunk(`{"role":"assistant","content":""}`, "null") + chunk(`{"content":"Hel"}`, "null") + chunk(`{"content":"lo"}`, "null") +
			chunk(`{}`, `"stop"`) + "data: [DONE]\n\n",
	})
	k.Do(HTTP{
		"POST", "https://llm.example.com/v1/messages",
		[]string{"x-api-key: sk-live-0123456789abcdef", "anthropic-version: 2023-06-01", "Content-Type: application/json"},
		`{"model":"c-1","max_tokens":10,"stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`,
		200,
		[]string{"Content-Type: text/event-stream"},
		"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":3}}}\n\n" +
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n" +
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\n" +
			": ping\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
	})
}

func (k *Tape) lines() {
	k.Do(HTTP{
		"POST", "https://lines.example.com/api/chat",
		[]string{"Content-Type: application/json"},
		`{"model":"l","messages":[]}`,
		200,
		[]string{"Content-Type: application/x-ndjson"},
		`{"model":"l","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"a"},"done":false}` + "\n" +
			`{"model":"l","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":""},"done":true,"eval_count":4}` + "\n",
	})
}

func (k *Tape) events() {
	k.Socket("wss://events.example.com:8443/ws?token="+token+"&v=2", []string{"Origin: https://app.example.com"},
		`< {"type":"welcome","user":"ada"}`,
		`> {"id":1,"op":"login","args":[{"apiKey":"sk-live-0123456789abcdef","passphrase":"hunter2-passphrase"}]}`,
		`< {"id":1,"op":"login","code":"0"}`,
		`> {"id":2,"op":"subscribe","channel":"orders"}`, `< {"id":2,"op":"subscribe","code":"0","channel":"orders"}`,
		`> {"id":3,"op":"order","args":[{"symbol":"BTC-EUR","qty":"2","side":"buy"}]}`,
		`< {"id":3,"op":"order","code":"0","data":[{"ordId":"1001"}]}`,
		`< {"type":"notification","channel":"orders","data":{"kind":"fill","ordId":"1001","price":4.5}}`,
		`< {"type":"notification","channel":"orders","data":{"kind":"cancel","reason":"by user","at":1763740800123,"by":{"user":"ada"}}}`,
		`> ping`, `< pong`,
		`> {"id":4,"op":"nonsense"}`, `< {"id":4,"op":"error","error":"no such operation"}`,
		"<x \x00\x01\x02\xff",
	)
}

// Hostile puts messages on the tape whose names and values are meant for
// readers of documents: references, markup, quotes, marks that are not seen.
func (k *Tape) Hostile() {
	nasty := `{"$ref":"http://127.0.0.1:1/evil.json","</script><script>alert(1)</script>":"<img src=x onerror=alert(2)>","a: b":"- c","#":"*x",` +
		`"__proto__":{"polluted":true},"constructor":1,"":"empty","null":"null","yes":"no","1e3":"0x10","line\nbreak":"tab\there","quote\"'":"\\",` +
		`"bidi":"\u202egnp.exe","nul":"\u0000\u001b[31m","surrogate":"\ud83d\ude00","lone":"\ud800","` + strings.Repeat("long", 100) + `":1,"~/x":{"$ref":"#/components"},"héllo 世界":"ü"}`
	plain := `{"type":"</script><script>alert(3)</script>","$ref":"#/nowhere","v":[{"$ref":1}]}`
	k.Socket("wss://hostile.example.com/ws/{x}/%7B%7D/<b>?</script>=1&$ref=2&"+`"q"=<b>`, []string{"X-<b>Evil: \"'><script>alert(4)</script>"},
		"> "+nasty, "< "+plain, `< {"op":"$ref"}`, `< {"op":"#/channels/x"}`, `> <script>alert(5)</script>`, `< ["$ref","#/x",{"$ref":"x"}]`,
		`< {"op":"a","type":"</title><svg onload=alert(6)>"}`)
	k.Do(HTTP{
		"GET", `https://hostile.example.com/a"b/<script>alert(7)</script>?x=</style>`,
		[]string{"X-Y: ${jndi:ldap://x}"},
		"",
		200,
		[]string{"Content-Type: application/json", "X-Z: <b>"},
		nasty,
	})
	k.Do(HTTP{"POST", `https://hostile.example.com/a"b`, []string{"Content-Type: text/<b>"}, nasty, 299, []string{"Content-Type: " + `x"y/<z>`}, plain})
	k.Do(HTTP{
		"GET", "https://hostile.example.com/sse", nil, "", 200,
		[]string{"Content-Type: text/event-stream"},
		"event: </script><b>\ndata: " + plain + "\n\nevent: $ref\ndata: x\n\n",
	})
	k.notes[`endpoint/GET hostile.example.com /sse`] = []byte(`{"title":"</title><script>alert(8)</script>","status":"testing","owner":"<b>o</b>","tags":["<i>","a b"],` +
		`"description":"It <script>alert(9)</script> [x](javascript:alert(10)) [ok](https://example.com/a?b=c) ![i](http://127.0.0.1:1/p.png) <https://example.com> **bold** ` + "`</code><b>`" + `\n\n|a|b|\n|-|-|\n|1|2|"}`)
}

// Read returns a file, or ends the test.
func (k *Tape) Read(name string) []byte {
	b, err := os.ReadFile(name)
	if err != nil {
		k.Fatal(err)
	}
	return b
}
