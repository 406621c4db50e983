package replay_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

// later moves what was recorded last, so that exchanges follow each other.
func (k *track) later(d time.Duration) *track {
	k.ex.Started = started.Add(d)
	return k
}

// hub records SignalR: a negotiation that names another host, a second one
// there, and the socket.
func hub(t *testing.T) *recorder {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "POST", "https://app.test/chat/negotiate?negotiateVersion=1", "", 200, jsonType).
		body(`{"url":"https://x7.signalr.test/client/?hub=chat","accessToken":"eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJjaGF0In0.c2ln","docs":"https://docs.test/hub","list":["wss:\/\/x7.signalr.test\/a","http://x7.signalr.test/a"]}`)
	r.http(capture.KindHTTP, "POST", "https://x7.signalr.test/client/negotiate?hub=chat&negotiateVersion=1", "", 200, jsonType).
		body(`{"connectionId":"wEyMdxCT6QqpUnhYCnxQPA","connectionToken":"vYJ9sN2kLmQ8rT5xW1zA3g","negotiateVersion":1}`).later(time.Second)
	r.socket("wss://x7.signalr.test/client/?hub=chat&id=vYJ9sN2kLmQ8rT5xW1zA3g").
		send(`{"protocol":"json","version":1}` + "\x1e").receive("{}\x1e").
		send(`{"type":1,"invocationId":"0","target":"Where","arguments":[]}` + "\x1e").
		receive(`{"type":3,"invocationId":"0","result":"wss://x7.signalr.test/client/?hub=chat"}` + "\x1e").later(2 * time.Second)
	return r
}

func TestAClientThatFollowsAnAddressStaysWithTheMock(t *testing.T) {
	m := hub(t).serve(&replay.Options{Speed: replay.Max})
	here := strings.TrimPrefix(m.http.URL, "http://")
	m.want("POST", "/chat/negotiate?negotiateVersion=1", "", 200,
		`{"url":"http://`+here+`/client/?hub=chat","accessToken":"eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJjaGF0In0.c2ln","docs":"https://docs.test/hub","list":["ws:\/\/`+here+`\/a","http://x7.signalr.test/a"]}`)
	var last string
	for range 2 { // the second time the server's ids are new
		_, _, body := m.do("POST", "/client/negotiate?hub=chat&negotiateVersion=1", "")
		var answer struct{ ConnectionToken string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.ConnectionToken == last {
			t.Fatalf("%s: %v", body, err)
		}
		last = answer.ConnectionToken
		c := m.dial("/client/?hub=chat&id="+last, nil)
		c.send(`{"protocol":"json","version":1}` + "\x1e").expect("{}\x1e")
		c.send(`{"type":1,"invocationId":"5","target":"Where","arguments":[]}` + "\x1e").
			expect(`{"type":3,"invocationId":"5","result":"ws://` + here + `/client/?hub=chat"}` + "\x1e")
	}
	m.ok()
}

func TestForAProxyAddressesStayAsTheyWere(t *testing.T) {
	m := hub(t).serve(&replay.Options{Speed: replay.Max})
	client := &http.Client{Transport: m.server.Transport()}
	resp, err := client.Post("https://app.test/chat/negotiate?negotiateVersion=1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); !strings.Contains(string(body), `"url":"https://x7.signalr.test/client/?hub=chat"`) {
		t.Errorf("got %s", body)
	}
	m.ok()
}

func TestRedirectsStayWithTheMock(t *testing.T) {
	for _, tt := range []struct{ location, want string }{
		{"https://b.test/there?x=1", "HERE/there?x=1"},
		{"https://elsewhere.test/there", "https://elsewhere.test/there"},
		{"/there", "/there"},
	} {
		r := newRecorder(t)
		r.http(capture.KindHTTP, "GET", "https://a.test/here", "", 302, capture.Field{Name: "Location", Value: tt.location})
		r.http(capture.KindHTTP, "GET", "https://b.test/there?x=1", "", 200, jsonType).body(`{}`)
		m := r.serve(nil)
		_, head, _ := m.do("GET", "/here", "")
		if got := strings.Replace(head.Get("Location"), m.http.URL, "HERE", 1); got != tt.want {
			t.Errorf("%s became %s, want %s", tt.location, got, tt.want)
		}
	}
}

func TestAnAddressThatComesBackIsTheRecordedOne(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "GET", "https://a.test/upload", "", 200, jsonType).body(`{"put":"https://a.test/files/one.txt"}`)
	r.http(capture.KindHTTP, "POST", "https://a.test/done", `{"file":"https://a.test/files/one.txt"}`, 200, jsonType).body(`{"ok":true}`)
	m := r.serve(nil)
	m.want("GET", "/upload", "", 200, `{"put":"`+m.http.URL+`/files/one.txt"}`)
	m.want("POST", "/done", `{"file":"`+m.http.URL+`/files/one.txt"}`, 200, `{"ok":true}`)
	m.ok()
}

