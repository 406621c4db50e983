package jsontext_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// members returns what Members yields, as "name=value".
func members(text string) []string {
	var all []string
	for name, value := range jsontext.Of([]byte(text)).Members {
		all = append(all, string(name)+"="+string(value))
	}
	return all
}

func elements(text string) []string {
	var all []string
	for e := range jsontext.Of([]byte(text)).Elements {
		all = append(all, string(e))
	}
	return all
}

func TestMembers(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{
			"of all types", ` {"a":1,"b" : "x\"y}" , "c":[1,{"d":"]"}],"d":{"a":{}},"e":true,"f":null} `,
			[]string{"a=1", `b="x\"y}"`, `c=[1,{"d":"]"}]`, `d={"a":{}}`, "e=true", "f=null"},
		},
		{"with escapes in a name", `{"a\u0062\n":1}`, []string{"ab\n=1"}},
		{"with backslashes before a quote", `{"a":"\\","b":"\\\"","c":"\\\\"}`, []string{`a="\\"`, `b="\\\""`, `c="\\\\"`}},
		{"of an empty object", "{ }", nil},
		{"of an array", "[1]", nil},
		{"of nothing", "", nil},
		{"up to a value that is cut off", `{"a":1,"b":[1,2`, []string{"a=1"}},
		{"up to a string that is cut off", `{"a":1,"b":"x\"`, []string{"a=1"}},
		{"up to a missing colon", `{"a":1,"b" 2,"c":3}`, []string{"a=1"}},
		{"up to a missing comma", `{"a":1 "b":2}`, []string{"a=1"}},
		{"up to a missing value", `{"a":1,"b":,"c":3}`, []string{"a=1"}},
		{"up to a missing name", `{"a":1,}`, []string{"a=1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := members(c.text); !slices.Equal(got, c.want) {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
}

func TestElements(t *testing.T) {
	for text, want := range map[string][]string{
		`[1, "a,b" ,[2,[3]],{"x":"]"} , null]`: {"1", `"a,b"`, "[2,[3]]", `{"x":"]"}`, "null"},
		`[ ]`:                                  nil,
		`[1,`:                                  {"1"},
		`[1,,2]`:                               {"1"},
		`[1 2]`:                                {"1"},
		`{"a":1}`:                              nil,
	} {
		if got := elements(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestGetFollowsAPath(t *testing.T) {
	v := jsontext.Of([]byte(`{"a":{"b":"first","b":"second","c":{"d":7}},"e":[10,20]}`))
	if got := v.Get("a", "b").Text(); got != "first" {
		t.Errorf("a.b: %q", got)
	}
	if n, ok := v.Get("a", "c", "d").Int(); n != 7 || !ok {
		t.Errorf("a.c.d: %d %t", n, ok)
	}
	if got := v.Get("e").First().Text(); got != "10" {
		t.Errorf("first of e: %q", got)
	}
	if v.Get("a", "x", "y") != nil || v.Get("e", "f") != nil {
		t.Error("found what is not there")
	}
}

func TestTextOfStrings(t *testing.T) {
	for text, want := range map[string]string{
		`"plain"`:                   "plain",
		`"a\u00e9\ud83d\ude00\n\/"`: "aé😀\n/",
		`"\ud83d"`:                  "\uFFFD",
		`12.5`:                      "12.5",
		`null`:                      "null",
		`"bad \x escape"`:           `bad \x escape`,
		`"cut`:                      "cut",
		`"`:                         "",
		``:                          "",
	} {
		if got := jsontext.Value(text).Text(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestIntIsExact(t *testing.T) {
	for text, want := range map[string]bool{"12": true, "-3": true, "1.0": false, `"12"`: false, "1e3": false, "99999999999999999999": false, "": false} {
		if _, ok := jsontext.Value(text).Int(); ok != want {
			t.Errorf("%q: %t", text, ok)
		}
	}
}

func TestLookingUpMembersAllocatesNothing(t *testing.T) {
	text := jsontext.Of([]byte(`{"id":"17","op":"order","args":[{"instId":"BTC-USDT","px":"1\u0020"}],"n":5}`))
	n := testing.AllocsPerRun(100, func() {
		total := 0
		for name, value := range text.Members {
			switch string(name) {
			case "id", "op":
				total += len(value.Bytes())
			}
		}
		if total != 7 {
			t.Fatal(total)
		}
	})
	if n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// FuzzValue holds the walk against encoding/json: of valid objects and arrays
// every part is found, of others nothing is touched beyond the end.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x",{"b":null}],"c":"\"\\"}`, `[[],{},"",0]`, `{"a":`, `"`, `{"\`, `[1,2`, "\x1e{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		v := jsontext.Of(p)
		var parts []string
		for name, value := range v.Members {
			parts = append(parts, string(name)+string(value))
		}
		for e := range v.Elements {
			parts = append(parts, string(e))
		}
		if end := jsontext.End(p, 0); end > len(p) {
			t.Fatalf("ends at %d of %d", end, len(p))
		}
		if !json.Valid(p) {
			return
		}
		want := 0
		dec := json.NewDecoder(strings.NewReader(string(p)))
		if v.Is('{') || v.Is('[') {
			if _, err := dec.Token(); err != nil {
				t.Fatal(err)
			}
			for dec.More() {
				if v.Is('{') {
					if _, err := dec.Token(); err != nil {
						t.Fatal(err)
					}
				}
				var raw json.RawMessage
				if err := dec.Decode(&raw); err != nil {
					t.Fatal(err)
				}
				if want >= len(parts) || !strings.HasSuffix(parts[want], string(raw)) {
					t.Fatalf("part %d of %q: %q, want %q", want, p, parts, raw)
				}
				want++
			}
		}
		if want != len(parts) {
			t.Fatalf("%d parts of %q, want %d", len(parts), p, want)
		}
	})
}
