package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture/record"
)

// list asks for the numbers of the exchanges that pass a filter.
func (s *studio) list(query string) (ids string, total int) {
	s.t.Helper()
	var page struct {
		Total int
		Done  bool
		Items []struct{ ID int }
	}
	for !page.Done {
		page.Items = nil
		s.want(http.StatusOK, "GET", "/exchanges?"+query, nil, &page)
	}
	for _, item := range page.Items {
		ids += fmt.Sprint(item.ID, " ")
	}
	return ids, page.Total
}

func TestTheListFollowsTheTape(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "a")
	k := s.socket("ws://a.test/1")
	s.response("text/plain", "b")
	check := func(filter, want string) {
		t.Helper()
		s.settle()
		if got, _ := s.list("filter=" + url.QueryEscape(filter)); got != want {
			t.Errorf("%q: %swant %s", filter, got, want)
		}
	}
	check("", "1 2 3 ")
	check("open", "2 ")
	check("kind:http", "1 3 ")
	check("text:needle", "")
	k.text(time.Millisecond, "hay")
	check("text:needle", "")
	k.text(time.Millisecond, "a needle")
	check("text:needle", "2 ")
	check("end:fin", "")
	k.text(time.Millisecond, "hay")
	k.ends()
	check("open", "")
	check("end:fin", "2 ")
	check("text:needle", "2 ")
	s.response("text/plain", "needle")
	check("text:needle", "2 4 ")
	check("not kind:ws", "1 3 4 ")
}

func TestPagesOfTheList(t *testing.T) {
	s := newStudio(t)
	for i := range 30 {
		s.response("text/plain", fmt.Sprint("body ", i))
	}
	for query, want := range map[string]string{
		"at=0&n=2": "1 2 ", "at=28&n=5": "29 30 ", "at=-2&n=5": "29 30 ", "after=28": "29 30 ", "after=30": "", "at=99": "",
		"at=1&n=2&filter=text:9": "20 30 ", "session=1&at=29": "30 ", "session=2": "", "n=0": "", "at=-99&n=1": "1 ",
	} {
		if got, total := s.list(query); got != want || total != 30 && query[0] != 's' && len(query) < 15 {
			t.Errorf("%s: %sof %d, want %s", query, got, total, want)
		}
	}
	s.want(http.StatusBadRequest, "GET", "/exchanges?at=x", nil, nil)
	var p struct{ At *int }
	s.want(http.StatusBadRequest, "GET", "/exchanges?filter=status%3E", nil, &p)
	if p.At == nil {
		t.Error("the problem does not say where")
	}
}

// TestTheListMarksReconnections: the list and the exchange itself agree, on a
// page that begins in the middle too.
func TestTheListMarksReconnections(t *testing.T) {
	s := newStudio(t)
	for i := range 3 {
		k := s.socket(fmt.Sprintf("ws://a.test/again?token=%d", i))
		k.text(time.Microsecond, "hello")
		k.ends()
		s.response("text/plain", "between")
	}
	s.settle()
	for _, query := range []string{"n=6", "at=4&n=2"} {
		var page struct {
			Items []struct {
				ID          int `json:"id"`
				Predecessor int `json:"predecessor"`
			} `json:"items"`
		}
		s.want(http.StatusOK, "GET", "/exchanges?"+query, nil, &page)
		for _, item := range page.Items {
			var x struct {
				Predecessor int `json:"predecessor"`
			}
			s.want(http.StatusOK, "GET", fmt.Sprint("/exchanges/", item.ID), nil, &x)
			if want := map[int]int{3: 1, 5: 3}[item.ID]; item.Predecessor != want || x.Predecessor != want {
				t.Errorf("%s: exchange %d follows %d in the list, %d by itself, want %d", query, item.ID, item.Predecessor, x.Predecessor, want)
			}
		}
	}
}

func TestNotes(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "a")
	var item struct {
		Note string
		Tags []string
	}
	s.want(http.StatusOK, "PATCH", "/exchanges/1", []byte(`{"note":"n","tags":["x","y"]}`), &item)
	if item.Note != "n" || len(item.Tags) != 2 {
		t.Errorf("%+v", item)
	}
	s.want(http.StatusOK, "PATCH", "/exchanges/1", []byte(`{"tags":[]}`), &item)
	if item.Note != "n" || len(item.Tags) != 0 {
		t.Errorf("%+v", item)
	}
	s.want(http.StatusNoContent, "PATCH", "/sessions/1", []byte(`{"label":"l"}`), nil)
	sessions, err := s.tape.Sessions()
	if err != nil || sessions[0].Label != "l" {
		t.Errorf("%+v, %v", sessions, err)
	}
	s.want(http.StatusNotFound, "PATCH", "/sessions/7", []byte(`{}`), nil)
	s.want(http.StatusNotFound, "PATCH", "/exchanges/7", []byte(`{}`), nil)
	s.want(http.StatusBadRequest, "PATCH", "/exchanges/1", []byte(`{"note":`), nil)
	if res := s.request("PATCH", s.base+"/api/v1/exchanges/1", "Content-Type", "text/plain"); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("text: %s", res.Status)
	}
	s.want(http.StatusRequestEntityTooLarge, "PATCH", "/exchanges/1", []byte(`{"note":"`+strings.Repeat("x", 17<<20)+`"}`), nil)
}

