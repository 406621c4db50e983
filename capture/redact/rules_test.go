package redact_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/redact"
)

func parsed(t *testing.T, text string) *redact.Rules {
	t.Helper()
	rules, err := redact.ParseRules(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

const ruleFile = `# what we hide
headers: [X-Session, "x-internal-*"]
query: [ticket_no]
fields: [iban, "*Mail", pin]
paths: ["$.owner.name", "$.list[*].v", "$.deep"]
patterns:
  - name: account
    match: 'acct_([0-9]+)'
  - match: 'host-\d+'
keep:
  headers: [X-CSRF-Token]
  cookies: [theme]
  query: [code]
  fields: [signature]
`

func TestRulesOfAFileAreApplied(t *testing.T) {
	r := newRedactor(t, &redact.Options{Rules: parsed(t, ruleFile)})
	for in, want := range map[string]string{
		`{"iban":"DE1","eMail":"a@b","e_mail":"a@b","pin":1234}`:       `{"iban":"X","eMail":"X","e_mail":"X","pin":"X"}`,
		`{"owner":{"name":"Ann","age":7},"name":"Bob"}`:                `{"owner":{"name":"X","age":7},"name":"Bob"}`,
		`{"list":[{"v":1234,"w":1},{"v":"two"}],"v":"three"}`:          `{"list":[{"v":"X","w":1},{"v":"X"}],"v":"three"}`,
		`{"deep":{"a":["one",{"b":"two"}]}}`:                           `{"deep":{"a":["X",{"b":"X"}]}}`,
		`{"owner":{"n\u0061me":"Ann"}}`:                                `{"owner":{"n\u0061me":"X"}}`,
		`42["x",{"iban":"DE1"}]`:                                       `42["x",{"iban":"X"}]`,
		`from acct_123 at host-7`:                                      `from acct_X at X`,
		`{"signature":"stays","token":"goes"}`:                         `{"signature":"stays","token":"X"}`,
		`{"owner":{"name":"Ann"}}` + "\n" + `{"owner":{"name":"Eve"}}`: `{"owner":{"name":"X"}}` + "\n" + `{"owner":{"name":"X"}}`,
	} {
		if got := anonymous(string(r.Message([]byte(in)))); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", in, got, want)
		}
	}
	for in, want := range map[[2]string]string{
		{"x-session", "a b"}: "a X", {"X-Internal-Id", "7x"}: "X", {"X-CSRF-Token", "stays"}: "stays",
		{"Cookie", "theme=dark; sid=1"}: "theme=dark; sid=X", {"X-Other", "host-12"}: "X",
	} {
		if got := anonymous(r.Header(in[0], in[1])); got != want {
			t.Errorf("%v became %s, want %s", in, got, want)
		}
	}
	if got, want := anonymous(r.URL("/?ticket_no=7&ticketNo=8&code=stays&token=9")), "/?ticket_no=X&ticketNo=X&code=stays&token=X"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	rules := map[string]bool{}
	for _, f := range r.Found() {
		rules[f.Rule] = true
	}
	for _, name := range []string{"account", `pattern host-\d+`, "path $.owner.name", "field", "header", "query", "cookie"} {
		if !rules[name] {
			t.Errorf("%s is not among what was found: %v", name, r.Found())
		}
	}
}

// anonymous takes the numbers off placeholders.
func anonymous(s string) string {
	for i := 99; i > 0; i-- {
		s = strings.ReplaceAll(s, fmt.Sprint("REDACTED-", i), "X")
	}
	return s
}

func TestDefaultsCanBeLeftOut(t *testing.T) {
	for name, o := range map[string]*redact.Options{
		"by option": {NoDefaults: true, Rules: parsed(t, "fields: [a]")},
		"by file":   {Rules: parsed(t, "defaults: false\nfields: [a]")},
	} {
		r := newRedactor(t, o)
		if got := string(r.Message([]byte(`{"token":"` + secrets["jwt"] + `","a":"x"}`))); got != `{"token":"`+secrets["jwt"]+`","a":"REDACTED-1"}` {
			t.Errorf("%s: %s", name, got)
		}
		if got := r.Header("Authorization", "Bearer abc"); got != "Bearer abc" {
			t.Errorf("%s: %s", name, got)
		}
	}
	r := newRedactor(t, &redact.Options{Rules: parsed(t, "same-length: true")})
	if got := r.Header("X-Api-Key", "abcdefghijklmnop"); len(got) != 16 {
		t.Errorf("not the same length: %s", got)
	}
}

func TestBadRulesAreNamedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"headers: [a]\npatterns:\n  - match: '('\n":     "line 3:",
		"headers: [a]\npaths:\n  - '$.a'\n  - '$.['\n":  "line 4:",
		"headers: [a]\nheadres: [b]\n":                  "line 2:",
		"headers: [a]\nfields:\n  - [b]\n":              "line 3:",
		"fields: ['']\n":                                "line 1:",
		"headers: [a\n":                                 "line 1:",
		"headers: 7\n":                                  "line 1:",
		"patterns: [{name: x, match: 'a*'}]\n":          "line 1:",
		"keep:\n  paths: ['$.a']\n":                     "line 2:",
		"defaults: maybe\n":                             "line 1:",
		strings.Repeat("#", 1<<20) + "\nheaders: [a]\n": "1 MiB",
	} {
		_, err := redact.ParseRules(strings.NewReader(text))
		var bad *redact.RulesError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || bad.Hint() == "" {
			t.Errorf("%.80q: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "headers: []\n", "---\n"} {
		if _, err := redact.ParseRules(strings.NewReader(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add([]byte(ruleFile))
	f.Add([]byte("paths: ['$..[?@.a]']\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := redact.ParseRules(strings.NewReader(string(text)))
		if err != nil {
			return
		}
		r := newRedactor(t, &redact.Options{Rules: rules})
		r.Message([]byte(`{"a":{"b":["c",1]},"token":"x"}`))
		r.Header("X-A", "b")
	})
}
