package web

import (
	"encoding/json"
	"net/http"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// shownBody is how much of a payload stands in an answer; the rest is to be asked
// for as lines or as bytes.
const shownBody = 256 << 10

func (s *Server) registerExchange() {
	s.handle("GET /exchanges/{id}", s.exchange)
}

// exchangeJSON is what the page shows of an exchange beside its rows.
type exchangeJSON struct {
	Exchange     json.RawMessage    `json:"exchange"`
	Rows         map[level]uint64   `json:"rows"`
	Handshake    *handshakeJSON     `json:"handshake"`
	End          *endJSON           `json:"end,omitempty"`
	Predecessor  capture.ExchangeID `json:"predecessor,omitempty"`
	Successor    capture.ExchangeID `json:"successor,omitempty"`
	DefaultLevel level              `json:"default_level"`
	Protocol     string             `json:"protocol"`
	Merge        string             `json:"merge"`
}

// endJSON is how an exchange ended, also in words.
type endJSON struct {
	How    string `json:"how"`
	By     string `json:"by"`
	Code   int    `json:"code"`
	Reason string `json:"reason"`
	Words  string `json:"words"` // as show puts it
	Name   string `json:"name"`  // of the close code
	At     int64  `json:"t_ns"`  // since the exchange began
	Error  string `json:"error,omitempty"`
}

// exchange answers the head of one exchange.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) error {
	id, err := exchangeOf(r)
	if err != nil {
		return err
	}
	reel, err := s.reel(id, messages)
	if err != nil {
		return err
	}
	ex := reel.ex
	out := exchangeJSON{
		Exchange: view.AppendExchangeWhole(nil, ex, reading.Bodies(reel.script, shownBody)), Rows: map[level]uint64{},
		Handshake: handshakeOf(ex), DefaultLevel: messages, Protocol: s.protocol(reel),
	}
	if ex.Kind == capture.KindHTTP || ex.Kind == capture.KindTunnel {
		out.DefaultLevel = chunks
	}
	for _, l := range [...]level{messages, frames, chunks} {
		if out.Rows[l], err = s.totals.rows(reel.on(l)); err != nil {
			return err
		}
	}
	if e := ex.End; e != nil {
		out.End = &endJSON{
			How: e.How.String(), By: e.By.String(), Code: e.Code, Reason: e.Reason, Words: view.Ending(ex),
			Name: view.CloseName(e.Code), At: int64(e.At), Error: e.Err,
		}
	}
	out.Merge = s.mergeFormat(reel)
	if out.Predecessor, out.Successor, err = s.neighbours(ex); err != nil {
		return err
	}
	return answer(w, out)
}

// mergeFormat names the format in which a language model answers in the
// exchange, "" for none: what the beginning of the stream tells.
func (s *Server) mergeFormat(r *reel) string {
	const enough = 16
	o, err := s.mergeOptions()
	if err != nil || r.ex.Kind == capture.KindTunnel {
		return ""
	}
	m, err := merge.New(r.ex, o)
	if err != nil {
		return ""
	}
	for l, err := range r.from(1) {
		if err != nil || l.seq > enough {
			break
		}
		switch {
		case l.event != nil:
			m.Event(l.event)
		case l.message != nil:
			m.Message(l.message)
		}
	}
	return m.Result().Format
}
