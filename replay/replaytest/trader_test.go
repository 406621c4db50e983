package replaytest_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// trader is a client of the recorded exchange, as a program under test would
// have one. Its ids, its clock and its signature are new each time.
type trader struct {
	conn *websocket.Conn
	ids  int
}

func dialTrader(ctx context.Context, client *http.Client, url string) (*trader, error) {
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return nil, err
	}
	t := &trader{conn, 100}
	if _, err := t.ask(ctx, "login", map[string]string{
		"apiKey": "ada", "timestamp": strconv.FormatInt(time.Now().Unix(), 10), "sign": rand.Text(),
	}); err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	_, err = t.ask(ctx, "subscribe", map[string]string{"channel": "orders"})
	return t, err
}

// answer is what the exchange says.
type answer struct {
	ID, Op, Event, Code string
	Data                []struct{ OrdID, ClOrdID, State string }
}

// ask sends a command and returns what comes next.
func (t *trader) ask(ctx context.Context, op string, args map[string]string) (*answer, error) {
	t.ids++
	data, err := json.Marshal(map[string]any{"id": strconv.Itoa(t.ids), "op": op, "args": []any{args}})
	if err != nil {
		return nil, err
	}
	if err := t.conn.Write(ctx, websocket.MessageText, data); err != nil {
		return nil, err
	}
	return t.next(ctx)
}

func (t *trader) next(ctx context.Context) (*answer, error) {
	_, data, err := t.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("%w in %s", err, data)
	}
	return &a, nil
}

// buy orders one and waits until it is filled.
func (t *trader) buy(ctx context.Context, instrument string) (order string, err error) {
	mine := "c" + rand.Text()[:5]
	a, err := t.ask(ctx, "order", map[string]string{"instId": instrument, "side": "buy", "sz": "1", "clOrdId": mine})
	if err != nil {
		return "", err
	}
	if a.ID != strconv.Itoa(t.ids) || len(a.Data) != 1 || a.Data[0].ClOrdID != mine {
		return "", fmt.Errorf("got %+v, which is not the answer to order %s", a, mine)
	}
	fill, err := t.next(ctx)
	if err != nil {
		return "", err
	}
	if len(fill.Data) != 1 || fill.Data[0].ClOrdID != mine || fill.Data[0].State != "filled" {
		return "", fmt.Errorf("got %+v, which is not the fill of order %s", fill, mine)
	}
	return a.Data[0].OrdID, nil
}
