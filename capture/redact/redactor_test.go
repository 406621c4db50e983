package redact_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/redact"
)

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// secrets are made up here, one of each kind.
var secrets = map[string]string{
	"jwt":        encode(`{"alg":"HS256","typ":"JWT"}`) + "." + encode(`{"sub":"1","exp":1795281978}`) + "." + encode("signature of it"),
	"jwt spaced": encode(`{ "typ" : "JWT", "alg" : "none" }`) + "." + encode(`{"sub":"2"}`) + ".",
	"openai":     "sk-" + "proj-" + strings.Repeat("aB3", 12),
	"github":     "ghp" + "_" + strings.Repeat("x9Z", 12),
	"aws":        "AKIA" + "Z7Q4N2K5M8P1R3T6",
	"google":     "AIza" + strings.Repeat("Sy7", 12),
	"opaque":     "q7wXk29sLmv0ZbT4",
	"short":      "hunter2",
}

func newRedactor(t *testing.T, o *redact.Options) *redact.Redactor {
	t.Helper()
	r, err := redact.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// places are where a secret of any looks is found by the name beside it.
var places = map[string]func(r *redact.Redactor, secret string) string{
	"authorization header": func(r *redact.Redactor, s string) string { return r.Header("Authorization", "Bearer "+s) },
	"proxy-authorization":  func(r *redact.Redactor, s string) string { return r.Header("proxy-authorization", "Token "+s) },
	"x-api-key":            func(r *redact.Redactor, s string) string { return r.Header("X-Api-Key", s) },
	"api-key":              func(r *redact.Redactor, s string) string { return r.Header("api-key", s) },
	"ok-access-sign":       func(r *redact.Redactor, s string) string { return r.Header("OK-ACCESS-SIGN", s) },
	"ok-access-passphrase": func(r *redact.Redactor, s string) string { return r.Header("OK-ACCESS-PASSPHRASE", s) },
	"x-auth-token":         func(r *redact.Redactor, s string) string { return r.Header("X-Auth-Token", s) },
	"cookie":               func(r *redact.Redactor, s string) string { return r.Header("Cookie", "theme=dark; sid="+s+"; b=1") },
	"set-cookie": func(r *redact.Redactor, s string) string {
		return r.Header("Set-Cookie", "sid="+s+"; Path=/; HttpOnly")
	},
	"location": func(r *redact.Redactor, s string) string { return r.Header("Location", "https://h/cb#access_token="+s) },
	"referer":  func(r *redact.Redactor, s string) string { return r.Header("Referer", "https://h/?token="+s) },
	"subprotocol after a word": func(r *redact.Redactor, s string) string {
		return r.Header("Sec-WebSocket-Protocol", "access_token, "+s)
	},
	"subprotocol with a prefix": func(r *redact.Redactor, s string) string {
		return r.Header("Sec-WebSocket-Protocol", "realtime, openai-insecure-api-key."+s+", openai-beta.realtime-v1")
	},
	"query token":         func(r *redact.Redactor, s string) string { return r.URL("wss://h:8443/ws?x=1&token=" + s + "&y=2") },
	"query api_key":       func(r *redact.Redactor, s string) string { return r.URL("/v1?api_key=" + s) },
	"query key":           func(r *redact.Redactor, s string) string { return r.URL("/v1?key=" + s + "0123456789ab") },
	"query signature":     func(r *redact.Redactor, s string) string { return r.URL("https://h/o?X-Amz-Signature=" + s) },
	"query, name encoded": func(r *redact.Redactor, s string) string { return r.URL("https://h/o?%74oken=" + s) },
	"query, JSON encoded": func(r *redact.Redactor, s string) string {
		return r.URL("https://h/o?auth=%7B%22token%22%3A%22" + s + "%22%7D")
	},
	"fragment":  func(r *redact.Redactor, s string) string { return r.URL("https://h/o#id_token=" + s) },
	"user info": func(r *redact.Redactor, s string) string { return r.URL("https://bob:" + s + "@h/o") },
	"form": func(r *redact.Redactor, s string) string {
		return string(r.Body("application/x-www-form-urlencoded", []byte("user=bob&password="+s+"&x=1")))
	},
	"multipart form": func(r *redact.Redactor, s string) string {
		return string(r.Body("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n"+s+"\r\n--b--\r\n")))
	},
	"JSON field":               message(`{"a":1,"password":"%s","b":[ 1, 2 ]}`),
	"JSON field, odd spelling": message(`{"Client_Secret" : "%s"}`),
	"JSON field, escaped name": message(`{"passw\u006frd":"%s"}`),
	"JSON below a name":        message(`{"credentials":{"user":["%s"]}}`),
	"JSON in a string":         message(`{"data":"{\"access_token\":\"%s\"}"}`),
	"JSON in JSON in a string": message(`{"d":"{\"e\":\"{\\\"apiKey\\\":\\\"%s\\\"}\"}"}`),
	"URL in JSON":              message(`{"next":"https:\/\/h\/p?cursor=1&access_token=%s&x=1"}`),
	"OKX login key":            message(`{"id":"1","op":"login","args":[{"apiKey":"%s","passphrase":"p","timestamp":"1795281978","sign":"c2ln"}]}`),
	"OKX login passphrase":     message(`{"id":"1","op":"login","args":[{"apiKey":"k","passphrase":"%s","timestamp":"1795281978","sign":"c2ln"}]}`),
	"OKX login sign":           message(`{"id":"1","op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":"1795281978","sign":"%s"}]}`),
	"Socket.IO":                message(`40{"token":"%s"}`),
	"Socket.IO namespace":      message(`42/chat,7["auth",{"key":"%s"}]`),
	"SockJS":                   message(`a["{\"token\":\"%s\"}"]`),
	"SignalR record":           message("{\"type\":1,\"accessToken\":\"%s\"}\x1e"),
	"second JSON text":         message("{\"id\":1}\n{\"connect\":{\"token\":\"%s\"}}"),
	"NATS":                     message("CONNECT {\"verbose\":false,\"auth_token\":\"%s\"}\r\n"),
	"STOMP":                    message("CONNECT\nlogin:guest\npasscode:%s\n\n\x00"),
	"IRC":                      message("PASS %s\r\n"),
	"header in text":           message("GET / HTTP/1.1\r\nX-Api-Key: %s\r\n"),
	"JSON body":                body("application/json", `{"user":{"secret":"%s"}}`),
	"JSON body, type unknown":  body("text/plain", ` {"secret":"%s"}`),
	"problem body":             body("application/problem+json; charset=utf-8", `{"token":"%s"}`),
	"XML body":                 body("text/xml", `<a><ns:Password x="1">%s</ns:Password></a>`),
	"event":                    body("text/event-stream", "event: a\ndata: {\"token\":\"%s\"}\n\n"),
	"event on two lines":       body("text/event-stream", "data: {\"a\":1,\ndata: \"token\":\"%s\"}\r\n\r\n"),
	"record":                   body("application/x-ndjson", "{\"a\":1}\n{\"token\":\"%s\"}\n"),
}

