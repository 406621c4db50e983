package payload_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/replay/internal/payload"
)

func leaves(d *payload.Doc) string {
	var b strings.Builder
	for _, l := range d.Leaves {
		fmt.Fprintf(&b, "%s=%s ", l.Path.Text, l.Value)
	}
	return strings.TrimSpace(b.String())
}

func TestParseTakesPayloadsApart(t *testing.T) {
	tests := []struct {
		name, in string
		format   payload.Format
		want     string
	}{
		{"object", `{"id":"7", "op":"order","args":[{"sz":1.0}]}`, payload.JSON, `$.id=7 $.op=order $.args[0].sz=1.0`},
		{"tuple", `["3","3","room:a","join",{"x":null}]`, payload.JSON, `$[0]=3 $[1]=3 $[2]=room:a $[3]=join $[4].x=null`},
		{"empty containers", `{"a":{},"b":[ ]}`, payload.JSON, `$.a={ $.b=[`},
		{"escapes", `{"a":"\u00e9\"\\\n\ud83d\ude00"}`, payload.JSON, "$.a=é\"\\\n😀"},
		{"json in a string", `{"identifier":"{\"channel\":\"Chat\",\"id\":7}"}`, payload.JSON, `$.identifier.channel=Chat $.identifier.id=7`},
		{"socket.io with ack", `4212["hi",1]`, payload.Prefixed, `packet=42 ack=12 $[0]=hi $[1]=1`},
		{"socket.io in a namespace", `42/admin,7["hi",{"a":1}]`, payload.Prefixed, `packet=42 namespace=/admin, ack["/admin,"]=7 $[0]=hi $[1].a=1`},
		{"socket.io ack", `430[]`, payload.Prefixed, `packet=43 ack=0 $=[`},
		{"records", "{\"type\":6}\x1e{\"a\":1}\x1e", payload.Lines, `$.type=6 records[1].a=1`},
		{"text", "REQ 17 GET price", payload.Text, `word[0]=REQ word[1]=17 word[2]=GET word[3]=price`},
		{"named words", "SEND\nreceipt:77\n\n\x00", payload.Text, `word[0]=SEND text.receipt=77`},
		{"form", "op=get&id=7+8", payload.Fields, `form.op=get form.id=7 8`},
		{
			"xml", `<?xml version="1.0"?><r:req id="5"><name>a &amp; b</name><e/><name>c</name></r:req>`, payload.XML,
			`xml.req.@id=5 xml.req.name=a & b xml.req.e= xml.req.name[1]=c`,
		},
		{"number", "12", payload.Text, `word[0]=12`},
		{"broken json", `{"a":}`, payload.Text, `word[0]={"a":}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := new(payload.Parser).Parse([]byte(tt.in), false)
			if d.Format != tt.format || leaves(d) != tt.want {
				t.Fatalf("format %v, leaves %q; want %v, %q", d.Format, leaves(d), tt.format, tt.want)
			}
		})
	}
}

func TestFieldsJoinElementsOfLists(t *testing.T) {
	d := new(payload.Parser).Parse([]byte(`{"args":[{"a":[1,2]},{"a":[3]}]}`), false)
	var got []string
	for _, l := range d.Leaves {
		got = append(got, l.Path.Field)
	}
	want := "$.args[*].a[0] $.args[*].a[1] $.args[*].a[0]"
	if strings.Join(got, " ") != want {
		t.Fatalf("fields %q, want %q", got, want)
	}
}

func TestReplacedValuesKeepTypePlaceAndNeighbours(t *testing.T) {
	tests := []struct {
		name, data, path, live, livePath, want string
		keep                                   bool
	}{
		{"string by string", `{ "id" : "7" ,"x":1.50}`, "$.id", `{"id":"9\u00e9\""}`, "$.id", `{ "id" : "9\u00e9\"" ,"x":1.50}`, false},
		{"number by number", `{"id":7,"x":"7"}`, "$.id", `{"id":93}`, "$.id", `{"id":93,"x":"7"}`, false},
		{"live type goes along", `{"id":7}`, "$.id", `{"id":"a"}`, "$.id", `{"id":"a"}`, false},
		{"recorded type is kept", `{"id":"7"}`, "$.id", `{"id":93}`, "$.id", `{"id":"93"}`, true},
		{"ack number", `430["ok"]`, "ack", `4299["x"]`, "ack", `4399["ok"]`, false},
		{"in a string", `{"m":"{\"id\":\"7\",\"b\":2}"}`, "$.m.id", `{"id":"q\"x"}`, "$.id", `{"m":"{\"id\":\"q\\\"x\",\"b\":2}"}`, false},
		{"xml", `<a id="7"><b>7</b></a>`, "xml.a.@id", `<a id="&lt;8"/>`, "xml.a.@id", `<a id="&lt;8"><b>7</b></a>`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p payload.Parser
			d, live := p.Parse([]byte(tt.data), false), p.Parse([]byte(tt.live), false)
			l, v := find(t, d, tt.path), find(t, live, tt.livePath)
			text := l.AppendValue(nil, v, live.Data[v.Start:v.End], tt.keep)
			got := payload.Apply(nil, d.Data, []payload.Edit{{Start: l.Start, End: l.End, Text: text}})
			if string(got) != tt.want {
				t.Fatalf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func find(t *testing.T, d *payload.Doc, path string) *payload.Leaf {
	t.Helper()
	for i := range d.Leaves {
		if d.Leaves[i].Path.Text == path {
			return &d.Leaves[i]
		}
	}
	t.Fatalf("no leaf %s in %s", path, d.Data)
	return nil
}

// Replacing one scalar of a JSON text touches that scalar alone.
func FuzzReplace(f *testing.F) {
	f.Add(`{"id":"7","a":[1,{"b":"\u00e9"}],"m":"{\"x\":\"y\"}"}`, 0, "new")
	f.Add(`[null,"5","phoenix","heartbeat",{}]`, 1, "\"\\\n")
	f.Add(`{"a":{"b":[]}}`, 0, "")
	f.Fuzz(func(t *testing.T, text string, n int, value string) {
		if !json.Valid([]byte(text)) {
			return
		}
		var p payload.Parser
		d := p.Parse([]byte(text), false)
		if d.Format != payload.JSON || n < 0 || len(d.Leaves) == 0 || d.Leaves[0].Path.Text == "$" {
			return
		}
		n %= len(d.Leaves)
		live := p.Parse(payload.AppendString([]byte(`{"id":`), strings.ToValidUTF8(value, "?"), 0), false)
		live = p.Parse(append(live.Data, '}'), false)
		if live.Format != payload.JSON {
			t.Fatalf("not JSON: %s", live.Data)
		}
		l, v := &d.Leaves[n], &live.Leaves[0]
		edited := payload.Apply(nil, d.Data, []payload.Edit{{
			Start: l.Start, End: l.End, Text: l.AppendValue(nil, v, live.Data[v.Start:v.End], false),
		}})
		if !json.Valid(edited) {
			t.Fatalf("%s became %s", d.Data, edited)
		}
		after := p.Parse(edited, false)
		if len(live.Leaves) > 1 || v.Kind == payload.Empty || strings.HasPrefix(v.Value, "{") || strings.HasPrefix(v.Value, "[") {
			return // the value is a JSON text itself
		}
		if len(after.Leaves) != len(d.Leaves) {
			t.Fatalf("%s became %s: %d leaves, then %d", d.Data, edited, len(d.Leaves), len(after.Leaves))
		}
		for i := range d.Leaves {
			was, is := &d.Leaves[i], &after.Leaves[i]
			if i != n && (was.Value != is.Value || was.Path.Text != is.Path.Text || was.Kind != is.Kind) {
				t.Fatalf("replacing %s changed %s from %q to %q", l.Path.Text, was.Path.Text, was.Value, is.Value)
			}
			if i == n && is.Value != v.Value {
				t.Fatalf("%s is %q, want %q", l.Path.Text, is.Value, v.Value)
			}
		}
	})
}
