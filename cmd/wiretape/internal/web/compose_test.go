package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/mitm"
)

// composing is a page with a recorder behind it, and a server to talk to.
type composing struct {
	*driven
	tape  *store.Tape
	proxy string
	echo  *httptest.Server
}

func newComposing(t *testing.T) *composing {
	t.Helper()
	tape, err := store.Open(filepath.Join(t.TempDir(), "x.tape"), &store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := certs.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ui := ""
	relay := mitm.NewRelay(&mitm.RelayOptions{
		Recorder: rec,
		Self:     func(a net.Addr) bool { return a.String() == l.Addr().String() },
		Guarded:  func(a net.Addr) bool { return a.String() == ui },
	})
	proxy := mitm.NewProxy(&mitm.ProxyOptions{CA: ca, Handler: relay, Tunnels: relay})
	served := make(chan error, 1)
	go func() { served <- proxy.Serve(l) }()
	echo := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(func() {
		_ = proxy.Close()
		_ = relay.Close()
		<-served
		_ = rec.Close()
		_ = tape.Close()
		echo.Close()
	})
	way := &compose.Way{Proxy: l.Addr().String(), Roots: ca.Pool()}
	d := drive(t, web.Options{
		Source: tape, Documents: tape, Injector: relay, Mode: web.ModeRecord,
		Compose: &compose.DeskOptions{Way: func(bool) (*compose.Way, error) { return way, nil }, Tape: tape},
	})
	ui = strings.TrimPrefix(d.base, "http://")
	return &composing{d, tape, l.Addr().String(), echo}
}

func echo(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/401" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "who are you?")
		return
	}
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover, Subprotocols: []string{"v1"}})
	if err != nil {
		return
	}
	defer c.CloseNow()
	for {
		kind, message, err := c.Read(r.Context())
		if err != nil {
			return
		}
		_ = c.Write(r.Context(), kind, message)
	}
}

func (c *composing) url() string { return strings.Replace(c.echo.URL, "http", "ws", 1) }

type m = map[string]any

