package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
)

func TestMarksOfRows(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/marks")
	for range 4 {
		k.text(10*time.Millisecond, `{"a":1}`)
	}
	k.text(900*time.Millisecond, `{"b":1}`)                                                                       // 5: long, but under a second
	k.text(3*time.Second, `{"c":1}`)                                                                              // 6: a gap
	k.hears(time.Millisecond, frame(capture.OpText, "x"), frame(capture.OpText, "y"), frame(capture.OpText, "z")) // 7, 8, 9: one read
	k.hears(time.Millisecond, append([]byte{0x83}, frame(capture.OpText, "reserved opcode")[1:]...))              // 10
	k.ends()
	want := "1, 2, 3, 4, 5, 6 gap, 7 burst, 8 burst, 9 burst, 10 violation"
	if got := s.rows("1/rows").seqs(); got != want {
		t.Errorf("rows %s\nwant %s", got, want)
	}
	// A page that begins in the middle says the same of its rows.
	for at := range 10 {
		p := s.rows(fmt.Sprintf("1/rows?at=%d&n=1", at))
		if got, want := p.seqs(), strings.Split(want, ", ")[at]; got != want || p.At != at || p.Total != 10 || !p.Final {
			t.Errorf("row %d alone: %s, want %s; %+v", at, got, want, p)
		}
	}
}

func TestReconnections(t *testing.T) {
	s := newStudio(t)
	for i := range 3 {
		k := s.socket(fmt.Sprintf("ws://a.test/again?token=%d", i))
		k.text(time.Microsecond, "hello")
		k.text(time.Microsecond, "there")
		k.ends()
		s.response("text/plain", "between")
	}
	s.socket("ws://a.test/other").ends()
	for id, want := range map[int]string{1: "1, 2", 3: "1 reconnect, 2", 5: "1 reconnect, 2"} {
		if got := s.rows(fmt.Sprintf("%d/rows", id)).seqs(); got != want {
			t.Errorf("rows of %d: %s, want %s", id, got, want)
		}
	}
	for id, want := range map[int]string{1: "0 3", 3: "1 5", 5: "3 0", 7: "0 0", 2: "0 0"} {
		var head struct{ Predecessor, Successor int }
		s.want(http.StatusOK, "GET", fmt.Sprintf("/exchanges/%d", id), nil, &head)
		if got := fmt.Sprint(head.Predecessor, " ", head.Successor); got != want {
			t.Errorf("around %d: %s, want %s", id, got, want)
		}
	}
}

func TestHeartbeatsFold(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/fold")
	k.text(time.Millisecond, "hello") // 1
	for range 5 {                     // 2 to 11
		k.hears(time.Second, frame(capture.OpPing, "a"))
		k.hears(time.Second, frame(capture.OpPong, "a"))
	}
	k.text(time.Millisecond, "there")                // 12
	k.hears(time.Second, frame(capture.OpPing, "b")) // 13
	k.text(time.Millisecond, "again")                // 14
	k.ends()
	for query, want := range map[string]string{
		"":            "1, 2 ×10 9s, 12, 13, 14",
		"&at=1&n=2":   "2 ×10 9s, 12",
		"&from=7&n=1": "12",
		"&from=13":    "13, 14",
	} {
		p := s.rows("1/rows?fold=1" + query)
		if got := p.seqs(); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if query == "" && p.Total != 5 {
			t.Errorf("total %d", p.Total)
		}
	}
}

func TestRowsByTime(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/time")
	began := k.at
	for i := range 100 {
		k.text(time.Second, fmt.Sprint(i+1)) // row n after n seconds
	}
	k.ends()
	_ = began
	for _, at := range []time.Duration{0, time.Second, 50*time.Second - 1, 50 * time.Second, 100 * time.Second, time.Hour} {
		p := s.rows(fmt.Sprintf("1/rows?t=%d&n=1", int64(at)))
		want := min(int((at+time.Second-1)/time.Second), 101)
		want = max(want, 1)
		if p.At != want-1 || len(p.Rows) > 0 && p.Rows[0].Seq != want {
			t.Errorf("%v: place %d %s, want row %d", at, p.At, p.seqs(), want)
		}
	}
}

