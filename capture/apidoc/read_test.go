package apidoc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/talks"
)

func TestPathsBecomePatterns(t *testing.T) {
	for _, c := range []struct {
		paths []string
		noted string
		want  string
	}{
		{[]string{"/users/41"}, "", "/users/{id}"},
		{[]string{"/users/41/orders/7d444840-9dc0-11d1-b245-5ffdce74fad2"}, "", "/users/{userId}/orders/{id}"},
		{[]string{"/blobs/4f1d2c3b4a5968778695a4b3c2d1e0f0"}, "", "/blobs/{id}"},
		{[]string{"/v1/chat/completions"}, "", "/v1/chat/completions"},
		{[]string{"/ws/v5/private"}, "", "/ws/v5/private"},
		{[]string{"/3/movie/550"}, "", "/3/movie/{id}"},
		{[]string{"/api/2/items"}, "", "/api/2/items"},
		{[]string{"/rooms/r1"}, "", "/rooms/r1"},
		{[]string{"/rooms/r1", "/rooms/r2", "/rooms/r3"}, "", "/rooms/{id}"},
		{[]string{"/login", "/logout", "/users", "/orders"}, "", "/login"},
		{[]string{"/a{b}/"}, "", "/a%7Bb%7D/"},
		{[]string{"/1/2/3"}, "", "/1/{id}/{id2}"},
		{[]string{"/shops/north"}, "GET h /shops/{shop}", "/shops/{shop}"},
		{[]string{"/shops/all"}, "GET h /shops/{shop},GET h /shops/all", "/shops/all"},
		{[]string{"/shops/"}, "GET h /shops/{shop}", "/shops/"},
	} {
		var noted []apidoc.Key
		for text := range strings.SplitSeq(c.noted, ",") {
			if k, err := apidoc.ParseKey(text); err == nil {
				noted = append(noted, k)
			}
		}
		if got := apidoc.PatternOf(noted, c.paths...); got != c.want {
			t.Errorf("%s became %s, want %s", c.paths[0], got, c.want)
		}
	}
}

// read returns the endpoint with a path.
func read(t *testing.T, tape *talks.Tape, path string, o *apidoc.Options) *apidoc.Endpoint {
	t.Helper()
	api, err := apidoc.Read(tape, o)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(api.Endpoints, func(e *apidoc.Endpoint) bool { return e.Pattern == path })
	if i < 0 {
		t.Fatalf("there is no endpoint with path %s", path)
	}
	return api.Endpoints[i]
}

func TestRequestsKnowTheirAnswers(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	e := read(t, tape, "/ws", nil)
	for _, c := range []struct{ id, correlation, reply string }{
		{"send.login", "/id", "receive.login.reply"},
		{"send.order", "/id", "receive.order.reply"},
		{"send.nonsense", "/id", "receive.error.reply"},
		{"receive.notification", "", ""},
		{"receive.welcome", "", ""},
	} {
		i := slices.IndexFunc(e.Messages, func(m *apidoc.Message) bool { return m.ID == c.id })
		if i < 0 {
			t.Errorf("%s is missing", c.id)
			continue
		}
		m, reply := e.Messages[i], ""
		for _, r := range m.Replies {
			reply += r.ID
		}
		if m.Correlation != c.correlation || reply != c.reply {
			t.Errorf("%s is correlated by %q and answered by %q", c.id, m.Correlation, reply)
		}
	}
	if len(e.Heartbeats) != 1 || e.Heartbeats[0].Answered != 1 {
		t.Errorf("heartbeats: %+v", e.Heartbeats)
	}
	if len(e.Ends) != 1 || e.Ends[0].Code != 1000 || e.Ends[0].By != capture.Client {
		t.Errorf("ends: %+v", e.Ends)
	}
}

