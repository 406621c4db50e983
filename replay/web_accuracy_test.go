package replay_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

// webRequest is a request of a client, or what a server gets of it.
type webRequest struct {
	method, path, body string
	header             map[string]string
}

// webResponse is an answer; its body and the values of its header may have
// marks.
type webResponse struct {
	status int
	kind   capture.Kind
	typ    string
	header map[string]string
	chunks []string
}

// webProtocol is a service over HTTP.
type webProtocol struct {
	name   string
	truth  func(r *rand.Rand) func(q webRequest) webResponse
	actor  func(r *rand.Rand) (say func(op string) webRequest, hear func(op, body string))
	rounds [][]string
	single [][]string
}

const webBase = "https://api.test"

// record lets a client talk to a server and keeps it.
func (p *webProtocol) record(t *testing.T, r *recorder, rounds [][]string, random *rand.Rand) {
	server := p.truth(random)
	say, hear := p.actor(random)
	at := time.Duration(0)
	for _, round := range rounds {
		for _, op := range round {
			q := say(strings.TrimPrefix(op, "!"))
			if q.method == "" {
				continue
			}
			a := server(q)
			at += 50 * time.Millisecond
			var header []capture.Field
			if a.typ != "" {
				header = append(header, capture.Field{Name: "Content-Type", Value: a.typ})
			}
			for k, v := range a.header {
				header = append(header, capture.Field{Name: k, Value: unmarked.Replace(v)})
			}
			k := r.http(a.kind, q.method, webBase+q.path, q.body, a.status, header...)
			k.ex.At, k.ex.Started = at, started.Add(at)
			for name, v := range q.header {
				k.ex.Request.Header = append(k.ex.Request.Header, capture.Field{Name: name, Value: v})
			}
			var body strings.Builder
			for _, c := range a.chunks {
				k.body(unmarked.Replace(c))
				body.WriteString(unmarked.Replace(c))
			}
			hear(op, body.String())
		}
	}
}

// replay lets a live client talk to the recording.
func (p *webProtocol) replay(t *testing.T, r *recorder, rounds [][]string, random *rand.Rand) (s score) {
	server, err := replay.NewServer(&r.tape, &replay.Options{Speed: replay.Max})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	transport := server.Transport()
	defer transport.CloseIdleConnections()
	truth := p.truth(random)
	say, hear := p.actor(random)
	seen := newUnifier()
	for _, round := range rounds {
		for _, op := range round {
			q := say(strings.TrimPrefix(op, "!"))
			if q.method == "" {
				continue
			}
			want := truth(webRequest{q.method, seen.translate(q.path), seen.translate(q.body), q.header})
			req, err := http.NewRequestWithContext(t.Context(), q.method, webBase+q.path, strings.NewReader(q.body))
			if err != nil {
				t.Fatal(err)
			}
			if q.body != "" {
				req.Header.Set("Content-Type", "application/json")
			}
			for k, v := range q.header {
				req.Header.Set(k, v)
			}
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(res.Body)
			res.Body.Close()
			ok := err == nil && res.StatusCode == want.status && seen.unify(strings.Join(want.chunks, ""), string(got))
			for k, v := range want.header {
				ok = ok && seen.unify(v, res.Header.Get(k))
			}
			s.expected++
			if ok {
				s.valid++
			} else {
				if res.StatusCode != 503 {
					s.wrong++
				}
				s.faults = append(s.faults, fmt.Sprintf("%s %s %s\n  got    %d %.600q %v\n  wanted %d %.600q", q.method, q.path, q.body, res.StatusCode, got, res.Header, want.status, want.chunks))
			}
			hear(op, string(got))
		}
	}
	return s
}

var webProtocols = []*webProtocol{llmChat, eventFeed, pollingREST, restRPC}