func message(format string) func(*redact.Redactor, string) string {
	return func(r *redact.Redactor, s string) string { return string(r.Message(fmt.Appendf(nil, format, s))) }
}

func body(mediaType, format string) func(*redact.Redactor, string) string {
	return func(r *redact.Redactor, s string) string {
		return string(r.Body(mediaType, fmt.Appendf(nil, format, s)))
	}
}

func TestSecretsGoFromEveryPlace(t *testing.T) {
	for place, redacted := range places {
		for kind, secret := range secrets {
			t.Run(place+"/"+kind, func(t *testing.T) {
				r := newRedactor(t, nil)
				out := redacted(r, secret)
				if strings.Contains(out, secret) || !strings.Contains(out, "REDACTED-") {
					t.Errorf("%q is still there, or nothing is in its place:\n%s", secret, out)
				}
				if len(r.Found()) == 0 {
					t.Error("nothing was reported")
				}
			})
		}
	}
}

// looks are places without a name, where a secret is known by its looks.
var looks = map[string]func(r *redact.Redactor, secret string) string{
	"any header":       func(r *redact.Redactor, s string) string { return r.Header("X-Debug", "got "+s+"; ok") },
	"path":             func(r *redact.Redactor, s string) string { return r.URL("https://h/t/" + s + "/x") },
	"odd query":        func(r *redact.Redactor, s string) string { return r.URL("https://h/?q=" + s) },
	"subprotocol":      func(r *redact.Redactor, s string) string { return r.Header("Sec-WebSocket-Protocol", "chat, "+s) },
	"text":             func(r *redact.Redactor, s string) string { return r.Text("it said '" + s + "'") },
	"text message":     message("subscribe with %s now"),
	"JSON value":       message(`{"x":["a %s."]}`),
	"JSON name":        message(`{"%s":1}`),
	"text body":        body("text/plain", "line\n%s\nline"),
	"HTML body":        body("text/html", "<script>var t='%s'</script>"),
	"comment in event": body("text/event-stream", ": %s\n\ndata: 1\n\n"),
	"id of event":      body("text/event-stream", "id: %s\ndata: 1\n\n"),
	"text in event":    body("text/event-stream", "data: hello %s\n\n"),
	"unknown type":     body("application/octet-stream", "..%s.."),
	"binary message":   message("\x00\xff\x01%s\x02"),
}