func TestKindsOfMessagesAreToldApart(t *testing.T) {
	for name, want := range map[string][]string{
		"graphql":    {"query me", "query me next", "query me complete", "subscription OnTick", "query nothing error"},
		"okx":        {"login", "order", "amend-order error", "subscribe", "orders"},
		"socket.io":  {"connect error", "hi", "tick", "image"},
		"phoenix":    {"phx_join", "shout", "presence_state"},
		"mqtt":       {"CONNECT", "PUBLISH a/b", "SUBSCRIBE error"},
		"slack":      {"hello"},
		"wamp":       {"CALL"},
		"centrifuge": {"connect"},
	} {
		tape := talks.New(t)
		tape.Recorded(name)
		api, err := apidoc.Read(tape, nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range api.Endpoints[0].Messages {
			names = append(names, m.Name)
		}
		for _, w := range want {
			if !slices.ContainsFunc(names, func(n string) bool { return n == w || strings.HasPrefix(n, w+" ") }) {
				t.Errorf("%s: %q is not among %q", name, w, names)
			}
		}
	}
}

func TestAnswersAreNamedByTheirRequests(t *testing.T) {
	tape := talks.New(t)
	tape.Socket("ws://h.test/", nil,
		`> {"type":"req","id":"a1","method":"node.list"}`, `> {"type":"req","id":"a2","method":"health"}`,
		`< {"type":"res","id":"a2","payload":{"up":true}}`, `< {"type":"res","id":"a1","payload":{"nodes":[]}}`, `< {"type":"event","event":"tick"}`)
	names := ""
	for _, m := range read(t, tape, "/", nil).Messages {
		names += m.Name + ";"
	}
	if want := "node.list;health;health res;node.list res;event tick;"; names != want {
		t.Errorf("the names are %s, want %s", names, want)
	}
}

func TestWhoTheClientIs(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	for path, want := range map[string]apidoc.Security{
		"/ws":                  {Type: "apiKey", In: apidoc.InQuery, Name: "token"},
		"/v1/chat/completions": {Type: "bearer", In: apidoc.InHeader, Name: "Authorization", Scheme: "bearer"},
		"/v1/messages":         {Type: "apiKey", In: apidoc.InHeader, Name: "x-api-key"},
	} {
		if e := read(t, tape, path, nil); len(e.Security) != 1 || e.Security[0] != want {
			t.Errorf("%s: %+v", path, e.Security)
		}
	}
	e := read(t, tape, "/v1/users", nil)
	want := []apidoc.Security{
		{Type: "bearer", In: apidoc.InHeader, Name: "Authorization", Scheme: "bearer"},
		{Type: "apiKey", In: apidoc.InCookie, Name: "session"},
	}
	if !slices.Equal(e.Security, want) {
		t.Errorf("%+v", e.Security)
	}
}

func TestHeadsAreTaken(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	e := read(t, tape, "/v1/users/{id}", &apidoc.Options{Only: &apidoc.Key{Method: "GET", Host: "api.example.com", Pattern: "/v1/users/{id}"}})
	got := ""
	for _, p := range e.Parameters {
		got += string(p.In) + " " + p.Name + " " + p.Schema.Types[0] + ";"
	}
	if want := "path id integer;query expand string;query page integer;header X-Tenant string;"; got != want {
		t.Errorf("parameters: %s", got)
	}
	if len(e.Responses) != 2 || e.Responses[1].Status != 404 || e.Responses[0].Headers[0].Name != "X-RateLimit-Remaining" {
		t.Errorf("responses: %+v", e.Responses)
	}
	brief := read(t, tape, "/v1/users/{id}", &apidoc.Options{Brief: true})
	if brief.Exchanges == 0 || len(brief.Responses) != 0 {
		t.Errorf("in brief: %+v", brief)
	}
}

func TestManyKindsStayFew(t *testing.T) {
	tape := talks.New(t)
	var messages []string
	for i := range 2000 {
		messages = append(messages, `< {"type":"`+strings.Repeat("x", i%600)+string(rune('a'+i%26))+`"}`)
	}
	words := strings.Fields(strings.Repeat("alpha beta gamma delta ", 20))
	for i := range 400 {
		messages = append(messages, `< {"type":"`+words[i%4]+strings.Repeat("y", i/10)+`"}`)
	}
	tape.Socket("ws://h.test/", nil, messages...)
	if e := read(t, tape, "/", nil); len(e.Messages) > 210 || len(e.Messages) < 20 {
		t.Errorf("%d kinds", len(e.Messages))
	}
}

func TestNotesAreKept(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	key := apidoc.Key{Method: "GET", Host: "events.example.com:8443", Pattern: "/ws"}
	b, err := apidoc.Notes{Title: "Events", Status: apidoc.Testing, Tags: []string{"a"}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.SetDocument(apidoc.DocumentKey(key), b); err != nil {
		t.Fatal(err)
	}
	if e := read(t, tape, "/ws", &apidoc.Options{Notes: tape}); e.Title != "Events" || e.Status != apidoc.Testing || e.Key != key {
		t.Errorf("%+v", e.Notes)
	}
	if b, err := (apidoc.Notes{}).Encode(); b != nil || err != nil {
		t.Errorf("empty notes: %s, %v", b, err)
	}
	if _, err := (apidoc.Notes{Status: "done"}).Encode(); err == nil {
		t.Error("an unknown status is taken")
	}
	long := apidoc.Notes{Description: strings.Repeat("x", 1<<20)}
	if _, err := long.Encode(); err == nil {
		t.Error("notes of more than 1 MiB are taken")
	}
}

func TestDescriptionsAreSafeForOtherReaders(t *testing.T) {
	for in, want := range map[string]string{
		"a **b** [c](https://x.y)":             "a **b** [c](https://x.y)",
		"<script>x</script>":                   "&lt;script>x&lt;/script>",
		"`<b>` and <https://x.y> <mailto:a@b>": "`<b>` and <https://x.y> <mailto:a@b>",
		"[x](JavaScript:alert(1))":             "[x](JavaScriptalert(1))",
		"```\n<b>\n```\n<i>":                   "```\n<b>\n```\n&lt;i>",
		"a < b":                                "a &lt; b",
	} {
		if got := (apidoc.Notes{Description: in}).SafeDescription(); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