func TestSearch(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/search")
	const rows = 150_000
	for i := 1; i <= rows; i++ {
		text := `{"n":1}`
		if i%1000 == 0 {
			text = `{"needle":1}`
		}
		k.text(time.Microsecond, text)
	}
	k.settle()
	search := func(body string) string {
		var begun struct{ Search string }
		s.want(http.StatusOK, "POST", "/exchanges/1/searches", []byte(body), &begun)
		return begun.Search
	}
	type progress struct {
		Matched, Scanned, Total int
		Done                    bool
		First                   []int
	}
	finished := func(name string) (p progress) {
		for !p.Done {
			s.want(http.StatusOK, "GET", "/searches/"+name, nil, &p)
		}
		return p
	}
	needle := search(`{"text":"needle"}`)
	if p := finished(needle); p.Matched != rows/1000 || p.Scanned != rows || p.Total != rows || len(p.First) != 50 || p.First[1] != 2000 {
		t.Errorf("needle: %+v", p)
	}
	// So many hits that not all are kept.
	all := search(`{"filter":"text:n"}`)
	if p := finished(all); p.Matched != rows {
		t.Errorf("all: %+v", p)
	}
	for _, at := range []int{0, 1, 99_999, 131_071, 131_072, rows - 2} {
		p := s.rows(fmt.Sprintf("1/rows?search=%s&at=%d&n=2", all, at))
		if got, want := p.seqs(), fmt.Sprintf("%d, %d", at+1, at+2); got != want || p.Total != rows {
			t.Errorf("hit %d: rows %s, want %s", at, got, want)
		}
		p = s.rows(fmt.Sprintf("1/rows?search=%s&from=%d&n=1", all, at+1))
		if p.At != at {
			t.Errorf("row %d is hit %d", at+1, p.At)
		}
	}
	// What is recorded later is found, too.
	k.text(time.Second, "a needle more")
	k.settle()
	if p := finished(needle); p.Matched != rows/1000+1 || p.Total != rows+1 {
		t.Errorf("later: %+v", p)
	}
	var hits struct{ Rows []int }
	s.want(http.StatusOK, "GET", fmt.Sprintf("/searches/%s/hits?at=%d", needle, rows/1000), nil, &hits)
	if len(hits.Rows) != 1 || hits.Rows[0] != rows+1 {
		t.Errorf("hits %v", hits.Rows)
	}
	s.want(http.StatusNoContent, "DELETE", "/searches/"+needle, nil, nil)
	s.want(http.StatusNotFound, "GET", "/searches/"+needle, nil, nil)
	s.want(http.StatusBadRequest, "POST", "/exchanges/1/searches", []byte(`{"filter":"size>"}`), nil)
	s.want(http.StatusNotFound, "POST", "/exchanges/7/searches", []byte(`{"text":"x"}`), nil)
	for range 8 { // the ninth makes the oldest go
		search(`{"text":"x"}`)
	}
	s.want(http.StatusNotFound, "GET", "/searches/"+all, nil, nil)
}

// settle waits until all that was said can be read.
func (k *socket) settle() { k.studio.settle() }

func TestRowsWhileTheyCome(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/live")
	for i := 1; i <= 50; i++ {
		k.text(time.Millisecond, fmt.Sprintf("row %d", i))
		k.settle()
		for _, query := range []string{"1/rows?n=1000", "1/rows?n=1000&fold=1", "1/rows?n=1000&filter=text:row"} {
			p := s.rows(query)
			if p.Total != i || len(p.Rows) != i || p.State != "open" || p.Final {
				t.Fatalf("%s after %d: total %d, %d rows, %s", query, i, p.Total, len(p.Rows), p.State)
			}
		}
	}
	k.ends()
	if p := s.rows("1/rows?n=1000"); p.State != "done" || !p.Final {
		t.Errorf("at the end: %s, final %v", p.State, p.Final)
	}
}

func TestAMessageThatIsCutOffIsTheLastRow(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/cut")
	k.text(time.Millisecond, "whole")
	k.hears(time.Millisecond, frame(capture.OpText, "cut off")[:5])
	k.ends()
	p := s.rows("1/rows")
	if got := p.seqs(); p.Total != 2 || !strings.HasPrefix(got, "1, 2") || !strings.Contains(got, "incomplete") {
		t.Errorf("rows %s of %d", got, p.Total)
	}
}

func TestBadQueriesForRows(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "x")
	for query, want := range map[string]int{
		"1/rows?level=bits": 400, "1/rows?at=-1": 400, "1/rows?n=x": 400, "1/rows?filter=size%3E": 400, "1/rows?search=S9": 404,
		"9/rows": 404, "x/rows": 404, "0/rows": 404, "1/rows/0": 404, "1/rows/2": 404, "1/rows/x/view": 404, "1/rows/response/view?as=zip": 400,
	} {
		var p struct{ Title, Hint string }
		s.want(want, "GET", "/exchanges/"+query, nil, &p)
		if p.Title == "" {
			t.Errorf("%s: no title", query)
		}
	}
}