func TestSecretsAreKnownByTheirLooks(t *testing.T) {
	for place, redacted := range looks {
		for _, kind := range []string{"jwt", "jwt spaced", "openai", "github", "aws", "google"} {
			t.Run(place+"/"+kind, func(t *testing.T) {
				secret := secrets[kind]
				if out := redacted(newRedactor(t, nil), secret); strings.Contains(out, strings.TrimRight(secret, ".")) {
					t.Errorf("%q is still there:\n%s", secret, out)
				}
			})
		}
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	for _, message := range []string{
		`{"event":"login","msg":"","code":"0","connId":"a4d3ae55"}`,
		`{"id":"3","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"1"}]}`,
		`{"choices":[{"logprobs":{"content":[{"token":"Hello","logprob":-0.1,"bytes":[72]}]}}]}`,
		`{"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46},"max_tokens":100}`,
		`{"key":"name","value":"a = b","type":"event_notification"}`,
		"ping", "pong", "", " ", "{", `{"a":`, `"\u12`, "[DONE]", `{"a":"x=1&y=2"}`,
		`{"op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"}]}`,
		`{"token":"USDT","to":"BTC"}`, `42["chat message","hi there"]`, "eyes are here", "e", "task-0123456789012345678", "REDACTED-1",
	} {
		r := newRedactor(t, nil)
		if got := r.Message([]byte(message)); string(got) != message {
			t.Errorf("%s\nbecame\n%s", message, got)
		}
		if found := r.Found(); len(found) > 0 {
			t.Errorf("%s: found %v", message, found)
		}
	}
	for name, value := range map[string]string{
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "graphql-transport-ws, v12.stomp, actioncable-v1-json",
		"Content-Type": "application/json", "ETag": `"abc123def456"`, "WWW-Authenticate": `Bearer realm="x"`, "Host": "example.com",
		"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
	} {
		if got := newRedactor(t, nil).Header(name, value); got != value {
			t.Errorf("%s: %s became %s", name, value, got)
		}
	}
	for _, url := range []string{"https://h/a//b/../%2F?page=2&q=a+b#top", "wss://h:8443/socket.io/?EIO=4&transport=websocket", "/?code=US&key=name&token=BTC", "/x?", "*", ""} {
		if got := newRedactor(t, nil).URL(url); got != url {
			t.Errorf("%s became %s", url, got)
		}
	}
}

func TestTheSameSecretIsTheSamePlaceholderEverywhere(t *testing.T) {
	r := newRedactor(t, nil)
	secret := "q7wXk29+sLmv0/ZbT4="
	for place, got := range map[string]string{
		"query":    r.URL("wss://h/?token=q7wXk29%2BsLmv0%2FZbT4%3D"),
		"header":   r.Header("Authorization", "Bearer "+secret),
		"cookie":   r.Header("Cookie", "s="+secret),
		"JSON":     string(r.Message([]byte(`{"token":"q7wXk29+sLmv0\/ZbT4="}`))),
		"form":     string(r.Body("application/x-www-form-urlencoded", []byte("token=q7wXk29%2BsLmv0%2FZbT4%3D"))),
		"anywhere": r.Text("it was " + secret),
	} {
		if !strings.Contains(got, "REDACTED-1") || strings.Contains(got, "REDACTED-2") {
			t.Errorf("%s: %s", place, got)
		}
	}
	if got := r.Header("Authorization", "Bearer other-secret-1"); got != "Bearer REDACTED-2" {
		t.Errorf("another secret: %s", got)
	}
}

func TestSaltsGiveTheSamePlaceholdersInEveryRun(t *testing.T) {
	with := func(salt string) string {
		return newRedactor(t, &redact.Options{Salt: []byte(salt)}).Header("X-Api-Key", "opaque")
	}
	first, again, other := with("a"), with("a"), with("b")
	if first != again || first == other {
		t.Errorf("%s, %s, %s", first, again, other)
	}
}

func TestPlaceholdersCanBeAsLongAsTheSecret(t *testing.T) {
	for n := 1; n < 40; n++ {
		r := newRedactor(t, &redact.Options{SameLength: true})
		in := `{"password":"` + strings.Repeat("p", n) + `"}`
		out := string(r.Message([]byte(in)))
		if len(out) != len(in) || out == in {
			t.Errorf("%s became %s", in, out)
		}
	}
	in := []byte("\x82\x10Authorization: Bearer " + secrets["jwt"] + "\xff\xfe")
	if out := newRedactor(t, nil).Message(in); len(out) != len(in) || bytes.Equal(in, out) {
		t.Errorf("binary data changed its length: %q", out)
	}
}

func TestSpacingOrderAndEscapesStay(t *testing.T) {
	for in, want := range map[string]string{
		`{ "b" : 1,  "token" : "abc", "b" : "\u00e9\/x" }`:   `{ "b" : 1,  "token" : "REDACTED-1", "b" : "\u00e9\/x" }`,
		`{"password":12345678,"pin":[1,2]}`:                  `{"password":"REDACTED-1","pin":[1,2]}`,
		`{"token":"a","id":7,"other_token":"a"}`:             `{"token":"REDACTED-1","id":7,"other_token":"REDACTED-1"}`,
		`{"op":"auth","args":["keykeykey",1795,"c2lnbmVk"]}`: `{"op":"auth","args":["REDACTED-1",1795,"REDACTED-2"]}`,
		`{"Authorization":"Bearer abcdef"}`:                  `{"Authorization":"Bearer REDACTED-1"}`,
	} {
		if got := string(newRedactor(t, nil).Message([]byte(in))); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", in, got, want)
		}
	}
}