func TestValuesCrossFromRequestsToSockets(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "POST", "https://api.test/orders", `{"clientOrderId":"c-7f3a91be20","sz":1}`, 200, jsonType).
		body(`{"orderId":"88f1c2d3e4a5b6c7","clientOrderId":"c-7f3a91be20"}`)
	r.http(capture.KindHTTP, "POST", "https://api.test/listen", "", 200, jsonType).body(`{"session":"5f2d9c1b7a3e4f60"}`).later(time.Second)
	r.socket("wss://api.test/ws").send(`{"op":"attach","session":"5f2d9c1b7a3e4f60"}`).receive(`{"event":"attached","session":"5f2d9c1b7a3e4f60"}`).
		receive(`{"event":"filled","orderId":"88f1c2d3e4a5b6c7","clientOrderId":"c-7f3a91be20"}`).later(2 * time.Second)
	m := r.serve(&replay.Options{Speed: replay.Max})
	var orders []string
	for _, id := range []string{"c-1122334455", "c-99aabbccdd"} {
		code, _, body := m.do("POST", "/orders", `{"clientOrderId":"`+id+`","sz":1}`, "Content-Type", "application/json")
		var answer struct{ OrderID, ClientOrderID string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || code != 200 || answer.ClientOrderID != id {
			t.Fatalf("%d %s: %v", code, body, err)
		}
		orders = append(orders, answer.OrderID)
		_, _, body = m.do("POST", "/listen", "")
		var listen struct{ Session string }
		if err := json.Unmarshal([]byte(body), &listen); err != nil {
			t.Fatal(err)
		}
		c := m.dial("/ws", nil)
		c.send(`{"op":"attach","session":"` + listen.Session + `"}`).expect(`{"event":"attached","session":"` + listen.Session + `"}`).
			expect(`{"event":"filled","orderId":"` + answer.OrderID + `","clientOrderId":"` + id + `"}`)
	}
	if orders[0] == orders[1] {
		t.Error("two orders have one id")
	}
	m.ok()
}

func TestTicketsOpenTheSocketTheyAreFor(t *testing.T) {
	r := newRecorder(t)
	for i, ticket := range []string{"12b7-1f3e5a9c", "77aa-9e0d1c2b"} {
		at := time.Duration(i) * time.Minute
		r.http(capture.KindHTTP, "POST", "https://slack.test/api/apps.connections.open", "", 200, jsonType).
			body(`{"ok":true,"url":"wss:\/\/wss-primary.slack.test\/link\/?ticket=` + ticket + `&app_id=4f9"}`).later(at)
		r.socket("wss://wss-primary.slack.test/link/?ticket=" + ticket + "&app_id=4f9").
			receive(`{"type":"hello","num_connections":` + string(rune('1'+i)) + `}`).later(at + time.Second)
	}
	m := r.serve(&replay.Options{Speed: replay.Max})
	here := strings.TrimPrefix(m.http.URL, "http://")
	for _, n := range []string{"1", "2", "2"} {
		_, _, body := m.do("POST", "/api/apps.connections.open", "")
		var answer struct{ URL string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || !strings.HasPrefix(answer.URL, "ws://"+here+"/link/?ticket=") {
			t.Fatalf("%s: %v", body, err)
		}
		m.dial(strings.TrimPrefix(answer.URL, "ws://"+here), nil).expect(`{"type":"hello","num_connections":` + n + `}`)
	}
	m.ok()
}
