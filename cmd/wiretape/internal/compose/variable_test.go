package compose_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func testScope() *compose.Scope {
	return &compose.Scope{
		Vars: []map[string]string{{"a": "run"}, {"a": "tape", "b": "{{a}}/{{env.HOST}}", "loop": "{{loop}}", "apiToken": "t0k", "odd-1.x": "odd"}},
		Env: func(name string) (string, bool) {
			v, ok := map[string]string{"HOST": "h", "KEY": "key"}[name]
			return v, ok
		},
	}
}

func TestResolve(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"no variables } } {", "no variables } } {"},
		{"{{a}}", "run"},
		{"<{{ a }}{{a}}>", "<runrun>"},
		{"{{b}}", "run/h"},
		{"{{odd-1.x}}", "odd"},
		{`\{{a}} {{a}}`, "{{a}} run"},
		{`{"a":{"b":{{a}}}}`, `{"a":{"b":run}}`},
		// Computed with openssl dgst -sha256 -hmac KEY.
		{`{{$hmacSha256 env.KEY "The quick brown fox jumps over the lazy dog"}}`, "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"},
		{`{{$hmacSha256Base64 "key" "The quick brown fox " "jumps over the lazy dog"}}`, "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="},
		{`{{$hmacSha256 "k" "}}"}}`, "114eb8d7509600e4c504afd6f96c0e5e0806ce3352a3873372119a8807c2c9b8"},
	} {
		got, err := testScope().Resolve(test.text)
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.text, got, err, test.want)
		}
	}
}

func TestFunctions(t *testing.T) {
	s := testScope()
	for i := 1; i <= 3; i++ {
		got, err := s.Resolve("{{$seq}} {{$seq}} {{$nowMs}} {{$nowMs}} {{$uuid}} {{$uuid}}")
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(got)
		if f[0] != string(rune('0'+i)) || f[1] != f[0] || f[2] != f[3] || len(f[2]) != 13 || f[4] == f[5] {
			t.Errorf("text %d: %q", i, got)
		}
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(f[4]) {
			t.Errorf("%q is no UUID of version 4", f[4])
		}
	}
}

func TestWhatDoesNotResolve(t *testing.T) {
	for _, test := range []struct {
		text, want string
		as         any
	}{
		{"{{a}} {{nobody}} {{env.NONE}} {{nobody}}", "{{nobody}}, {{env.NONE}}", new(*compose.UnknownError)},
		{"{{$nothing}}", "{{$nothing}}", new(*compose.UnknownError)},
		{"{{$hmacSha256 nokey a}}", "{{nokey}}", new(*compose.UnknownError)},
		{"{{$hmacMd5 a a}}", "{{$hmacMd5}}", new(*compose.UnknownError)},
		{"x {{a", "at byte 2", new(*compose.TemplateError)},
		{"{{}}", "nothing between", new(*compose.TemplateError)},
		{"{{a b}}", "not a name", new(*compose.TemplateError)},
		{"{{#each}}", "not a name", new(*compose.TemplateError)},
		{"{{$hmacSha256 a}}", "a key and a text", new(*compose.TemplateError)},
		{"{{loop}}", "stands for itself", new(*compose.TemplateError)},
	} {
		_, err := testScope().Resolve(test.text)
		var hinted interface{ Hint() string }
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, test.as) || !errors.As(err, &hinted) || hinted.Hint() == "" {
			t.Errorf("%s: %T %v, want %q", test.text, err, err, test.want)
		}
	}
}

// TestVariablesThatMakeMuchOfLittle are given up: a collection may come from
// somebody else.
func TestVariablesThatMakeMuchOfLittle(t *testing.T) {
	ladder := func(last string) map[string]string {
		vars := map[string]string{"v15": last}
		for i := range 15 {
			vars[fmt.Sprintf("v%d", i)] = strings.Repeat(fmt.Sprintf("{{v%d}}", i+1), 50)
		}
		return vars
	}
	for name, vars := range map[string]map[string]string{
		"of itself":     {"v0": strings.Repeat("{{v0}}", 50)},
		"of many":       ladder("x"),
		"of nothing":    ladder(""),
		"of much":       ladder(strings.Repeat("x", 1<<20)),
		"of a variable": {"v0": strings.Repeat("{{env.LONG}}", 200)},
	} {
		t.Run(name, func(t *testing.T) {
			s := &compose.Scope{Vars: []map[string]string{vars}, Env: func(string) (string, bool) { return strings.Repeat("x", 1<<20), true }}
			var template *compose.TemplateError
			if _, err := s.Resolve("{{v0}}"); !errors.As(err, &template) {
				t.Errorf("%v", err)
			}
			if p := s.Preview("{{v0}}"); p.Error == "" && len(p.Text) > 1<<20 {
				t.Errorf("the preview has %d bytes", len(p.Text))
			}
		})
	}
}

func TestPreviewMasksSecrets(t *testing.T) {
	s := testScope()
	p := s.Preview("{{a}} {{b}} {{env.KEY}} {{apiToken}} {{$seq}} {{who}}")
	if p.Text != "run run/•••• •••• •••• 1 {{who}}" || len(p.Unknown) != 1 || p.Unknown[0] != "who" || p.Error != "" {
		t.Errorf("%+v", p)
	}
	if p := s.Preview("{{$seq}} {{"); p.Text != "1 {{" || p.Error == "" {
		t.Errorf("%+v: looking must not count", p)
	}
	if got, err := s.Resolve("{{$seq}}"); got != "1" || err != nil {
		t.Errorf("the first number is %s, %v", got, err)
	}
}

func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"{{a}}", `\{{a}}`, `{{$hmacSha256 "a" b}}`, "{{{{}}}}", `{{"\`, "{{ }}", "{{b}}{{loop}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := testScope()
		p := s.Preview(text)
		got, err := s.Resolve(text)
		if !strings.Contains(text, "{{") && (got != text || err != nil) {
			t.Errorf("%q became %q, %v", text, got, err)
		}
		if (err == nil) != (p.Error == "" && len(p.Unknown) == 0) {
			t.Errorf("%q: the preview says %+v, resolving %v", text, p, err)
		}
	})
}

func TestMessages(t *testing.T) {
	str := func(s string) *string { return &s }
	for _, test := range []struct {
		m    compose.Message
		want string // opcode and payload, or part of the error
	}{
		{compose.TextMessage("{{a}}"), "text run"},
		{compose.Message{Opcode: "binary", Text: str("{{a}}")}, "binary run"},
		{compose.Message{Opcode: "ping"}, "ping "},
		{compose.Message{Hex: str("00 ff\n7F")}, "binary \x00\xff\x7f"},
		{compose.Message{Opcode: "text", Base64: str("e3thfX0=")}, "text {{a}}"},
		{compose.Message{Base64: str("_-8")}, "binary \xff\xef"},
		{compose.Message{Hex: str("0g")}, "'g' at character 2"},
		{compose.Message{Hex: str("000")}, "half a byte"},
		{compose.Message{Base64: str("a*")}, "wrong at character 2"},
		{compose.Message{Opcode: "close"}, "no opcode"},
		{compose.Message{Opcode: "ping", Text: str(strings.Repeat("x", 126))}, "at most 125 bytes"},
	} {
		op, payload, err := test.m.Resolve(testScope())
		got := op.String() + " " + string(payload)
		var wrong *compose.MessageError
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || err != nil && !errors.As(err, &wrong) {
			t.Errorf("%+v: %q, want %q", test.m, got, test.want)
		}
	}
}
