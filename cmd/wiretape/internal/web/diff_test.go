package web_test

import (
	"testing"
	"time"
)

// diffAnswer is what GET /diff answers.
type diffAnswer struct {
	Equal, Cut bool
	Count      map[string]int
	Items      []struct {
		Part, Status string
		A, B         *int
		Diff         []struct {
			Path, A, B, Class string
			OK                bool
		}
	}
}

func TestExchangesAreCompared(t *testing.T) {
	s := newStudio(t)
	for _, price := range []string{"7", "7", "9"} {
		k := s.socket("wss://a.test/ws")
		k.text(time.Millisecond, `{"type":"hello","n":1}`)
		k.text(time.Millisecond, `{"type":"price","px":`+price+`}`)
		k.ends()
	}
	var got diffAnswer
	s.want(200, "GET", "/diff?a=1&b=2", nil, &got)
	if !got.Equal || got.Count["changed"] != 0 || got.Cut {
		t.Errorf("alike: %+v", got)
	}
	s.want(200, "GET", "/diff?a=1&b=3", nil, &got)
	changed := 0
	for _, row := range got.Items {
		if row.Status == "changed" && row.Part == "message" {
			changed++
			if len(row.Diff) != 1 || row.Diff[0].Path != "$.px" || row.Diff[0].A != "7" || row.Diff[0].B != "9" || *row.A != 2 {
				t.Errorf("changed: %+v", row)
			}
		}
	}
	if got.Equal || changed != 1 || got.Count["changed"] != 1 {
		t.Errorf("different: %+v", got)
	}
	s.want(200, "GET", "/diff?a=1&b=3&ignore=$.px", nil, &got)
	if !got.Equal {
		t.Errorf("without the price: %+v", got)
	}
	s.want(200, "GET", "/diff?a=1&b=1&sessions=1", nil, &got)
	if !got.Equal || len(got.Items) == 0 {
		t.Errorf("a session and itself: %+v", got)
	}
	for path, status := range map[string]int{
		"/diff?a=1": 400, "/diff?a=1&b=99": 404, "/diff?a=1&b=2&level=odd": 400, "/diff?a=1&b=2&ignore=nonsense": 400, "/diff?a=1&b=7&sessions=1": 404,
	} {
		s.want(status, "GET", path, nil, nil)
	}
}
