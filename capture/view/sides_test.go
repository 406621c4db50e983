package view_test

import (
	"bytes"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

func TestSides(t *testing.T) {
	n := func(i uint64) *uint64 { return &i }
	s := func(v string) *string { return &v }
	for name, st := range styles() {
		var buf bytes.Buffer
		for _, all := range []bool{false, true} {
			table := view.Sides(&buf, st)
			table.All = all
			must(t, table.Title("exchanges 3 and 7  GET wss://h.example.com/ws?\x1b[31m"))
			for _, r := range []view.SidesRow{
				{A: n(0), B: n(0), Name: "request", NoDir: true, Fields: []view.SidesField{
					{Path: "query.v", A: s("1"), B: s("2"), Class: "const"}, {Path: "query.token", A: s("a"), B: s("b"), Class: "token", OK: true},
				}},
				{A: n(1), B: n(1), Name: "op=login"},
				{A: n(2), B: n(3), Name: "op=order", Fields: []view.SidesField{{Path: "$.id", A: s("1"), B: s("2"), Class: "token", OK: true}}},
				{A: n(4), B: n(5), Name: "op=order", Dir: capture.Receive, Fields: []view.SidesField{
					{Path: "$.code", A: s(`"0"`), Class: "const"}, {Path: "$.msg", B: s("\"\x1b[2J 世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界世界\""), Class: "text"},
				}},
				{A: n(6), Name: "event=tick", Dir: capture.Receive, Text: `{"event":"tick","px":"1.07","qty":"2","text":"and much more of it than there is room for"}`},
				{B: n(123456), Name: "event=tick", Dir: capture.Receive, Text: "\x1b]0;x\a"},
			} {
				must(t, table.Row(&r))
			}
			must(t, table.Flush())
		}
		golden(t, "sides-"+name+".txt", buf.Bytes())
		fits(t, name, st, buf.String())
	}
}
