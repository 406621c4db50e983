package merge_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture/merge"
)

const rules = `
# the house's own models
- host: "*.models.example"
  path: /v1/answer*
  type: text/event-stream
  text: $.answer
  reasoning: $.thought

- path: "*/tokens/*/stream"
  script: tokens.js
- host: Gateway.Example
  format: openai-chat
- type: application/x-ndjson
  text: $.late
- type: "*"
  text: $.last
`

func parse(t *testing.T, source string) *merge.Rules {
	t.Helper()
	r, err := merge.ParseRules(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shout is a script in Go.
type shout struct{ events []merge.ScriptEvent }

func (s *shout) Event(e merge.ScriptEvent) (string, string, error) {
	s.events = append(s.events, e)
	if e.Data == "fail" {
		return "", "", errors.New("tokens.js:1:2: no")
	}
	return strings.ToUpper(e.Data), "hm ", nil
}

func TestFirstRuleThatFitsCounts(t *testing.T) {
	const body = "data: {\"answer\":\"A\",\"last\":\"L\",\"thought\":\"T\",\"choices\":[{\"delta\":{\"content\":\"C\"}}]}\n\n"
	for name, x := range map[string]struct{ url, typ, text, format string }{
		"all three":          {"https://a.models.example:8443/v1/answer?x=1", "text/event-stream; charset=utf-8", "A", merge.JSONPath},
		"another host":       {"https://models.example/v1/answer", "text/event-stream", "L", merge.JSONPath},
		"another path":       {"https://a.models.example/v2/answer", "text/event-stream", "L", merge.JSONPath},
		"a script":           {"https://h/a/tokens/b/stream", "text/event-stream", strings.ToUpper(body[6 : len(body)-2]), merge.Scripted},
		"a format, any case": {"https://GATEWAY.example/x", "text/event-stream", "C", merge.OpenAIChat},
	} {
		t.Run(name, func(t *testing.T) {
			opened := ""
			o := &merge.Options{Rules: parse(t, rules), OpenScript: func(file string) (merge.Script, error) {
				opened = file
				return &shout{}, nil
			}}
			r := stream{url: x.url, typ: x.typ, body: body}.merged(t, o)
			if r.Choices[0].Text != x.text || r.Format != x.format || (opened == "tokens.js") != (x.format == merge.Scripted) {
				t.Errorf("got %q by %s, opened %q", r.Choices[0].Text, r.Format, opened)
			}
			if o.Path != "" || o.Script != nil {
				t.Error("the caller's options changed")
			}
		})
	}
}

func TestWhatIsAskedForComesBeforeTheRules(t *testing.T) {
	s := stream{url: "https://h/", typ: "text/event-stream", body: "data: {\"mine\":\"M\",\"last\":\"L\"}\n\n"}
	if r := s.merged(t, &merge.Options{Rules: parse(t, rules), Path: "$.mine"}); r.Choices[0].Text != "M" {
		t.Errorf("got %q", r.Choices[0].Text)
	}
}

func TestRuleErrorsSayTheLine(t *testing.T) {
	for name, x := range map[string]struct {
		source string
		line   int
	}{
		"no list":          {"host: x", 1},
		"an unknown field": {"- host: a\n  text: $.a\n- host: b\n  txet: $.a\n", 4},
		"two ways":         {"# x\n- host: a\n  text: $.a\n  script: b\n", 2},
		"no way":           {"- host: a\n", 1},
		"no place":         {"- host: a\n  text: $.a\n\n- text: $.a\n", 4},
		"a wrong path":     {"- host: a\n  text: '$.['\n", 1},
		"a wrong format":   {"- {host: a, format: nope}\n", 1},
		"a wrong type":     {"- host: a\n  text: [1]\n", 2},
		"broken YAML":      {"- host: a\n  text: \"x\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := merge.ParseRules(strings.NewReader(x.source))
			var wrong *merge.RuleError
			if !errors.As(err, &wrong) || wrong.Line != x.line || wrong.Hint() == "" {
				t.Errorf("got %v, want line %d", err, x.line)
			}
		})
	}
	if r := parse(t, "\n"); len(r.List()) != 0 {
		t.Errorf("an empty file has rules: %v", r.List())
	}
	if r := parse(t, rules).List(); len(r) != 5 || r[1].Line != 9 || r[1].Script != "tokens.js" {
		t.Errorf("rules are %+v", r)
	}
}

func TestRuleWithAScriptNeedsWhoOpensIt(t *testing.T) {
	s := stream{url: "https://h/tokens/stream", typ: "text/event-stream"}
	s.url = "https://h/a/tokens/b/stream"
	_, err := merge.Merge(s.transcript(t), &merge.Options{Rules: parse(t, rules)})
	if !errors.Is(err, merge.ErrNoOpenScript) {
		t.Errorf("got %v", err)
	}
	missing := errors.New("no such file")
	_, err = merge.Merge(s.transcript(t), &merge.Options{Rules: parse(t, rules), OpenScript: func(string) (merge.Script, error) {
		return nil, missing
	}})
	if !errors.Is(err, missing) {
		t.Errorf("got %v", err)
	}
}

func TestScriptSeesEveryEvent(t *testing.T) {
	s := &shout{}
	r := stream{url: "https://h/", typ: "text/event-stream", body: "id: 7\nevent: tok\ndata: a|b\n\n: only a comment\n\ndata: {}\n\ndata: cut"}.
		merged(t, &merge.Options{Script: s})
	if r.Choices[0].Text != "A|B{}CUT" || r.Choices[0].Reasoning != "hm hm hm " || !r.Complete {
		t.Errorf("got %+v", r)
	}
	if e := s.events[0]; e.Type != "tok" || e.ID != "7" || e.Seq != 1 || e.Dir.String() != "receive" || e.At <= 0 {
		t.Errorf("the first event is %+v", e)
	}
	s = &shout{}
	talk := stream{url: "wss://h/", talk: []said{{by: 0, text: "q"}, {by: 1, text: "a"}}}
	if r := talk.merged(t, &merge.Options{Script: s}); r.Choices[0].Text != "QA" || s.events[0].Dir.String() != "send" {
		t.Errorf("of a socket: %+v, %+v", r.Choices, s.events)
	}
}

func TestScriptThatFailsEndsTheMerging(t *testing.T) {
	s := &shout{}
	r := stream{url: "https://h/", typ: "text/event-stream", body: "data: a\n\ndata: fail\n\ndata: b\n\n"}.merged(t, &merge.Options{Script: s})
	if r.Choices[0].Text != "A" || r.Complete || string(r.Error) != `"tokens.js:1:2: no"` || len(s.events) != 2 {
		t.Errorf("got %+v after %d events", r, len(s.events))
	}
}

func TestRulesWithTheScriptInThem(t *testing.T) {
	s := stream{url: "https://h/", typ: "text/event-stream", body: "data: x\n\n"}
	first := parse(t, "- exchange: 1\n  source: |\n    function merge(e) {\n      return e.data\n    }\n")
	made := ""
	o := &merge.Options{Rules: first.Then(parse(t, "- host: h\n  text: $.never\n")), NewScript: func(source string) (merge.Script, error) {
		made = source
		return &shout{}, nil
	}}
	if r := s.merged(t, o); r.Choices[0].Text != "X" || made != "function merge(e) {\n  return e.data\n}\n" {
		t.Errorf("got %q by the script %q", r.Choices[0].Text, made)
	}
	if got := (*merge.Rules)(nil).Then(first); got != first || first.Then(nil) != first {
		t.Error("nothing before or behind makes other rules")
	}
}

func TestRulesAreWrittenAsTheyAreRead(t *testing.T) {
	want := parse(t, rules+"\n- exchange: 7\n  source: |\n    // a \"script\"\n    merge = e => e.data + ': #'\n")
	var b strings.Builder
	if err := merge.WriteRules(&b, want.List()); err != nil {
		t.Fatal(err)
	}
	got, err := merge.ParseRules(strings.NewReader(b.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	lines := cmpopts.IgnoreFields(merge.Rule{}, "Line")
	if diff := cmp.Diff(want.List(), got.List(), lines); diff != "" {
		t.Error(diff)
	}
}
