package redact_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/redact"
)

// TestRulesThatNestWithoutEnd are refused before the YAML parser takes minutes
// for them.
func TestRulesThatNestWithoutEnd(t *testing.T) {
	for _, part := range []string{"[", "{a: ", "- ", "&a [*a,"} {
		if _, err := redact.ParseRules(strings.NewReader(strings.Repeat(part, 900<<10/len(part)))); err == nil || !strings.Contains(err.Error(), "nested too deep") {
			t.Errorf("%s: %v", part, err)
		}
	}
}