// said waits until the messages of an exchange are on the tape as wanted.
func (c *composing) said(id capture.ExchangeID, want ...string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	var got []string
	for ctx.Err() == nil {
		head := c.tape.Head()
		tr, err := transcript.Open(c.tape, id, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		got = nil
		for m, err := range tr.Messages(1) {
			if err != nil {
				c.t.Fatal(err)
			}
			got = append(got, strings.TrimSpace(fmt.Sprintf("%v %v %q %s%s", m.Dir, m.Opcode, m.Data, m.Origin, m.Violation)))
		}
		if strings.Join(got, "\n") == strings.Join(want, "\n") {
			return
		}
		_, _ = c.tape.Wait(ctx, head)
	}
	c.t.Fatalf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
}

func TestComposeFromThePage(t *testing.T) {
	c := newComposing(t)
	var st struct {
		Connection, State, Subprotocol string
		Exchange                       capture.ExchangeID
	}
	c.want(200, "PUT", "/environments", m{"current": "live", "items": []m{{"name": "live", "vars": m{"who": "ann", "apiKey": "hush-hush-1"}}}}, nil)
	c.want(201, "POST", "/connections", m{
		"url": c.url() + "/{{who}}", "params": [][2]string{{"k", "{{apiKey}}"}}, "subprotocols": []string{"v1"},
		"on_open": []m{{"text": "hello {{who}}"}},
	}, &st)
	if st.Connection != "c1" || st.Exchange != 1 || st.State != "open" || st.Subprotocol != "v1" {
		t.Errorf("%+v", st)
	}
	c.said(1, `send text "hello ann"`, `receive text "hello ann"`)
	var sent struct {
		Sent     bool
		Resolved string
	}
	c.want(200, "POST", "/connections/c1/messages", m{"opcode": "text", "text": "{{$seq}}"}, &sent)
	if !sent.Sent || sent.Resolved != "2" && sent.Resolved != "1" {
		t.Errorf("%+v", sent)
	}
	c.said(1, `send text "hello ann"`, `receive text "hello ann"`, `send text "`+sent.Resolved+`"`, `receive text "`+sent.Resolved+`"`)
	c.want(200, "POST", "/connections/c1/messages", m{"hex": "00 ff"}, nil)
	var preview compose.Preview
	c.want(200, "POST", "/connections/preview", m{"text": "{{who}} {{apiKey}} {{x}}", "vars": m{"who": "bob"}}, &preview)
	if preview.Text != "bob •••• {{x}}" || len(preview.Unknown) != 1 {
		t.Errorf("%+v", preview)
	}
	var wrong struct {
		Title, Detail, Hint string
		At                  *int
		Exchange            int
	}
	c.want(400, "POST", "/connections/c1/messages", m{"hex": "0g"}, &wrong)
	if wrong.At == nil || *wrong.At != 1 || wrong.Hint == "" {
		t.Errorf("%+v", wrong)
	}
	c.want(400, "POST", "/connections/c1/messages", m{"text": "{{nobody}}"}, &wrong)
	c.want(404, "POST", "/connections/c7/messages", m{"text": ""}, &wrong)
	c.want(400, "POST", "/connections/c1/end", m{"how": "bang"}, &wrong)
	c.want(200, "POST", "/connections/c1/end", m{"how": "close", "code": 4001, "reason": "bye"}, nil)
	c.want(409, "POST", "/connections/c1/messages", m{"text": "late"}, &wrong)
	c.want(502, "POST", "/connections", m{"url": c.url() + "/401"}, &wrong)
	if !strings.Contains(wrong.Detail, "401 Unauthorized") || !strings.Contains(wrong.Detail, "who are you?") || wrong.Exchange != 2 {
		t.Errorf("%+v", wrong)
	}
	// Nothing of wiretape's own is reached.
	for _, own := range []string{c.base, "ws" + strings.TrimPrefix(c.base, "http"), "http://" + c.proxy, "ws://" + c.proxy} {
		status := c.ask("POST", "/connections", m{"url": own}, nil)
		if strings.HasPrefix(own, "ws") && status != 403 {
			t.Errorf("%s: %d, want 403", own, status)
		}
	}
	var list struct{ Items []compose.Status }
	for len(list.Items) == 0 || list.Items[3].State != "failed" {
		c.want(200, "GET", "/connections", nil, &list)
	}
	for _, st := range list.Items[1:] {
		if st.Status == 200 {
			t.Errorf("reached %s: %+v", st.URL, st)
		}
	}
}

func TestADoubleClickSendsOnce(t *testing.T) {
	c := newComposing(t)
	c.want(201, "POST", "/connections", m{"url": c.url()}, nil)
	var clicks sync.WaitGroup
	for range 5 {
		clicks.Go(func() {
			r, _ := http.NewRequest("POST", c.base+"/api/v1/connections/c1/messages", bytes.NewReader([]byte(`{"text":"once"}`)))
			r.Header.Set("Authorization", "Bearer "+c.page.Token())
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", "k")
			res, err := http.DefaultClient.Do(r)
			if err != nil || res.StatusCode != 200 {
				t.Errorf("%v, %v", res, err)
				return
			}
			res.Body.Close()
		})
	}
	clicks.Wait()
	c.said(1, `send text "once"`, `receive text "once"`) // else the answer may come after what is sent next
	c.want(200, "POST", "/connections/c1/messages", m{"text": "and on"}, nil)
	c.said(1, `send text "once"`, `receive text "once"`, `send text "and on"`, `receive text "and on"`)
}

func TestInjectFromThePage(t *testing.T) {
	c := newComposing(t)
	// Another program's connection: here one of our own, which knows nothing of it.
	c.want(201, "POST", "/connections", m{"url": c.url(), "on_open": []m{{"text": "own"}}}, nil)
	c.said(1, `send text "own"`, `receive text "own"`)
	c.want(200, "POST", "/exchanges/1/inject", m{"to": "server", "text": "put in {{x}}"}, nil)
	c.said(1, `send text "own"`, `receive text "own"`, `send text "put in {{x}}" inject`, `receive text "put in {{x}}"`)
	c.want(200, "POST", "/exchanges/1/inject", m{"to": "client", "opcode": "binary", "base64": "AP8="}, nil)
	for _, bad := range []struct {
		status int
		path   string
		body   m
	}{
		{400, "/exchanges/1/inject", m{"to": "proxy", "text": ""}},
		{400, "/exchanges/1/inject", m{"to": "client", "hex": "x"}},
		{400, "/exchanges/1/end", m{"to": "nobody"}},
		{409, "/exchanges/9/inject", m{"to": "client", "text": ""}},
		{409, "/exchanges/9/end", m{}},
		{400, "/exchanges/1/end", m{"code": 7}},
	} {
		c.want(bad.status, "POST", bad.path, bad.body, nil)
	}
	c.want(200, "POST", "/exchanges/1/end", m{"to": "both", "how": "close", "code": 4009, "reason": "by hand"}, nil)
	var ex *capture.Exchange
	for ex == nil || ex.Open {
		head := c.tape.Head()
		var err error
		if ex, err = c.tape.Exchange(1); err != nil {
			t.Fatal(err)
		}
		if ex.Open {
			_, _ = c.tape.Wait(t.Context(), head)
		}
	}
	if e := ex.End; e.How != capture.HowClose || e.By != capture.Proxy || e.Code != 4009 || e.Reason != "by hand" {
		t.Errorf("ended %+v", e)
	}
	if ex.Sent.Control != 1 || ex.Received.Control != 1 {
		t.Errorf("one close frame each way is right: %+v, %+v", ex.Sent, ex.Received)
	}
	c.want(201, "POST", "/connections", m{"url": c.url(), "on_open": []m{{"text": "own"}}}, nil)
	c.said(2, `send text "own"`, `receive text "own"`)
	c.want(200, "POST", "/exchanges/2/end", m{"how": "abort"}, nil)
}

func TestCollectionOfThePage(t *testing.T) {
	c := newComposing(t)
	node := m{
		"name": "private", "connection": m{"url": "wss://h/ws", "headers": [][2]string{{"Authorization", "Bearer very-secret-token-1"}}},
		"messages": []m{{"name": "login", "text": `{"op":"login","password":"hunter22"}`, "as": "json"}},
	}
	var put struct {
		Items   []compose.Node
		Secrets []string
	}
	c.want(200, "PUT", "/collection", m{"items": []m{{"name": "f", "folder": []m{node}}, {"name": "empty", "folder": []m{}}}}, &put)
	c.want(200, "PUT", "/environments", m{"current": "a", "items": []m{{"name": "a", "vars": m{"token": "tok-12345", "host": "h"}}}}, nil)
	if fmt.Sprint(put.Secrets) != "[AUTHORIZATION PASSWORD]" {
		t.Errorf("secrets %v", put.Secrets)
	}
	var got json.RawMessage
	c.want(200, "GET", "/collection", nil, &got)
	edition := regexp.MustCompile(`,"edition":"[0-9a-f]{16}"`)
	got = edition.ReplaceAll(got, nil)
	want := `{"items":[{"name":"f","folder":[{"name":"private","connection":{"url":"wss://h/ws","headers":[["Authorization","Bearer {{env.AUTHORIZATION}}"]]},` +
		`"messages":[{"name":"login","text":"{\"op\":\"login\",\"password\":\"{{env.PASSWORD}}\"}","as":"json"}]}]},{"name":"empty","folder":[]}]}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	var file json.RawMessage
	c.want(200, "GET", "/collection/file", nil, &file)
	for _, secret := range []string{"very-secret", "hunter22", "tok-12345"} {
		if strings.Contains(string(file), secret) {
			t.Errorf("%s is in the file: %s", secret, file)
		}
		for _, key := range []string{"collection", "environments"} {
			if text, err := c.tape.Document(key); err != nil || strings.Contains(string(text), secret) {
				t.Errorf("%s is on the tape: %s, %v", secret, text, err)
			}
		}
	}
	other := newComposing(t)
	other.want(200, "GET", "/collection", nil, &got)
	if got = edition.ReplaceAll(got, nil); string(got) != `{"items":[]}` {
		t.Errorf("an empty collection is %s", got)
	}
	other.want(200, "GET", "/environments", nil, &got)
	if got = edition.ReplaceAll(got, nil); string(got) != `{"current":"","items":[]}` {
		t.Errorf("empty environments are %s", got)
	}
	other.want(200, "PUT", "/collection/file", []byte(file), nil)
	var again json.RawMessage
	other.want(200, "GET", "/collection/file", nil, &again)
	if string(again) != string(file) {
		t.Errorf("%s\nbecame\n%s", file, again)
	}
	other.want(400, "PUT", "/collection/file", m{}, nil)
	other.want(400, "PUT", "/collection", m{"items": []m{{"name": ""}}}, nil)
	other.want(400, "PUT", "/environments", m{"current": "x"}, nil)
}

// TestTwoTabsKeepWhatEachOtherSaved: who has not seen the last change is told,
// and nothing is lost.
func TestTwoTabsKeepWhatEachOtherSaved(t *testing.T) {
	c := newComposing(t)
	for _, path := range []string{"/collection", "/environments"} {
		item := func(name string) []m {
			if path == "/collection" {
				return []m{{"name": name, "folder": []m{}}}
			}
			return []m{{"name": name, "vars": m{}}}
		}
		var first, second struct{ Edition string }
		c.want(200, "GET", path, nil, &first)
		c.want(200, "PUT", path, m{"items": item("mine"), "edition": first.Edition}, &second)
		c.want(409, "PUT", path, m{"items": item("theirs"), "edition": first.Edition}, nil)
		var now struct {
			Edition string
			Items   []struct{ Name string }
		}
		c.want(200, "GET", path, nil, &now)
		if now.Edition != second.Edition || len(now.Items) != 1 || now.Items[0].Name != "mine" {
			t.Errorf("%s: %+v after an edition of %s", path, now, second.Edition)
		}
		c.want(200, "PUT", path, m{"items": item("theirs"), "edition": second.Edition}, nil)
	}
}

func TestFormatFromThePage(t *testing.T) {
	c := newComposing(t)
	var v struct {
		Text  string
		Error *compose.FormatError
	}
	c.want(200, "POST", "/format", m{"as": "json", "text": `{"a":{{x}}}`}, &v)
	if v.Text != "{\n  \"a\": {{x}}\n}" || v.Error != nil {
		t.Errorf("%+v", v)
	}
	c.want(200, "POST", "/format", m{"as": "xml", "text": "<a>\n<b></a>", "minify": true}, &v)
	if v.Error == nil || v.Error.Line != 2 || v.Error.Column == 0 {
		t.Errorf("%+v", v.Error)
	}
	c.want(400, "POST", "/format", m{"as": "yaml", "text": ""}, nil)
}

func TestAPageWithoutARecorderSendsNothing(t *testing.T) {
	d := drive(t, web.Options{})
	for _, path := range []string{"/connections", "/connections/c1/messages", "/connections/c1/end", "/exchanges/1/inject", "/exchanges/1/end"} {
		if status := d.ask("POST", path, m{}, nil); status != 409 {
			t.Errorf("%s: %d, want 409", path, status)
		}
	}
}