func TestFeed(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "a")
	k := s.socket("ws://a.test/feed")
	k.text(time.Millisecond, "1")
	k.settle()
	step := 0
	s.events("/feed?exchanges=2&list=1", func(name string, data map[string]any) bool {
		if name != "heads" {
			return false
		}
		x := data["x"].(map[string]any)["2"].(map[string]any)
		switch {
		case step == 0:
			if data["total"] != 2.0 || x["rows"] != 1.0 || x["state"] != "open" || data["new"] != nil {
				t.Errorf("at first: %v", data)
			}
			k.text(time.Millisecond, "2")
			k.settle()
		case step == 1 && x["rows"] == 2.0:
			if fmt.Sprint(data["changed"]) != "[2]" {
				t.Errorf("after a message: %v", data)
			}
			s.response("text/plain", "b")
		case step == 2 && data["total"] == 3.0:
			if fmt.Sprint(data["new"]) != "[3]" {
				t.Errorf("after an exchange: %v", data)
			}
			k.ends()
		case step == 3 && x["state"] == "done":
			return true
		default:
			return false
		}
		step++
		return false
	})
	first := ""
	s.events("/feed", func(name string, _ map[string]any) bool { first = name; return true }, "Last-Event-ID", "1")
	if first != "reset" {
		t.Errorf("after a gap the feed begins with %q", first)
	}
	s.want(http.StatusBadRequest, "GET", "/feed?exchanges=x", nil, nil)
}

func TestTheFifthFeedIsRefused(t *testing.T) {
	s := newStudio(t)
	var open func(n int)
	open = func(n int) {
		if n == 4 {
			s.want(http.StatusTooManyRequests, "GET", "/feed", nil, nil)
			return
		}
		s.events("/feed", func(string, map[string]any) bool { open(n + 1); return true })
	}
	open(0)
}

// TestTheListOfATapeThatIsPruned removes the oldest session while the page is
// open.
func TestTheListOfATapeThatIsPruned(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "old")
	s.response("text/plain", "older")
	s.nextSession()
	s.response("text/plain", "new")
	if got, total := s.list(""); got != "1 2 3 " || total != 3 {
		t.Fatalf("before: %sof %d", got, total)
	}
	if err := s.tape.Remove(1); err != nil {
		t.Fatal(err)
	}
	s.response("text/plain", "newer")
	if got, total := s.list(""); got != "3 4 " || total != 2 {
		t.Errorf("after: %sof %d", got, total)
	}
	if got, total := s.list("after=3"); got != "4 " || total != 2 {
		t.Errorf("behind 3: %sof %d", got, total)
	}
	s.want(http.StatusNotFound, "GET", "/exchanges/1", nil, nil)
	s.want(http.StatusNotFound, "GET", "/exchanges/1/rows", nil, nil)
}

// TestASessionIsRemovedBetweenOthers while the page is open, with and without a
// filter that leaves few.
func TestASessionIsRemovedBetweenOthers(t *testing.T) {
	s := newStudio(t)
	for range 3 {
		for range 5 {
			s.response("text/plain", "plain")
		}
		s.response("text/html", "rare")
		s.nextSession()
	}
	const rare = "filter=text:rare"
	if got, total := s.list(rare); got != "6 12 18 " || total != 3 {
		t.Fatalf("before: %sof %d", got, total)
	}
	if _, total := s.list(""); total != 18 {
		t.Fatalf("before: %d", total)
	}
	if err := s.tape.Remove(2); err != nil {
		t.Fatal(err)
	}
	s.response("text/html", "rare")
	if got, total := s.list(rare); got != "6 18 19 " || total != 3 {
		t.Errorf("after: %sof %d", got, total)
	}
	if got, total := s.list("at=4&n=4"); got != "5 6 13 14 " || total != 13 {
		t.Errorf("after: %sof %d", got, total)
	}
}

// nextSession ends the session that is recorded and begins another.
func (s *studio) nextSession() {
	s.t.Helper()
	if err := s.rec.Close(); err != nil {
		s.t.Fatal(err)
	}
	next, err := record.New(s.tape, &record.Options{Label: "next"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { next.Close() })
	s.rec = next
}
