package apidoc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/apidoc"
)

// compact returns a schema without what is there for readers only.
func compact(t *testing.T, s *apidoc.Schema) string {
	t.Helper()
	b, err := json.Marshal(s.Tree(apidoc.Draft2020).Plain())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSchemasSayWhatTheSamplesHaveInCommon(t *testing.T) {
	repeat := func(n int, texts ...string) []string {
		var all []string
		for range n {
			all = append(all, texts...)
		}
		return all
	}
	numbered := func(format string, n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf(format, i, i))
		}
		return all
	}
	for _, c := range []struct {
		name  string
		tuple bool
		texts []string
		want  string
	}{
		{"required by presence in all", false, []string{`{"a":1,"b":true}`, `{"a":2}`}, `{"properties":{"a":{"type":"integer"},"b":{"type":"boolean"}},"required":["a"],"type":"object"}`},
		{"null", false, []string{`{"a":null}`, `{"a":"x y z"}`}, `{"properties":{"a":{"type":["string","null"]}},"required":["a"],"type":"object"}`},
		{"null and object", false, []string{`{"a":null}`, `{"a":{}}`}, `{"properties":{"a":{"type":["object","null"]}},"required":["a"],"type":"object"}`},
		{"integer and number", false, []string{`[1,2]`, `[2.5]`}, `{"items":{"type":"number"},"type":"array"}`},
		{"large integers", false, []string{`[1763740800123]`}, `{"items":{"format":"int64","type":"integer"},"type":"array"}`},
		{"a date and time", false, []string{`["2026-01-02T03:04:05Z"]`, `["2026-01-02T03:04:05.678+01:00"]`}, `{"items":{"format":"date-time","type":"string"},"type":"array"}`},
		{"a date and time, but for one", false, []string{`["2026-01-02T03:04:05Z","later than that, who knows when"]`}, `{"items":{"type":"string"},"type":"array"}`},
		{"uuid", false, []string{`["7d444840-9dc0-11d1-b245-5ffdce74fad2"]`}, `{"items":{"format":"uuid","type":"string"},"type":"array"}`},
		{"mail", false, []string{`["ada@example.com"]`}, `{"items":{"format":"email","type":"string"},"type":"array"}`},
		{"uri", false, []string{`["https://example.com/a?b=c"]`}, `{"items":{"format":"uri","type":"string"},"type":"array"}`},
		{"few words again and again", false, repeat(4, `["buy"]`, `["sell"]`), `{"items":{"enum":["buy","sell"],"type":"string"},"type":"array"}`},
		{"few words, each once", false, []string{`["buy"]`, `["sell"]`}, `{"items":{"type":"string"},"type":"array"}`},
		{"ids again and again", false, repeat(9, `["c81e728d9d4c"]`, `["eccbc87e4b5c"]`), `{"items":{"type":"string"},"type":"array"}`},
		{"what tells the kind", false, []string{`{"op":"order"}`}, `{"properties":{"op":{"const":"order","type":"string"}},"required":["op"],"type":"object"}`},
		{"a secret is no word", false, repeat(4, `{"op":"REDACTED-1"}`), `{"properties":{"op":{"type":"string"}},"required":["op"],"type":"object"}`},
		{
			"a map keyed by ids", false,
			[]string{`{"7d444840-9dc0-11d1-b245-5ffdce74fad2":{"n":1},"7d444840-9dc0-11d1-b245-5ffdce74fad3":{"n":2}}`},
			`{"additionalProperties":{"properties":{"n":{"type":"integer"}},"required":["n"],"type":"object"},"type":"object"}`,
		},
		{"a map of many names", false, numbered(`{"sym%d":{"n":%d}}`, 60), `{"additionalProperties":{"properties":{"n":{"type":"integer"}},"required":["n"],"type":"object"},"type":"object"}`},
		{
			"shapes that differ, told apart by a word", false,
			[]string{`[{"type":"text","text":"a b"},{"type":"image","url":"x y","width":1}]`},
			`{"items":{"oneOf":[{"properties":{"text":{"type":"string"},"type":{"const":"text","type":"string"}},"required":["type","text"],"type":"object"},` +
				`{"properties":{"type":{"const":"image","type":"string"},"url":{"type":"string"},"width":{"type":"integer"}},"required":["type","url","width"],"type":"object"}]},"type":"array"}`,
		},
		{
			"shapes alike, told apart by a word", false,
			[]string{`[{"type":"bid","px":1,"sz":2},{"type":"ask","px":1,"sz":3}]`},
			`{"items":{"properties":{"px":{"type":"integer"},"sz":{"type":"integer"},"type":{"enum":["ask","bid"],"type":"string"}},"required":["type","px","sz"],"type":"object"},"type":"array"}`,
		},
		{"members that come one at a time", false, []string{`{}`, `{"a":1}`, `{"b":1}`}, `{"properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"type":"object"}`},
		{"text and object", false, []string{`{"a":"x y"}`, `{"a":{"b":1}}`}, `{"properties":{"a":{"oneOf":[{"properties":{"b":{"type":"integer"}},"required":["b"],"type":"object"},{"type":"string"}]}},"required":["a"],"type":"object"}`},
		{"places with meanings", true, []string{`["ev",{"a":1}]`, `["ev",{"a":2},3]`}, `{"minItems":2,"prefixItems":[{"const":"ev","type":"string"},{"properties":{"a":{"type":"integer"}},"required":["a"],"type":"object"},{"type":"integer"}],"type":"array"}`},
		{"too many places", true, []string{`[1,2,3,4,5,6,7,8,9,10,11,12]`}, `{"items":{"type":"integer"},"type":"array"}`},
		{"a name that refers", false, []string{`{"$ref":"#/x"}`}, `{"patternProperties":{"^\\$ref$":{"type":"string"}},"type":"object"}`},
		{"always the same text", false, []string{"ping", "ping"}, `{"const":"ping","type":"string"}`},
	} {
		if got := compact(t, apidoc.Infer(c.tuple, c.texts...)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestInferringIsBounded(t *testing.T) {
	var wide strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&wide, `,"n%d":{"a%d":1}`, i, i)
	}
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for _, text := range []string{"{" + wide.String()[1:] + "}", deep, "[" + strings.Repeat("[1],", 200_000) + "1]"} {
		b := []byte(compact(t, apidoc.Infer(false, text, text)))
		if len(b) > 100*apidoc.MaxNodes {
			t.Errorf("the schema has %d bytes", len(b))
		}
	}
}

func FuzzInfer(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `[1,"x",null,{"type":"a"}]`, `{"a":{"a":{"a":[]}}}`, `{`, `"x"`, `{"$ref":1,"":2}`, "\x00"} {
		f.Add(s, `{"a":"b"}`)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, tuple := range []bool{false, true} {
			if s := apidoc.Infer(tuple, a, b, a, a); s != nil {
				if text := compact(t, s); !json.Valid([]byte(text)) {
					t.Errorf("no JSON: %s", text)
				}
			}
		}
	})
}
