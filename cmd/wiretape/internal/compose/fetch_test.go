package compose_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func TestFetch(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		release := make(chan struct{})
		s := serve(t, secure, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch r.URL.Path {
			case "/events":
				w.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprint(w, "data: one\n\n")
				w.(http.Flusher).Flush()
				<-release
				fmt.Fprint(w, "data: two\n\n")
			case "/cut":
				w.Header().Set("Content-Length", "100")
				fmt.Fprint(w, "short")
			default:
				w.WriteHeader(201)
				fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Header.Get("Content-Type"), r.Header.Get("X-Id"), body)
			}
		})
		h := newHouse(t, s)
		text := `{"a":{{n}}}`
		scope := &compose.Scope{Vars: []map[string]string{{"n": "1"}}}
		f, err := h.way.Fetch(t.Context(), compose.Target{URL: s.URL, Headers: []compose.Pair{{"X-Id", "i{{n}}"}}, Body: &compose.Message{Text: &text}}, scope)
		if err != nil {
			t.Fatal(err)
		}
		<-f.Done()
		if f.Status() != 201 || f.Err() != nil || f.Ended().How != "close" {
			t.Errorf("%d, %v, %+v", f.Status(), f.Err(), f.Ended())
		}
		ex := h.over(h.found(f.Client()))
		if ex.Request.Method != "POST" || ex.Response.Status != 201 || ex.Sent.Bytes != 7 {
			t.Errorf("recorded %+v", ex)
		}

		f, err = h.way.Fetch(t.Context(), compose.Target{URL: s.URL + "/events", Params: []compose.Pair{{"n", "{{n}}"}}}, scope)
		if err != nil {
			t.Fatal(err)
		}
		id := h.found(f.Client()) // while it goes on
		close(release)
		<-f.Done()
		if ex := h.over(id); ex.Kind != capture.KindSSE || ex.Received.Messages != 2 || !strings.HasSuffix(ex.Request.URL, "/events?n=1") {
			t.Errorf("recorded %+v", ex)
		}

		f, err = h.way.Fetch(t.Context(), compose.Target{URL: s.URL + "/cut"}, scope)
		if err != nil {
			t.Fatal(err)
		}
		if <-f.Done(); f.Err() == nil || f.Ended().How != "fin" {
			t.Errorf("a body cut short: %v, %+v", f.Err(), f.Ended())
		}
	})
}

func TestFetchOfWhatCannotBeReached(t *testing.T) {
	untrusted := serve(t, true, func(http.ResponseWriter, *http.Request) { t.Error("the request left") })
	h := newHouse(t)
	for _, url := range []string{untrusted.URL, "http://" + h.way.Proxy, "https://" + h.way.Proxy + "/x"} {
		f, err := h.way.Fetch(t.Context(), compose.Target{URL: url}, &compose.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		<-f.Done()
		var unreachable *compose.UnreachableError
		if !errors.As(f.Err(), &unreachable) || unreachable.Hint() == "" {
			t.Errorf("%s: %v", url, f.Err())
		}
	}
	for _, bad := range []compose.Target{{URL: "ws://h"}, {URL: "http://h", Method: "GE T"}, {URL: "http://h", Method: "CONNECT"}} {
		if _, err := h.way.Fetch(t.Context(), bad, &compose.Scope{}); err == nil {
			t.Errorf("%+v was sent", bad)
		}
	}
}

func TestFetchIsEndedByTheClient(t *testing.T) {
	s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	h := newHouse(t)
	f, err := h.way.Fetch(t.Context(), compose.Target{URL: s.URL}, &compose.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	h.found(f.Client())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f.Ended().By != "client" {
		t.Errorf("ended %+v, %v", f.Ended(), f.Err())
	}
}
