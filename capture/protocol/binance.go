package protocol

import (
	"bytes"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// binance names the messages of Binance's streams and of its WebSocket API.
type binance struct{}

// binanceMessage is the members of a message that name it.
type binanceMessage struct {
	id, method, params, err, code, status, stream, data, event, symbol jsontext.Value
	answered                                                           bool
}

func binanceMessageOf(v jsontext.Value) (x binanceMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "id":
			x.id = m
		case "method":
			x.method = m
		case "params":
			x.params = m
		case "result":
			x.answered = true
		case "error":
			x.err = m
		case "code":
			x.code = m
		case "status":
			x.status = m
		case "stream":
			x.stream = m
		case "data":
			x.data = m
		case "e":
			x.event = m
		case "s":
			x.symbol = m
		}
	}
	return x
}

func (binance) name(s *Splitter, u *Unit, v jsontext.Value) {
	if v.Is('[') {
		v = v.First() // streams of all symbols: !ticker@arr
	}
	x := binanceMessageOf(v)
	key := string(x.id[:min(len(x.id), maxID)])
	switch {
	case x.method != nil:
		u.ask(s.id(x.id), key)
		binanceRequest(s, u, s.text(x.method), x.params)
	case x.stream != nil:
		u.Role = Push
		u.Topic = s.text(x.stream)
		s.call(u, u.Topic)
		if e := s.text(x.data.Get("e")); e != "" {
			u.Op = e
		}
	case x.answered || x.err != nil || x.code != nil || x.status != nil && x.id != nil:
		u.answer(s.id(x.id), key)
		u.Label = "result"
		if x.code != nil { // of streams, not of the API
			x.err = v
		}
		if n, ok := x.status.Int(); x.err != nil || ok && n >= 400 {
			u.Error = true
			u.Label = s.label("error", s.text(x.err.Get("code")), s.text(x.err.Get("msg")))
		}
		u.link.any = u.ID == ""
	case x.event != nil:
		u.Role = Push
		binanceEvent(s, u, v, s.text(x.event), x.symbol)
	case x.symbol != nil:
		u.Role = Push // a book ticker has no name
		s.call(u, "bookTicker", s.text(x.symbol))
		u.Topic = binanceStream(s, x.symbol, "bookTicker")
	}
}

func binanceRequest(s *Splitter, u *Unit, method string, params jsontext.Value) {
	s.call(u, method)
	switch method {
	case "SUBSCRIBE", "UNSUBSCRIBE":
		u.link.verb = verbOf(method)
		u.link.topics = s.list(params)
		s.topics(u)
	default:
		s.call(u, method, s.text(params.Get("symbol")))
	}
}

// binanceEvent names an event of a single stream, whose name it does not bear.
func binanceEvent(s *Splitter, u *Unit, v jsontext.Value, event string, symbol jsontext.Value) {
	s.call(u, event, s.text(symbol))
	stream := event
	switch event {
	case "24hrTicker":
		stream = "ticker"
	case "24hrMiniTicker":
		stream = "miniTicker"
	case "depthUpdate":
		stream = "depth"
	case "markPriceUpdate":
		stream = "markPrice"
	case "kline":
		stream = "kline_" + s.text(v.Get("k", "i"))
	}
	if symbol != nil {
		u.Topic = binanceStream(s, symbol, stream)
	}
}

func binanceStream(s *Splitter, symbol jsontext.Value, stream string) string {
	return s.word(append(append(bytes.ToLower(symbol.Bytes()), '@'), stream...))
}
