package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// Injector writes into the live connections of the recorder.
type Injector interface {
	// Inject puts a frame between two others.
	Inject(ctx context.Context, id capture.ExchangeID, f mitm.Frame) error
	// Abort resets the connection with one party, or with both for 0.
	Abort(id capture.ExchangeID, to capture.Party) error
}

// injectLimit bounds how long a frame may wait for its place.
const injectLimit = 15 * time.Second

// injection is what somebody wants put into a connection. Abort leaves the
// frame out.
type injection struct {
	Exchange capture.ExchangeID
	Abort    bool
	Frame    mitm.Frame
}

// refusal is why it was not put in.
type refusal struct {
	Refused *mitm.InjectError `json:"refused,omitempty"`
	Hint    string            `json:"hint,omitempty"`
	Error   string            `json:"error,omitempty"`
}

// serveInject carries out an injection, where the tape's recorder takes any.
func serveInject(w http.ResponseWriter, r *http.Request, tape Tape) {
	var in injection
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<20)).Decode(&in)
	to, ok := tape.(Injector)
	switch {
	case err != nil:
	case !ok:
		err = fmt.Errorf("this recorder takes nothing")
	case in.Abort:
		err = to.Abort(in.Exchange, in.Frame.To)
	default:
		err = to.Inject(r.Context(), in.Exchange, in.Frame)
	}
	var answer refusal
	if refused, ok := err.(*mitm.InjectError); ok {
		answer.Refused, answer.Hint = refused, refused.Hint()
	} else if err != nil {
		answer.Error = err.Error()
	}
	writeJSON(w, &answer, nil)
}

// Inject puts a frame into a live connection of the recorder. The error is a
// *mitm.InjectError where it takes none.
func (c *Client) Inject(ctx context.Context, id capture.ExchangeID, f mitm.Frame) error {
	return c.inject(ctx, &injection{Exchange: id, Frame: f})
}

// Abort resets a live connection of the recorder.
func (c *Client) Abort(id capture.ExchangeID, to capture.Party) error {
	return c.inject(context.Background(), &injection{Exchange: id, Abort: true, Frame: mitm.Frame{To: to}})
}

func (c *Client) inject(ctx context.Context, in *injection) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	text, err := c.sendUntil(ctx, http.MethodPost, "/inject", bytes.NewReader(body), injectLimit)
	if err != nil {
		return err
	}
	var answer refusal
	switch err := json.Unmarshal(text, &answer); {
	case err != nil:
		return fmt.Errorf("ask the recorder: %w", err)
	case answer.Refused != nil:
		return answer.Refused.WithHint(answer.Hint)
	case answer.Error != "":
		return fmt.Errorf("the recorder: %s", answer.Error)
	}
	return nil
}