func TestSamplesOfWhatWasFoundGiveNothingAway(t *testing.T) {
	for secret, want := range map[string]string{
		"hunter2":                  "h… (7 bytes)",
		"sk-live-0123456789abcdef": "sk-l… (24 bytes)",
		"ab\x1bcdefgh0123456789":   "ab… (19 bytes)",
		"日本語の秘密の言葉です":              "日本… (33 bytes)",
	} {
		r := newRedactor(t, nil)
		r.Fields([]capture.Field{{Name: "X-Api-Key", Value: secret}})
		if found := r.Found(); len(found) != 1 || found[0].Sample != want {
			t.Errorf("%q: %+v, want %q", secret, found, want)
		}
	}
}

func TestFoundTellsRuleAndPlace(t *testing.T) {
	r := newRedactor(t, nil)
	fields := []capture.Field{{Name: "Host", Value: "h"}, {Name: "Authorization", Value: "Bearer abc"}}
	redacted := r.Fields(fields)
	if fields[1].Value != "Bearer abc" || redacted[1].Value != "Bearer REDACTED-1" {
		t.Errorf("%v, %v", fields, redacted)
	}
	r.URL("https://h/?token=1")
	r.Message([]byte(`{"op":"login","args":[{"apiKey":"k"},{"apiKey":"l"}]}`))
	want := []redact.Finding{
		{Rule: "authorization", Place: "header Authorization", Count: 1, Sample: "… (3 bytes)"},
		{Rule: "login", Place: "message $.args[*].apiKey", Count: 2, Sample: "… (1 bytes)"},
		{Rule: "query", Place: "query token", Count: 1, Sample: "… (1 bytes)"},
	}
	if got := r.Found(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if got, want := redact.Sum(r.Found()), "4 values (authorization 1, login 2, query 1)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