// llmChat is a chat model that streams.
var llmChat = &webProtocol{
	name: "LLM chat over SSE",
	truth: func(r *rand.Rand) func(q webRequest) webResponse {
		return func(q webRequest) webResponse {
			m := members(q.body)
			n := id("chatcmpl-" + base64ID(r))
			var question string
			if l, ok := m["messages"].([]any); ok {
				question, _ = l[len(l)-1].(map[string]any)["content"].(string)
			}
			head := `data: {"id":"` + n + `","object":"chat.completion.chunk","created":` + clock("1795176000") + `,"model":"m-2024-08-06","choices":[{"index":0,"delta":`
			a := webResponse{status: 200, kind: capture.KindSSE, typ: "text/event-stream", header: map[string]string{"X-Request-Id": q.header["X-Request-Id"]}}
			for _, d := range []string{`{"role":"assistant","content":""}`, `{"content":"You said "}`, `{"content":` + text(question) + `}`, `{"content":" b15e4ac9"}`} {
				a.chunks = append(a.chunks, head+d+`,"finish_reason":null}]}`+"\n\n")
			}
			a.chunks = append(a.chunks, "data: [DONE]\n\n")
			return a
		}
	},
	actor: func(r *rand.Rand) (func(op string) webRequest, func(op, body string)) {
		return func(op string) webRequest {
			if op == "ping" {
				return webRequest{}
			}
			return webRequest{
				method: "POST", path: "/v1/chat/completions",
				body:   `{"model":"m","stream":true,"temperature":0.7,"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"` + op + `"}],"metadata":{"session_id":"` + uuid(r) + `"}}`,
				header: map[string]string{"Authorization": "Bearer sk-" + hexID(r, 40), "X-Request-Id": uuid(r)},
			}
		}, func(string, string) {}
	},
	rounds: [][]string{{"hello"}, {"what is 2+2", "hello"}, {"name 7 colours"}},
	single: [][]string{{"hello"}},
}

// eventFeed goes on where a client left off.
var eventFeed = &webProtocol{
	name: "event feed with resume",
	truth: func(r *rand.Rand) func(q webRequest) webResponse {
		return func(q webRequest) webResponse {
			from, _ := strconv.Atoi(strings.TrimPrefix(q.header["Last-Event-ID"], "ev-"))
			if from >= 9 {
				return webResponse{status: 204}
			}
			a := webResponse{status: 200, kind: capture.KindSSE, typ: "text/event-stream"}
			if from == 0 {
				a.chunks = append(a.chunks, "retry: 100\n\n")
			}
			for n := from + 1; n <= from-from%3+3; n++ {
				a.chunks = append(a.chunks, fmt.Sprintf("id: ev-%d\nevent: tick\ndata: {\"n\":%d}\n\n", n, n))
			}
			return a
		}
	},
	actor: func(r *rand.Rand) (func(op string) webRequest, func(op, body string)) {
		last := ""
		return func(op string) webRequest {
				q := webRequest{method: "GET", path: "/feed?token=" + jwt("alice", 1795176000+r.IntN(1000)), header: map[string]string{}}
				switch {
				case op == "ping":
					return webRequest{}
				case strings.HasPrefix(op, "from"):
					q.header["Last-Event-ID"] = "ev-" + op[5:]
				case op == "again" && last != "":
					q.header["Last-Event-ID"] = last
				}
				return q
			}, func(_, body string) {
				if i := strings.LastIndex(body, "id: "); i >= 0 {
					last, _, _ = strings.Cut(body[i+4:], "\n")
				}
			}
	},
	rounds: [][]string{{"!open"}, {"!again"}, {"!again"}, {"!again"}},
	single: [][]string{{"!open"}, {"!again"}, {"!again"}},
}

