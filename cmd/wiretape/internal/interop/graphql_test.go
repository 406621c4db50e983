package interop_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
)

// graphql is a service that speaks graphql-transport-ws. It breaks the first
// connection off when it is asked to.
func graphql(breaks *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}, InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer c.CloseNow()
		say := func(format string, args ...any) {
			_ = c.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...))
		}
		for {
			_, data, err := c.Read(r.Context())
			if err != nil {
				return
			}
			var q struct {
				ID, Type string
				Payload  struct {
					Query     string
					Variables struct {
						To int
						ID string
					}
				}
			}
			if json.Unmarshal(data, &q) != nil {
				return
			}
			next := func(data string) { say(`{"id":%q,"type":"next","payload":{"data":%s}}`, q.ID, data) }
			switch {
			case q.Type == "connection_init":
				say(`{"type":"connection_ack","payload":{"server":"one"}}`)
				continue
			case q.Type == "ping":
				say(`{"type":"pong"}`)
				continue
			case q.Type != "subscribe":
				continue
			case strings.Contains(q.Payload.Query, "nobody"):
				say(`{"id":%q,"type":"error","payload":[{"message":"Cannot query field nobody"}]}`, q.ID)
				continue
			case strings.Contains(q.Payload.Query, "count"):
				for n := range q.Payload.Variables.To {
					next(fmt.Sprintf(`{"count":%d}`, n))
				}
			case strings.Contains(q.Payload.Query, "say"):
				next(fmt.Sprintf(`{"say":{"id":%q,"said":true}}`, q.Payload.Variables.ID))
			case strings.Contains(q.Payload.Query, "broken"):
				next(`{"broken":1}`)
				if breaks.CompareAndSwap(true, false) {
					_ = c.Close(websocket.StatusServiceRestart, "try again")
					return
				}
				next(`{"broken":2}`)
			default:
				next(`{"me":{"name":"Ada"}}`)
			}
			say(`{"id":%q,"type":"complete"}`, q.ID)
		}
	}
}

func TestNpmGraphQLWS(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var breaks atomic.Bool
	breaks.Store(true)
	recorded, replayed := b.recordAndReplay(graphql(&breaks), func(base string) []string {
		return node(t, "graphql", base)
	})
	same(t, recorded, replayed)
	holds(t, recorded, `count {"data":{"count":2}}`, "closed 1012 try again", `broken {"data":{"broken":2}}`, "Cannot query field nobody")
}
