package interop_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// numbers is a feed of events that have ids.
func numbers(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush(w, "retry: 30\n\n")
	for _, n := range []string{"1", "2", "3", "4"} {
		flush(w, "id: %s\ndata: number %s\n\n", n, n)
	}
	flush(w, "event: bye\ndata: \n\n")
}

// What the programs of testdata/faulted say when nothing is wrong.
const (
	feedWhole  = "event 1 number 1 | event 2 number 2 | event 3 number 3 | event 4 number 4 | done"
	chatWhole  = `echo {"ok":true,"what":"hello"} | done`
	queryWhole = `next {"data":{"count":0}} | next {"data":{"count":1}} | next {"data":{"count":2}} | done`
)

// TestNpmClientsThatReconnectAndFaults plays faults to clients that come back by
// themselves. Each line is what one of them said; the program is its own
// witness of what a real client makes of a failing service.
func TestNpmClientsThatReconnectAndFaults(t *testing.T) {
	t.Parallel()
	again := `disconnect transport close | echo socket has been disconnected | ` + chatWhole
	confused := `disconnect parse error | echo socket has been disconnected | ` + chatWhole
	for program, faults := range map[string][][2]string{
		"feed": { // npm eventsource
			{"", feedWhole},
			{"close@after=3,connection=1", strings.Replace(feedWhole, "| event 3", "| reconnects | event 3", 1)},
			{"reset@after=3,byte=4,connection=1", strings.Replace(feedWhole, "| event 2", "| reconnects | event 2", 1)},
			{"stall@after=3,connection=1", "event 1 number 1 | event 2 number 2 | waits on"},
			{"corrupt:1@after=3,connection=1", strings.Replace(feedWhole, "event 2", "event", 1)},
			{"reorder@after=3", "event 1 number 1 | event 3 number 3 | event 2 number 2 | event 4 number 4 | done"},
			{"refuse:tcp,times=1", "reconnects | " + feedWhole},
			{"refuse:503,times=1,retry_after=1s", "gave up 503"},
			{"mute", feedWhole},
		},
		"chat": { // npm socket.io-client
			{"", chatWhole},
			{"reset@after=3,byte=4,connection=1", again},
			{"fin@after=2,connection=1", again},
			{"truncate:5@after=3,connection=1", confused},
			{"corrupt:1@after=3,connection=1", confused},
			{"refuse:tcp,times=1", "connect_error websocket error | " + chatWhole},
			{"refuse:401,times=1", "connect_error websocket error | " + chatWhole},
		},
		"query": { // npm graphql-ws
			{"", queryWhole},
			{"close:1012@after=3,connection=1", `next {"data":{"count":0}} | next {"data":{"count":1}} | closed 1012 | ` + queryWhole},
			{"fin@after=3,connection=1", `next {"data":{"count":0}} | next {"data":{"count":1}} | closed 1006 | ` + queryWhole},
			{"stall@after=3,connection=1", `next {"data":{"count":0}} | next {"data":{"count":1}} | closed 4408 no pong | ` + queryWhole},
			{"truncate:5@after=3,connection=1", `next {"data":{"count":0}} | gave up Expected ':' after property name in JSON`},
			{"duplicate@after=3", strings.Replace(queryWhole, `next {"data":{"count":1}}`, `next {"data":{"count":1}} | next {"data":{"count":1}}`, 1)},
			{"reorder@after=3", `next {"data":{"count":0}} | next {"data":{"count":2}} | next {"data":{"count":1}} | done`},
			{"throttle:2000", queryWhole},
			{"refuse:429,times=1,retry_after=1s", "closed 1006 | gave up Unexpected server response: 429"},
			{"close:4401,kind=ack,connection=1", "closed 4401 | gave up 4401"},
		},
		"idle": { // npm graphql-ws, which sends pings
			{"", "connected | done"},
			{"mute,connection=1", "connected | closed 4408 no pong | connected | done"},
			{"fin,time=200ms,connection=1", "connected | closed 1006 | connected | done"},
			{"delay:50ms,jitter=20ms", "connected | done"},
		},
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			base, stop := b.reconnectable(program)
			cmd := node(t, "faulted", base, program)
			b.wiretape(append([]string{"record", "--ca-dir", "ca", "--upstream-ca", b.service.CertFile(), "--"}, cmd...)...)
			stop()
			for _, f := range faults {
				t.Run(f[0], func(t *testing.T) {
					said := strings.Join(strings.Fields(strings.ReplaceAll(b.faulted(t, f[0], cmd), "\n", " | ")), " ")
					if !strings.HasPrefix(said, f[1]) {
						t.Errorf("the client said %s\nwant %s", said, f[1])
					}
				})
			}
		})
	}
}

// reconnectable starts the service of one of the programs.
func (b *bench) reconnectable(program string) (base string, stop func()) {
	b.Helper()
	if program == "chat" {
		return b.nodeServer("socketio-server")
	}
	var never atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/feed", numbers)
	mux.HandleFunc("/graphql", graphql(&never))
	return b.serve(mux)
}
