package tree_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/wiretape/wiretape/capture/internal/tree"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// seeds are JSON texts whose names and values YAML might take for something else.
var seeds = []string{
	`{"a":"b"}`, `{}`, `[]`, `[[],[[1]],{}]`, `{"null":"null","yes":"no","~":"~","1e3":"0x10","":"","- a":"- b","a: b":"c: d","#":"#x","<<":"="}`,
	`{"a":"line\nbreak","b":"trailing \nspace \n","c":"\n","d":" lead\ning","e":"tab\tx\ny"}`, `{"x":["\u0085","\u2028","\ufeff","\u0000","\ud83d\ude00","é"]}`,
	`{"n":[1,-2.5,1e400,12345678901234567890]}`, `"---"`, `"..."`, `"%YAML"`, `{"&a":"*a","!t":"!!str x","@":"` + "`" + `"}`, `{"2026-01-01":"2026-01-01T00:00:00Z","12:30":"1_000"}`,
	`{"a":{"b":[{"c":[[{"d":"e"}]],"f":"g\nh"}]}}`, `{"'":"\"","\\":"\\n","trail ":" x"}`,
}

func TestWhatIsWrittenIsReadTheSame(t *testing.T) {
	for _, s := range seeds {
		same(t, s)
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 500 && json.Valid([]byte(s)) {
			same(t, s)
		}
	})
}

// same checks that a JSON text comes back from JSON as it was, and that its YAML
// is one document with the same strings.
func same(t *testing.T, s string) {
	t.Helper()
	v := tree.Parse(jsontext.Of([]byte(s)))
	again := tree.Parse(jsontext.Of(tree.AppendJSON(nil, v)))
	if !reflect.DeepEqual(v, again) {
		t.Errorf("%s came back from JSON as %#v", s, again)
	}
	var fromYAML any
	if err := yaml.Unmarshal(tree.AppendYAML(nil, v), &fromYAML); err != nil {
		t.Errorf("%s became YAML that cannot be read: %v\n%s", s, err, tree.AppendYAML(nil, v))
		return
	}
	if got, want := strings(fromYAML), strings(v); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: the strings came back from YAML as %v, want %v:\n%s", s, got, want, tree.AppendYAML(nil, v))
	}
}

// strings counts the strings in a value, but for numbers: one that is too large
// for the reader comes back as a string.
func strings(v any) map[string]int {
	all := map[string]int{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if _, err := strconv.ParseFloat(v, 64); err == nil || errors.Is(err, strconv.ErrRange) {
				return
			}
			all[v]++
		case *tree.Map:
			for name, m := range v.All {
				all[name]++
				walk(m)
			}
		case map[string]any:
			for name, m := range v {
				all[name]++
				walk(m)
			}
		case tree.List:
			for _, e := range v {
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return all
}
