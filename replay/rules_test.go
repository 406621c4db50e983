package replay_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

func TestRulesCorrectThePlan(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":1,"op":"order","sz":"1","note":"a7"}`).receive(`{"id":1,"copy":"a7","sz":"1"}`).
		send(`{"id":2,"op":"other"}`).receive(`{"id":2,"n":2}`, `{"push":1}`)
	live := `{"id":9,"op":"order","sz":"777","note":"zz9"}`
	r.serve(nil).dial("/ws", nil).send(live).expectClose(1008)

	rules, err := replay.ParseRules([]byte(`
fields:
  - {kind: op=order, path: $.sz, class: text}
  - {kind: op=order, path: $.sz, class: token}
  - {path: $.note, class: token}
echoes:
  - {kind: "{id{copy{sz", path: $.copy, from: $.note}
  - {kind: "{id{copy{sz", path: $.sz, from: "-"}
causes:
  - {exchange: 1, message: 5, cause: 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	m := r.serve(&replay.Options{Speed: replay.Max, Plans: []*replay.Overrides{rules}})
	m.dial("/ws", nil).send(live).expect(`{"id":9,"copy":"zz9","sz":"1"}`, `{"push":1}`)
	m.ok()
	for _, bad := range []string{"fields: [{path: $.x, class: odd}]", "nonsense: 1", "fields: 7"} {
		if _, err := replay.ParseRules([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestRulesAreWrittenAsTheyAreRead(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).send(`{"id":"1","op":"subscribe","channel":"x"}`).receive(`{"id":"1","event":"subscribe"}`, `{"channel":"x","n":1}`)
	tr, err := transcript.Open(&r.tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := replay.Compile(tr)
	if err != nil {
		t.Fatal(err)
	}
	want := plan.Rules()
	if len(want.Fields) != 3 || len(want.Echoes) != 1 || len(want.Causes) != 2 {
		t.Errorf("rules %+v", want)
	}
	var y, j, text bytes.Buffer
	if err := want.WriteYAML(&y); err != nil {
		t.Fatal(err)
	}
	if err := want.WriteJSON(&j); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*bytes.Buffer{&y, &j} {
		got, err := replay.ParseRules(b.Bytes())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s\n%v %s", b, err, diff)
		}
	}
	if err := plan.WriteText(&text); err != nil || !strings.Contains(text.String(), "topic") {
		t.Errorf("%v\n%s", err, &text)
	}
}

// TestAPlanForPeopleHoldsNoControls is of a recording whose names and values do
// what they can to a terminal.
func TestAPlanForPeopleHoldsNoControls(t *testing.T) {
	const evil = "\\u001b]0;x\\u0007\u009b31m\u202e"
	r := newRecorder(t)
	r.socket(wsURL+"?"+"\u009b31m").
		send(`{"id":"1","op":"`+evil+`","n`+evil+`":1}`, "raw \x1b[31m\u009b").
		receive(`{"id":"1","event":"`+evil+`","n`+evil+`":1}`, "raw \x1b[31m\u009b\x80")
	tr, err := transcript.Open(&r.tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := replay.Compile(tr)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := plan.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, c := range text.String() {
		if c < ' ' && c != '\n' || c >= 0x7f && c < 0xa0 || c == '\u202e' || c == '\ufffd' {
			t.Fatalf("%q stands in\n%q", c, &text)
		}
	}
}
