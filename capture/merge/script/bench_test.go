package script_test

import (
	"testing"

	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/merge/script"
)

func BenchmarkEvent(b *testing.B) {
	s, err := script.New("rule.js", `(e, s) => { s.n = (s.n || 0) + 1; return e.json.choices[0].delta.content }`,
		&script.Options{Total: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	e := merge.ScriptEvent{Type: "message", Data: `{"id":"c","choices":[{"index":0,"delta":{"content":"word"},"finish_reason":null}]}`}
	for b.Loop() {
		if text, _, err := s.Event(e); text != "word" || err != nil {
			b.Fatal(text, err)
		}
	}
}