// pollingREST makes jobs and asks how they are doing.
var pollingREST = &webProtocol{
	name: "polling REST",
	truth: func(r *rand.Rand) func(q webRequest) webResponse {
		polls := map[string]int{}
		kinds := map[string]string{}
		answer := func(status int, body string) webResponse {
			return webResponse{status: status, typ: "application/json", chunks: []string{body}}
		}
		return func(q webRequest) webResponse {
			parts := strings.Split(q.path, "/")
			switch {
			case q.method == "POST":
				j := "job_" + base64ID(r)
				m := members(q.body)
				kinds[j] = text(m["kind"])
				a := answer(201, `{"id":"`+id(j)+`","kind":`+text(m["kind"])+`,"clientToken":`+text(m["clientToken"])+`,"createdAt":"`+clock("2026-11-20T12:00:00.5Z")+`"}`)
				a.header = map[string]string{"Location": "/jobs/" + id(j)}
				return a
			case len(parts) == 3 && q.method == "DELETE":
				return answer(200, `{"deleted":"`+id(parts[2])+`"}`)
			case len(parts) == 3:
				polls[parts[2]]++
				state := []string{"pending", "running", "done"}[min(polls[parts[2]], 3)-1]
				return answer(200, `{"id":"`+id(parts[2])+`","kind":`+kinds[parts[2]]+`,"state":"`+state+`"}`)
			}
			return answer(200, `{"items":[{"id":1,"name":"a"},{"id":2,"name":"b"}],"path":"`+q.path+`"}`)
		}
	},
	actor: func(r *rand.Rand) (func(op string) webRequest, func(op, body string)) {
		jobs := map[string]string{}
		return func(op string) webRequest {
				w := strings.Fields(op)
				switch w[0] {
				case "make":
					return webRequest{method: "POST", path: "/jobs", body: `{"kind":"` + w[1] + `","clientToken":"` + uuid(r) + `","n":7}`}
				case "poll":
					if jobs[w[1]] != "" {
						return webRequest{method: "GET", path: "/jobs/" + jobs[w[1]]}
					}
				case "drop":
					if jobs[w[1]] != "" {
						return webRequest{method: "DELETE", path: "/jobs/" + jobs[w[1]]}
					}
				case "list":
					return webRequest{method: "GET", path: "/items?page=" + w[1] + "&ts=" + strconv.Itoa(1795176000000+r.IntN(1000))}
				}
				return webRequest{}
			}, func(op, body string) {
				if w := strings.Fields(strings.TrimPrefix(op, "!")); w[0] == "make" {
					jobs[w[1]], _ = members(body)["id"].(string)
				}
			}
	},
	rounds: [][]string{{"!make a", "!make b"}, {"!poll a", "!poll b"}, {"!poll a", "!poll a"}, {"!poll b", "!poll b"}, {"drop a", "make c"}},
	single: [][]string{{"make a"}, {"!poll a", "!poll a", "!poll a"}, {"drop a"}},
}

// restRPC is JSON-RPC over POST, one at a time.
var restRPC = &webProtocol{
	name: "JSON-RPC over POST",
	truth: func(r *rand.Rand) func(q webRequest) webResponse {
		return func(q webRequest) webResponse {
			m := members(q.body)
			return webResponse{status: 200, typ: "application/json", chunks: []string{`{"jsonrpc":"2.0","id":` + text(m["id"]) + `,"result":{"id":1,"of":` + text(m["params"]) + `}}`}}
		}
	},
	actor: func(r *rand.Rand) (func(op string) webRequest, func(op, body string)) {
		next := counterFrom(r, 4)
		return func(op string) webRequest {
			w := strings.Fields(op)
			if op == "ping" {
				return webRequest{}
			}
			return webRequest{method: "POST", path: "/rpc", body: `{"jsonrpc":"2.0","id":` + next() + `,"method":"` + w[0] + `","params":[` + w[1] + `]}`}
		}, func(string, string) {}
	},
	rounds: [][]string{{"get 1", "get 2", "get 3"}, {"put 1"}, {"get 1"}},
	single: [][]string{{"get 1"}, {"put 2"}},
}

// TestWebAccuracy does for HTTP what TestAccuracy does for sockets.
func TestWebAccuracy(t *testing.T) {
	n := 2
	if v := os.Getenv("WIRETAPE_ACCURACY"); v != "" {
		if _, err := fmt.Sscan(v, &n); err != nil {
			t.Fatal(err)
		}
	}
	var table strings.Builder
	for _, p := range webProtocols {
		for _, single := range []bool{false, true} {
			name, rounds := p.name, p.rounds
			if single {
				name, rounds = name+", single", p.single
			}
			fmt.Fprintf(&table, "%-28s", name)
			wrong := 0
			for _, sc := range scenarios {
				var sum score
				for i := range n {
					random := rand.New(rand.NewPCG(uint64(i), 7))
					r := newRecorder(t)
					p.record(t, r, rounds, random)
					changed := sc.change(random, clone(rounds))
					if slices.ContainsFunc(changed, func(round []string) bool { return slices.Contains(round, "!open") }) {
						changed = clone(rounds) // a feed is read in order
					}
					sum.add(p.replay(t, r, changed, random))
				}
				if sum.expected == 0 {
					fmt.Fprintf(&table, " %12s", "–")
				} else {
					fmt.Fprintf(&table, " %11.2f%%", 100*float64(sum.valid)/float64(sum.expected))
				}
				wrong += sum.wrong
				if sum.valid < sum.expected {
					t.Errorf("%s, %s: %d of %d valid", name, sc.name, sum.valid, sum.expected)
					for _, f := range sum.faults[:min(len(sum.faults), 2)] {
						t.Log(f)
					}
				}
			}
			fmt.Fprintf(&table, " %8d\n", wrong)
		}
	}
	if os.Getenv("WIRETAPE_ACCURACY") != "" {
		fmt.Println(table.String())
	}
}
