package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRulesAreTried(t *testing.T) {
	s := newStudio(t)
	s.response("text/event-stream", "data: {\"t\":\"a\"}\n\ndata: {\"t\":\"b\"}\n\ndata: {\"u\":1}\n\ndata: {\"t\":\"c\",\"r\":\"why\"}\n\n")
	type tried struct {
		Text, Reasoning string
		Matched, Of     int
		Miss            int `json:"first_miss"`
		Log             []string
		Error           *struct {
			Message      string
			Line, Column int
		}
	}
	try := func(rule string) (out tried) {
		t.Helper()
		s.want(http.StatusOK, "POST", "/merge/preview", []byte(`{"exchange":1,`+rule+`}`), &out)
		return out
	}
	if out := try(`"path":"$.t","reasoning":"$.r"`); out.Text != "abc" || out.Reasoning != "why" || out.Matched != 3 || out.Of != 4 || out.Miss != 3 || out.Error != nil {
		t.Errorf("%+v", out)
	}
	if out := try(`"script":"function merge(e, s) { console.log(e.seq); return JSON.parse(e.data).t || '' }"`); out.Text != "abc" || len(out.Log) != 4 {
		t.Errorf("%+v", out)
	}
	if out := try(`"script":"function merge(e, s) {\n  return JSON.parse(e.data).x.y }"`); out.Error == nil || out.Error.Line != 2 || out.Error.Column == 0 {
		t.Errorf("%+v", out.Error)
	}
	if out := try(`"script":"function merge("`); out.Error == nil || out.Error.Line != 1 {
		t.Errorf("%+v", out.Error)
	}
	if out := try(`"path":"$.["`); out.Error == nil {
		t.Error("a bad path is no error")
	}
	began := time.Now()
	if out := try(`"script":"function merge(e, s) { for (;;) {} }"`); out.Error == nil || time.Since(began) > 5*time.Second {
		t.Errorf("an endless script: %+v", out)
	}
	s.want(http.StatusBadRequest, "POST", "/merge/preview", []byte(`{"exchange":1}`), nil)
	s.want(http.StatusUnprocessableEntity, "GET", "/exchanges/1/merge", nil, nil)
	var merged struct{ Choices []struct{ Text string } }
	s.want(http.StatusOK, "GET", "/exchanges/1/merge?path="+url.QueryEscape("$.t"), nil, &merged)
	if merged.Choices[0].Text != "abc" {
		t.Errorf("%+v", merged)
	}
}

func TestBinsCountAll(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/bins")
	for range 1000 {
		k.text(10*time.Millisecond, "12345678")
	}
	k.ends()
	type bins struct {
		Receive struct{ N, Bytes []int }
		Gaps    struct{ N []int }
		Sizes   struct {
			Edges []int64
			N     []int
		}
	}
	sum := func(list []int) (n int) {
		for _, v := range list {
			n += v
		}
		return n
	}
	var all, part bins
	s.want(http.StatusOK, "GET", "/exchanges/1/bins?n=7", nil, &all)
	if sum(all.Receive.N) != 1000 || sum(all.Receive.Bytes) != 8000 || len(all.Receive.N) != 7 || sum(all.Gaps.N) != 999 || fmt.Sprint(all.Sizes) != "{[15] [1000]}" {
		t.Errorf("%+v", all)
	}
	s.want(http.StatusOK, "GET", fmt.Sprintf("/exchanges/1/bins?from_ns=%d&to_ns=%d", time.Second, 2*time.Second), nil, &part)
	if n := sum(part.Receive.N); n != 101 {
		t.Errorf("%d in a second", n)
	}
}

func TestFiltersAreCompleted(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "a")
	s.response("text/plain", "a")
	s.socket("ws://b.test/").ends()
	for text, want := range map[string]string{
		"ki": "kind:", "kind:we": "kind:websocket 1", "host:": "host:a.test 2", "status:2": "status:200 2", "open ki": "kind:", "kind:http and pa": "path:",
	} {
		var out struct {
			Items []struct {
				Insert string
				Count  *int
				From   int
			}
		}
		s.want(http.StatusOK, "GET", "/filter/complete?text="+url.QueryEscape(text), nil, &out)
		if len(out.Items) == 0 {
			t.Errorf("%q: nothing", text)
			continue
		}
		got := out.Items[0].Insert
		if out.Items[0].Count != nil {
			got += fmt.Sprint(" ", *out.Items[0].Count)
		}
		if got != want || out.Items[0].From != strings.LastIndexByte(text, ' ')+1 {
			t.Errorf("%q: %s from %d, want %s", text, got, out.Items[0].From, want)
		}
	}
}
