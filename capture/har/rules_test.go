package har_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// checkRules checks a log of ours against the rules of HAR 1.2 and of its
// readers: types, sums, sizes, base64, order, and that nothing is null.
func checkRules(t testing.TB, log []byte) {
	t.Helper()
	if !utf8.Valid(log) || !json.Valid(log) {
		t.Fatalf("no JSON:\n%.2000s", log)
	}
	var file struct {
		Log struct {
			Version string
			Creator struct{ Name, Version string }
			Pages   []any
			Entries []json.RawMessage
		}
	}
	if err := json.Unmarshal(log, &file); err != nil {
		t.Fatal(err)
	}
	if file.Log.Version != "1.2" || file.Log.Creator.Name == "" || file.Log.Creator.Version == "" || file.Log.Pages == nil || file.Log.Entries == nil {
		t.Errorf("the log lacks version, creator, pages or entries: %+v", file.Log)
	}
	noNulls(t, log)
	before := ""
	for _, raw := range file.Log.Entries {
		var e ruleEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("%v:\n%.3000s", err, raw)
		}
		if e.StartedDateTime < before {
			t.Errorf("%s comes after %s", e.StartedDateTime, before)
		}
		before = e.StartedDateTime
		e.check(t, raw)
	}
}

type ruleEntry struct {
	StartedDateTime string
	Time            float64
	Request         struct {
		Method, URL, HTTPVersion string
		Cookies                  []ruleCookie
		Headers, QueryString     []rulePair
		HeadersSize, BodySize    int
		PostData                 *ruleBody
	}
	Response struct {
		Status                int
		StatusText            string
		HTTPVersion           string
		Cookies               []ruleCookie
		Headers               []rulePair
		Content               ruleBody
		RedirectURL           *string
		HeadersSize, BodySize int
	}
	Cache           *struct{}
	Timings         struct{ Blocked, DNS, Connect, SSL, Send, Wait, Receive *float64 }
	ServerIPAddress *string
	Connection      *string
	Messages        *[]struct {
		Type   string
		Time   json.Number
		Opcode int
		Data   *string
	} `json:"_webSocketMessages"`
	Events *[]struct {
		Time               json.Number
		EventName, EventID *string
		Data               *string
	} `json:"_eventSourceMessages"`
	ResourceType string          `json:"_resourceType"`
	Wiretape     json.RawMessage `json:"_wiretape"`
}

type rulePair struct{ Name, Value *string }

type ruleCookie struct {
	Name, Value *string
	Expires     *string
}

type ruleBody struct {
	Size        *int
	Compression *int
	MimeType    *string
	Text        *string
	Encoding    string
}

var sixDecimals = regexp.MustCompile(`^\d+\.\d{6}$`)

func (e *ruleEntry) check(t testing.TB, raw []byte) {
	t.Helper()
	fail := func(what string) {
		t.Helper()
		t.Errorf("%s:\n%.3000s", what, raw)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", e.StartedDateTime); err != nil {
		fail("startedDateTime: " + err.Error())
	}
	q, r := &e.Request, &e.Response
	switch {
	case strings.Contains(q.URL, "#"), strings.ContainsAny(q.URL, " \"<>"), !strings.Contains(q.URL, ":"):
		fail("url")
	case q.Cookies == nil || q.Headers == nil || q.QueryString == nil || r.Cookies == nil || r.Headers == nil || r.RedirectURL == nil || e.Cache == nil:
		fail("something is missing")
	case r.Content.Size == nil || r.Content.MimeType == nil:
		fail("content lacks size or type")
	case q.PostData != nil && (q.PostData.MimeType == nil || q.PostData.Text == nil):
		fail("postData lacks type or text")
	case strings.HasPrefix(strings.ToUpper(q.HTTPVersion), "HTTP/2") && q.HTTPVersion != "http/2.0":
		fail("httpVersion")
	case r.Status == 0 && (r.HTTPVersion != "" || r.BodySize != -1 || len(r.Headers) > 0):
		fail("a failed request with a response")
	}
	for _, p := range append(append([]rulePair{}, q.Headers...), append(q.QueryString, r.Headers...)...) {
		if p.Name == nil || p.Value == nil {
			fail("a pair without name or value")
		}
	}
	for _, c := range append(q.Cookies, r.Cookies...) {
		if c.Name == nil || c.Value == nil {
			fail("a cookie without name or value")
		}
		if c.Expires != nil {
			if _, err := time.Parse(time.RFC3339, *c.Expires); err != nil {
				fail("expires: " + err.Error())
			}
		}
	}
	e.sizes(fail)
	e.sums(fail)
	e.conversation(fail)
}

