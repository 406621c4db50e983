package filter_test

import (
	"errors"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

// FuzzParse: an expression is refused with a place inside it, or can be
// evaluated on anything.
func FuzzParse(f *testing.F) {
	for _, field := range filter.Fields() {
		f.Add(field.Example, []byte(`{"op":"order","a":[1,2.5,null]}`))
	}
	for _, s := range []string{
		`$.op=="order" and not (/x[a-z]/i or "y\u0041")`, "$..a[?@.b<1]>=2", "kind:ws,sse||!open", "a(", "$[", "\"\\", "id:1..2,3..", "note:*a*b*", "param:a:b", "'", "/\\//",
	} {
		f.Add(s, []byte("\x1e{}1[\"\\u0000\"]"))
	}
	f.Fuzz(func(t *testing.T, expr string, payload []byte) {
		flt, err := filter.Parse(expr)
		if err != nil {
			var se *filter.SyntaxError
			if !errors.As(err, &se) {
				t.Fatalf("error %T", err)
			}
			if se.Pos < 0 || se.Pos > len(expr) || se.Want == "" || se.Hint() == "" || se.Error() == "" {
				t.Fatalf("%q: %+v", expr, se)
			}
			return
		}
		ex := socket()
		row := filter.Message(&capture.Message{Opcode: capture.OpText, Data: payload, Len: uint64(len(payload))})
		verdict, passes := flt.Judge(ex), flt.Row(ex, row)
		if verdict == filter.Fail && passes || verdict == filter.Pass && !passes {
			t.Fatalf("%q: verdict %d, but Row says %v", expr, verdict, passes)
		}
		if flt.Within(ex).Row(ex, row) != passes {
			t.Fatalf("%q: settled, it says other than before", expr)
		}
	})
}
