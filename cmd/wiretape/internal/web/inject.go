package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
	"github.com/wiretape/wiretape/mitm"
)

// Injector writes into live connections of others.
type Injector interface {
	// Inject puts a frame between two others.
	Inject(ctx context.Context, id capture.ExchangeID, f mitm.Frame) error
	// Abort resets the connection with one party, or with both for 0.
	Abort(id capture.ExchangeID, to capture.Party) error
}

func (s *Server) registerInject() {
	s.handle("POST /exchanges/{id}/inject", s.once(s.inject))
	s.handle("POST /exchanges/{id}/end", s.once(s.endExchange))
}

// inject puts a message into a live connection. Its text goes as it is: there
// are no variables in what another program says.
func (s *Server) inject(w http.ResponseWriter, r *http.Request) error {
	id, err := s.injectable(r)
	if err != nil {
		return err
	}
	var q struct {
		To string `json:"to"`
		compose.Message
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	to, err := capture.ParseParty(q.To)
	if err != nil || to == capture.Proxy {
		return problem(http.StatusBadRequest, "it goes to nobody", q.To, "client or server")
	}
	op, payload, err := q.Resolve(nil)
	if err != nil {
		return composeProblem(err)
	}
	if err := s.o.Injector.Inject(r.Context(), id, mitm.Frame{To: to, Opcode: op, Payload: payload}); err != nil {
		return injectProblem(err)
	}
	return answer(w, map[string]bool{"injected": true})
}

// endExchange ends a live connection of others.
func (s *Server) endExchange(w http.ResponseWriter, r *http.Request) error {
	id, err := s.injectable(r)
	if err != nil {
		return err
	}
	var q ending
	if err := take(w, r, &q); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	parties, ok := map[string][]capture.Party{
		"": {capture.Client, capture.Server}, "both": {capture.Client, capture.Server},
		"client": {capture.Client}, "server": {capture.Server},
	}[q.To]
	if !ok {
		return problem(http.StatusBadRequest, "it goes to nobody", q.To, "client, server or both")
	}
	if q.How == "abort" {
		to := capture.Party(0)
		if len(parties) == 1 {
			to = parties[0]
		}
		err = s.o.Injector.Abort(id, to)
	} else {
		err = s.closeBoth(r.Context(), id, parties, q.payload())
	}
	if err != nil {
		return injectProblem(err)
	}
	return answer(w, map[string]bool{"ended": true})
}

// closeBoth sends a close frame to each party. One that has answered the first
// already has ended its side, which is as good.
func (s *Server) closeBoth(ctx context.Context, id capture.ExchangeID, parties []capture.Party, payload []byte) (err error) {
	sent := 0
	for _, to := range parties {
		if failed := s.o.Injector.Inject(ctx, id, mitm.Frame{To: to, Opcode: capture.OpClose, Payload: payload}); failed != nil {
			err = errors.Join(err, failed)
		} else {
			sent++
		}
	}
	if sent > 0 {
		return nil
	}
	return err
}

// injectable returns the number of the exchange, where there can be one to write
// into.
func (s *Server) injectable(r *http.Request) (capture.ExchangeID, error) {
	if s.o.Injector == nil {
		return 0, problem(http.StatusConflict, "nothing can be put into connections from here", "", "open the page of the recorder the connection goes through")
	}
	return exchangeOf(r)
}

// injectProblem says what an error means to the page.
func injectProblem(err error) error {
	var refused *mitm.InjectError
	if !errors.As(err, &refused) {
		return problem(http.StatusBadGateway, "it could not be written", err.Error(), "see whether the connection is still open")
	}
	return problem(http.StatusConflict, "it was not put in", refused.Error(), refused.Hint())
}