func (e *ruleEntry) sizes(fail func(string)) {
	c := &e.Response.Content
	n := 0
	if c.Text != nil {
		n = len(*c.Text)
		if c.Encoding == "base64" {
			b, err := base64.StdEncoding.DecodeString(*c.Text)
			if err != nil {
				fail("content: " + err.Error())
			}
			n = len(b)
			if utf8.Valid(b) {
				fail("text in base64")
			}
		}
	}
	if *c.Size != n {
		fail("content.size is not the length of the text")
	}
	if c.Compression != nil && *c.Compression != *c.Size-e.Response.BodySize {
		fail("compression is not the difference")
	}
	if p := e.Request.PostData; p != nil && p.Encoding == "base64" {
		if _, err := base64.StdEncoding.DecodeString(*p.Text); err != nil {
			fail("postData: " + err.Error())
		}
	}
}

func (e *ruleEntry) sums(fail func(string)) {
	t := &e.Timings
	sum := 0.0
	for _, phase := range []*float64{t.Blocked, t.DNS, t.Connect, t.Send, t.Wait, t.Receive} {
		if phase == nil {
			fail("a timing is missing")
			return
		}
		sum += max(*phase, 0)
	}
	if *t.Send < 0 || *t.Wait < 0 || *t.Receive < 0 || math.Abs(sum-e.Time) > 1e-6*max(1, sum) || t.SSL == nil || *t.SSL > max(*t.Connect, -1) {
		fail("timings do not add up")
	}
}

func (e *ruleEntry) conversation(fail func(string)) {
	if strings.HasPrefix(e.Request.URL, "ws") != (e.ResourceType == "websocket") {
		fail("_resourceType")
	}
	if e.Messages != nil {
		latest := ""
		for _, m := range *e.Messages {
			if m.Type != "send" && m.Type != "receive" || m.Data == nil {
				fail("a message without type or data")
			}
			if !sixDecimals.MatchString(m.Time.String()) || m.Time.String() < latest {
				fail("the time of a message")
			}
			latest = m.Time.String()
			if m.Opcode != 1 {
				if _, err := base64.StdEncoding.DecodeString(*m.Data); err != nil {
					fail("a message: " + err.Error())
				}
			}
		}
	}
	if e.Events == nil {
		return
	}
	if len(*e.Events) == 0 || *e.Response.Content.MimeType != "text/event-stream" {
		fail("events")
	}
	for _, ev := range *e.Events {
		if !sixDecimals.MatchString(ev.Time.String()) || ev.EventName == nil || ev.EventID == nil || ev.Data == nil {
			fail("an event")
		}
	}
}

// noNulls checks that nothing is null and no member is there twice.
func noNulls(t testing.TB, log []byte) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(log)))
	var walk func()
	walk = func() {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case nil:
			t.Error("there is a null")
		case json.Delim('{'):
			names := map[string]bool{}
			for d.More() {
				name, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				if names[name.(string)] {
					t.Errorf("%s is there twice", name)
				}
				names[name.(string)] = true
				walk()
			}
			_, _ = d.Token()
		case json.Delim('['):
			for d.More() {
				walk()
			}
			_, _ = d.Token()
		}
	}
	walk()
}

// checkJSON checks what must hold whatever was recorded.
func checkJSON(t testing.TB, log []byte) {
	t.Helper()
	if !utf8.Valid(log) || !json.Valid(log) {
		t.Fatalf("no JSON:\n%.2000s", log)
	}
	noNulls(t, log)
}
