package demo

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// events upgrades to a WebSocket for a client that brings a token.
func (s *Service) events(w http.ResponseWriter, r *http.Request) {
	user := subject(r.URL.Query().Get("token"))
	if user == "" {
		http.Error(w, `{"error":"no token"}`, http.StatusUnauthorized)
		return
	}
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.sockets[conn] = struct{}{}
	s.mu.Unlock()
	s.socket.Go(func() {
		defer func() {
			_ = conn.Close()
			s.mu.Lock()
			delete(s.sockets, conn)
			s.mu.Unlock()
		}()
		c := &client{conn: conn, user: user}
		c.serve()
	})
}

// client is the service's side of one socket.
type client struct {
	conn   net.Conn
	user   string
	orders int
}

// command is what a client may ask for.
type command struct {
	ID      string `json:"id"`
	Op      string `json:"op"`
	Channel string `json:"channel"`
	Args    []struct {
		Symbol  string `json:"symbol"`
		Qty     string `json:"qty"`
		ClOrdID string `json:"clOrdId"`
	} `json:"args"`
}

func (c *client) serve() {
	c.send(`{"type":"welcome","user":%q}`, c.user)
	for {
		text, op, err := wsutil.ReadClientData(c.conn)
		if err != nil {
			return
		}
		if op == ws.OpText && string(text) == "ping" {
			c.send("pong")
			continue
		}
		var cmd command
		if err := json.Unmarshal(text, &cmd); err != nil {
			c.send(`{"event":"error","code":"400","msg":"not JSON"}`)
			continue
		}
		c.answer(&cmd)
	}
}

func (c *client) answer(cmd *command) {
	switch {
	case cmd.Op == "subscribe":
		c.send(`{"id":%q,"event":"subscribed","channel":%q}`, cmd.ID, cmd.Channel)
		c.send(`{"type":"status_update","channel":%q,"data":{"market":"open"}}`, cmd.Channel)
	case cmd.Op == "order" && len(cmd.Args) == 1:
		c.orders++
		order, a := 1000+c.orders, cmd.Args[0]
		c.send(`{"id":%q,"op":"order","code":"0","data":[{"ordId":"%d","clOrdId":%q}]}`, cmd.ID, order, a.ClOrdID)
		c.send(`{"type":"notification","channel":"orders","data":[{"ordId":"%d","clOrdId":%q,"symbol":%q,"state":"filled","qty":%q}]}`,
			order, a.ClOrdID, a.Symbol, a.Qty)
	default:
		c.send(`{"id":%q,"event":"error","code":"404","msg":"no such operation"}`, cmd.ID)
	}
}

func (c *client) send(format string, args ...any) {
	_ = wsutil.WriteServerText(c.conn, fmt.Appendf(nil, format, args...))
}

func decode(part string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(part)
	return b
}
