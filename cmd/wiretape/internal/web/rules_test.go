package web_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// documents are kept in memory.
type documents struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (d *documents) Document(key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kept[key], nil
}

func (d *documents) SetDocument(key string, value []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if value == nil {
		delete(d.kept, key)
		return nil
	}
	d.kept[key] = value
	return nil
}

func (d *documents) Documents(prefix string) (keys []string, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k := range d.kept {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// rulesJSON is what GET /rules answers.
type rulesJSON struct {
	Items    []merge.Rule
	Writable bool
	Error    string
	File     struct {
		Path  string
		Items []merge.Rule
	}
}

func TestRulesAreKeptOnTheTape(t *testing.T) {
	docs := &documents{kept: map[string][]byte{}}
	own, err := merge.ParseRules(strings.NewReader("- host: own\n  text: $.x\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := drive(t, web.Options{Documents: docs, RulesFile: func() (string, *merge.Rules, error) { return "/cfg/merge.yaml", own, nil }})
	var got rulesJSON
	d.want(200, "GET", "/rules", nil, &got)
	if len(got.Items) != 0 || !got.Writable || got.File.Path != "/cfg/merge.yaml" || len(got.File.Items) != 1 {
		t.Errorf("at first %+v", got)
	}
	rules := []merge.Rule{
		{Host: "a.test", Path: "/v1", Text: "$.t", Reasoning: "$.r"},
		{Exchange: 7, Source: "function merge(e) {\n\treturn e.data\n}\n"},
	}
	d.want(200, "PUT", "/rules", map[string]any{"items": rules}, &got)
	if len(got.Items) != 2 || got.Items[1].Source != rules[1].Source || got.Items[0].Reasoning != "$.r" {
		t.Errorf("kept %+v", got.Items)
	}
	if kept, err := merge.ParseRules(strings.NewReader(string(docs.kept[web.RulesDocument]))); err != nil || len(kept.List()) != 2 {
		t.Errorf("document %q: %v", docs.kept[web.RulesDocument], err)
	}
	d.want(200, "PUT", "/rules", map[string]any{"items": []merge.Rule{}}, &got)
	if _, kept := docs.kept[web.RulesDocument]; kept {
		t.Error("no rules are kept as a document")
	}
}

func TestRulesThatCannotBeUsedAreRefused(t *testing.T) {
	d := drive(t, web.Options{Documents: &documents{kept: map[string][]byte{}}})
	for name, rule := range map[string]merge.Rule{
		"no way":       {Host: "a"},
		"two ways":     {Host: "a", Text: "$.x", Format: "openai-chat"},
		"no place":     {Text: "$.x"},
		"bad path":     {Host: "a", Text: "$.["},
		"bad format":   {Host: "a", Format: "odd"},
		"bad script":   {Host: "a", Source: "function merge( {"},
		"throws":       {Host: "a", Source: "throw new Error('no')"},
		"names a file": {Host: "a", Script: "/etc/passwd"},
	} {
		var p struct{ Title, Detail string }
		if d.want(422, "PUT", "/rules", map[string]any{"items": []merge.Rule{{Host: "ok", Text: "$.x"}, rule}}, &p); !strings.HasPrefix(p.Detail, "rule 2: ") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	drive(t, web.Options{}).want(409, "PUT", "/rules", map[string]any{"items": []merge.Rule{}}, nil)
}

func TestAnswersAreMergedAnewByNewRules(t *testing.T) {
	tape := newStudio(t).tape
	d := drive(t, web.Options{Source: tape, Documents: tape, MergeOptions: func() (*merge.Options, error) {
		text, err := tape.Document(web.RulesDocument)
		if err != nil {
			return nil, err
		}
		rules, err := merge.ParseRules(strings.NewReader(string(text)))
		return &merge.Options{Rules: rules}, err
	}})
	s := &studio{driven: d, tape: tape}
	var err error
	if s.rec, err = record.New(tape, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.rec.Close() })
	s.response("text/event-stream", "data: {\"a\":\"A\",\"b\":\"B\"}\n\n")
	for _, name := range []string{"a", "b"} {
		d.want(200, "PUT", "/rules", map[string]any{"items": []merge.Rule{{Host: "*", Text: "$." + name}}}, nil)
		var got struct{ Choices []struct{ Text string } }
		d.want(200, "GET", "/exchanges/1/merge", nil, &got)
		if want := strings.ToUpper(name); len(got.Choices) != 1 || got.Choices[0].Text != want {
			t.Errorf("%+v, want %s", got, want)
		}
	}
}
