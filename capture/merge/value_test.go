package merge_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/wiretape/wiretape/capture/merge"
)

// FuzzValue reads JSON with the package's own reader and with encoding/json.
func FuzzValue(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `""`, `0`, `-1.5e+7`, `true`, `false`, `null`, ` { "a" : [ 1 , { } , [ ] ] , "b" : "\"" } `,
		`{"a":1,"a":2}`, `{"\u0061":1,"\\":"\\\\"}`, `["\ud83d\ude00","\ud83d","\ude00","é\n"]`, "\"\xff\xed\xa0\x80\"",
		`[[[[]]],{"x":{"y":{"z":"]}"}}}]`, "\t\r\n[1,2]\n", `{"":""}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := merge.Walk(data)
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if !json.Valid(data) {
			if ok {
				t.Fatalf("%q is taken for JSON", data)
			}
			return
		}
		if err := d.Decode(&want); err != nil {
			t.Skip() // nested deeper than encoding/json goes
		}
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %#v, want %#v", data, got, want)
		}
	})
}
