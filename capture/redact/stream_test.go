package redact_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/redact"
)

// through passes the runs of a body through a stream.
func through(t *testing.T, r *redact.Redactor, mediaType string, runs ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := r.Stream(mediaType, &out)
	for _, run := range runs {
		if _, err := io.WriteString(w, run); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestStreamsFindSecretsAtEverySplit(t *testing.T) {
	for mediaType, format := range map[string]string{
		"text/event-stream":                 "\ufeffdata: {\"token\":\"%[1]s\"}\r\n\r\n: note\ndata: x %[1]s y\nid: 7\n\ndata: {\ndata: \"api_key\":\"%[1]s\"}\r\rdata: cut %[1]s",
		"application/x-ndjson":              "{\"token\":\"%[1]s\"}\n{\"a\":\"%[1]s\"}\r\n\n{\"b\":\"%[1]s\"}",
		"application/json":                  "[{\"token\":\"%[1]s\"},\n\"%[1]s\"]",
		"application/x-www-form-urlencoded": "a=b&token=%[1]s&c=%[1]s",
		"text/html; charset=utf-8":          "<a href='/?token=%[1]s&x=1'>%[1]s</a>",
	} {
		in := fmt.Sprintf(format, secrets["jwt"])
		want := fmt.Sprintf(format, "REDACTED-1")
		for i := range len(in) + 1 {
			if got := through(t, newRedactor(t, nil), mediaType, in[:i], in[i:]); got != want {
				t.Fatalf("%s split at %d:\n%q\nwant\n%q", mediaType, i, got, want)
			}
		}
	}
}

func TestStreamsLetEventsGoAtOnce(t *testing.T) {
	var out bytes.Buffer
	w := newRedactor(t, nil).Stream("text/event-stream", &out)
	want := ""
	for i := range 100 {
		event := fmt.Sprintf("data: {\"n\":%d,\"text\":\" word number %d\"}\n\n", i, i)
		want += event
		_, _ = io.WriteString(w, event)
		if got := out.String(); got != want {
			t.Fatalf("after event %d:\n%s", i, got)
		}
	}
}

// pieces cuts s into runs of n bytes.
func pieces(s string, n int) (out []string) {
	for len(s) > n {
		out = append(out, s[:n])
		s = s[n:]
	}
	return append(out, s)
}

func TestSecretsSplitOverEventsAreFound(t *testing.T) {
	wrap := map[string]func(n int, s string) string{
		"openai": func(n int, s string) string {
			return fmt.Sprintf("data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", s)
		},
		"named": func(n int, s string) string {
			return fmt.Sprintf("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"text\":%q}}\n\n: ping\n\n", s)
		},
		"text":    func(n int, s string) string { return "data: " + s + "\n\n" },
		"counted": func(n int, s string) string { return fmt.Sprintf("data: {\"seq\":\"%d\",\"t\":%q}\n\n", n, s) },
	}
	for form, event := range wrap {
		for kind, secret := range secrets {
			for _, n := range []int{1, 2, 3, 7} {
				t.Run(fmt.Sprint(form, "/", kind, "/", n), func(t *testing.T) {
					r := newRedactor(t, nil)
					if kind == "short" || kind == "opaque" && n > 4 {
						t.Skip("known by name alone, or not at all")
					}
					r.URL("wss://h/?token=" + secret)
					var runs []string
					for i, s := range pieces("your key is "+secret+" and no other", n) {
						runs = append(runs, event(i, s))
					}
					out := through(t, r, "text/event-stream", runs...)
					joined := joinText(out)
					if strings.Contains(joined, secret) || !strings.Contains(joined, "your key is REDACTED-1 and no other") {
						t.Errorf("%s", joined)
					}
					if got, want := strings.Count(out, "data: "), strings.Count(strings.Join(runs, ""), "data: "); got != want {
						t.Errorf("%d events became %d", want, got)
					}
				})
			}
		}
	}
}

// joinText joins what a stream of events says, whatever form it has.
func joinText(stream string) string {
	var b strings.Builder
	for _, line := range strings.Split(stream, "\n") {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		for _, name := range []string{`"content":"`, `"text":"`, `"t":"`} {
			if _, after, ok := strings.Cut(data, name); ok {
				data, _, _ = strings.Cut(after, `"`)
				break
			}
		}
		b.WriteString(data)
	}
	return b.String()
}

func TestLongBodiesAreLookedAtInParts(t *testing.T) {
	secret := secrets["opaque"]
	var in strings.Builder
	in.WriteString(`{"list":[`)
	for i := 0; in.Len() < 1<<20; i++ {
		fmt.Fprintf(&in, `{"n":%d,"text":"a, b \" {","token":"%s"},`+"\n", i, secret)
	}
	in.WriteString(`{"big":"` + strings.Repeat("x, ", 200<<10) + `","token":"` + secret + `"}]}`)
	r := newRedactor(t, nil)
	r.SetWindow(256 << 10)
	out := through(t, r, "application/json", pieces(in.String(), 32<<10)...)
	if strings.Contains(out, secret) {
		t.Error("a secret is still there")
	}
	if want := strings.ReplaceAll(in.String(), secret, "REDACTED-1"); out != want {
		t.Error("more than the secrets changed")
	}
	for mediaType, line := range map[string]string{
		"text/plain":        "GET /?a=1&token=" + secret + " and more of the same\n",
		"text/event-stream": "data: /?token=" + secret + "&x\n", // one block without end
	} {
		in := strings.Repeat(line, 1<<20/len(line))
		r := newRedactor(t, nil)
		r.SetWindow(256 << 10)
		out := through(t, r, mediaType, pieces(in, 32<<10)...)
		if want := strings.ReplaceAll(in, secret, "REDACTED-1"); out != want {
			t.Errorf("%s: more or less than the secrets changed", mediaType)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"op":"login","args":[{"apiKey":"k","sign":"s"}]}`, `42["a",{"token":"x"}]`, "a=b&token=c", `{"a":"{\"token\":\"x\\u0041\"}"}`,
		"PASS x\n", "data: {\"token\":\"a\"}\n\n", "--b\r\nname=\"token\"\r\n\r\nx\r\n--b--", "\x00\xff" + secrets["jwt"], `{"\ud83d\ude00":"\ud83d"`,
		"<password>x</password>", "https://a:b@c/?token=%zz&auth={%22token%22:%22x%22}",
	} {
		f.Add([]byte(seed), byte(3))
	}
	types := []string{"application/json", "text/event-stream", "application/x-ndjson", "text/html", "multipart/form-data", "application/x-www-form-urlencoded", ""}
	rules, err := redact.ParseRules(strings.NewReader("paths: ['$..x', '$.a[*]']\nfields: ['*b*']\npatterns: [{match: 'q(.)'}]"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, p []byte, n byte) {
		r := newRedactor(t, &redact.Options{Rules: rules})
		was := string(p)
		out := r.Message(p)
		r.URL(was)
		r.Header("Cookie", was)
		r.Header("Sec-WebSocket-Protocol", was)
		if string(p) != was {
			t.Error("the input was changed")
		}
		if len(r.Found()) == 0 && !bytes.Equal(out, p) {
			t.Error("changed, but nothing was found")
		}
		mediaType := types[int(n)%len(types)]
		whole := through(t, newRedactor(t, &redact.Options{Salt: []byte("s")}), mediaType, was)
		split := through(t, newRedactor(t, &redact.Options{Salt: []byte("s")}), mediaType, pieces(was, int(n)%5+1)...)
		if whole != split {
			t.Errorf("%s: %q whole, %q in pieces", mediaType, whole, split)
		}
	})
}
