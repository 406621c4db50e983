package nesting_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/nesting"
)

func TestDepth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 0, "()[]{}": 1, "([{}])": 3, "))))((": 2, "- a\n- b\n- c": 1, "- - - a": 3, "? - a": 2, "a - b - c": 0,
		"- (a - b)": 1, "--- a": 0, "  - - a\n": 2, "[- [- a": 2,
		strings.Repeat("[", 1000): 1000, strings.Repeat("- ", 1000): 1000, strings.Repeat("[]", 1000): 1,
	} {
		if got := nesting.Depth([]byte(text)); got != want {
			t.Errorf("%.20q: %d, want %d", text, got, want)
		}
	}
}
