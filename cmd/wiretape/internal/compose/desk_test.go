package compose_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func TestDesk(t *testing.T) {
	s := serve(t, true, echo(t))
	h := newHouse(t, s)
	var mu sync.Mutex
	changed := map[string][]string{}
	d := compose.NewDesk(compose.DeskOptions{
		Way:  func(bool) (*compose.Way, error) { return h.way, nil },
		Tape: h.tape,
		Vars: func() map[string]string { return map[string]string{"who": "tape", "what": "{{who}}!"} },
		Changed: func(s compose.Status) {
			mu.Lock()
			defer mu.Unlock()
			changed[s.Connection] = append(changed[s.Connection], s.State)
		},
	})
	defer d.Close()
	st, err := d.Open(t.Context(), compose.Target{
		URL: socketURL(s), Vars: map[string]string{"who": "conn"}, OnOpen: []compose.Message{compose.TextMessage("hello {{what}}")},
	})
	if err != nil || st.Connection != "c1" || st.Exchange != 1 || st.State != "open" {
		t.Fatalf("%+v, %v", st, err)
	}
	h.said(1, "send text hello conn!", "receive text hello conn!")
	if sent, err := d.Send("c1", compose.TextMessage("{{$seq}}")); err != nil || string(sent) != "1" {
		t.Errorf("sent %q, %v", sent, err)
	}
	if p := d.Preview("{{what}}{{env.NO_SUCH_VARIABLE}}", nil); p.Text != "tape!{{env.NO_SUCH_VARIABLE}}" || len(p.Unknown) != 1 {
		t.Errorf("%+v", p)
	}
	bad, err := d.Open(t.Context(), compose.Target{URL: "ws://" + h.way.Proxy})
	if err == nil || bad.State != "failed" || bad.Exchange != 2 || bad.Hint == "" {
		t.Errorf("%+v, %v", bad, err)
	}
	if err := d.End("c1", false, 4000, "done"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Send("c9", compose.TextMessage("")); !errors.Is(err, compose.ErrNoConnection) {
		t.Errorf("got %v", err)
	}
	f, err := d.Open(t.Context(), compose.Target{URL: s.URL})
	if err != nil || f.Exchange != 3 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := d.Send("c3", compose.TextMessage("")); err == nil {
		t.Error("a request took a message")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	all := d.Connections()
	if len(all) != 3 || all[0].State != "closed" || all[0].Ended.Code != 4000 || all[1].State != "failed" || all[2].State != "closed" || all[2].Status != 426 {
		t.Errorf("%+v", all)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(changed["c1"], " "); got != "open open closed" {
		t.Errorf("told of %q", got)
	}
	if _, err := d.Open(t.Context(), compose.Target{URL: socketURL(s)}); err == nil {
		t.Error("a closed desk opened a connection")
	}
}

func TestADeskHasALimit(t *testing.T) {
	s := serve(t, false, echo(t))
	h := newHouse(t)
	d := compose.NewDesk(compose.DeskOptions{Way: func(bool) (*compose.Way, error) { return h.way, nil }})
	defer d.Close()
	for i := range 65 {
		_, err := d.Open(t.Context(), compose.Target{URL: socketURL(s)})
		var limit *compose.LimitError
		if (err != nil) != (i == 64) || err != nil && !errors.As(err, &limit) {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	if err := d.End("c1", true, 0, ""); err != nil {
		t.Fatal(err)
	}
}
