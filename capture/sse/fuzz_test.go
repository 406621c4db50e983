package sse_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/sse"
)

// FuzzSplit checks that the way a stream is split changes nothing, that nothing
// of it is lost, and that counting counts the same.
func FuzzSplit(f *testing.F) {
	for i, v := range vectors {
		f.Add(v.stream, i, i+7, int64(0))
		f.Add(v.stream, i+1, i+2, int64(i))
	}
	f.Fuzz(func(t *testing.T, stream string, a, b int, limit int64) {
		a = max(0, min(a, len(stream)))
		b = max(a, min(b, len(stream)))
		runs := []string{stream[:a], stream[a:b], stream[b:]}
		o := &sse.Options{MaxEvent: max(0, limit)}
		whole, d := decode(o, stream)
		events, e := decode(o, runs...)
		if want, got := content(whole), content(events); !reflect.DeepEqual(want, got) {
			t.Errorf("-whole +split\n%s", cmp.Diff(want, got))
		}
		if got := raw(events, e); limit <= 0 && len(stream) < 4096 && got != stream {
			t.Errorf("all Raw in a row is %q, the stream %q", got, stream)
		}
		if d.LastID() != e.LastID() {
			t.Errorf("id %q; whole %q", e.LastID(), d.LastID())
		}
		o.CountOnly = true
		counted, c := decode(o, runs...)
		if len(counted) != len(whole) || c.LastID() != d.LastID() {
			t.Fatalf("counted %d, id %q; want %d, %q", len(counted), c.LastID(), len(whole), d.LastID())
		}
		for i, e := range counted {
			if e.Dispatched != whole[i].Dispatched || e.Incomplete != whole[i].Incomplete {
				t.Errorf("counted %+v, want %+v", e, whole[i])
			}
		}
	})
}

// FuzzAppendEvent checks that what is encoded is what is decoded again.
func FuzzAppendEvent(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.stream)
	}
	f.Add("id: 1\ndata: x\n\nretry: 99999999999999999\n\n: c\n\nid\ndata: y\n")
	f.Fuzz(func(t *testing.T, stream string) {
		events, _ := decode(nil, stream)
		var encoded []byte
		for _, e := range events {
			encoded = sse.AppendEvent(encoded, e)
		}
		again, _ := decode(nil, string(encoded))
		want, got := meaning(events), meaning(again)
		if !reflect.DeepEqual(want, got) {
			t.Errorf("-before +after\n%s\nencoded %q", cmp.Diff(want, got), encoded)
		}
	})
}

// meaning leaves out what AppendEvent does not promise: the rules that were
// broken, and that a block which says nothing has no comment.
func meaning(events []*capture.Event) []capture.Event {
	out := content(events)
	for i := range out {
		e := &out[i]
		e.Violation = ""
		if len(e.Comments) == 1 && e.Comments[0] == "" {
			e.Comments = nil
		}
	}
	return out
}
