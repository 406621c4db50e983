package protocol

import (
	"bytes"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// binance names the messages of Binance's streams and of its WebSocket API.
type binance struct{}

func (binance) name(s *Splitter, u *Unit, v jsontext.Value) {
	if v.Is('[') {
		v = v.First() // streams of all symbols: !ticker@arr
	}
	var id, method, params, err, code, status, stream, data, event, symbol jsontext.Value
	answered := false
	for name, m := range v.Members {
		switch string(name) {
		case "id":
			id = m
		case "method":
			method = m
		case "params":
			params = m
		case "result":
			answered = true
		case "error":
			err = m
		case "code":
			code = m
		case "status":
			status = m
		case "stream":
			stream = m
		case "data":
			data = m
		case "e":
			event = m
		case "s":
			symbol = m
		}
	}
	key := string(id[:min(len(id), maxID)])
	switch {
	case method != nil:
		u.ask(s.id(id), key)
		binanceRequest(s, u, s.text(method), params)
	case stream != nil:
		u.Role = Push
		u.Topic = s.text(stream)
		s.call(u, u.Topic)
		if e := s.text(data.Get("e")); e != "" {
			u.Op = e
		}
	case answered || err != nil || code != nil || status != nil && id != nil:
		u.answer(s.id(id), key)
		u.Label = "result"
		if code != nil { // of streams, not of the API
			err = v
		}
		if n, ok := status.Int(); err != nil || ok && n >= 400 {
			u.Error = true
			u.Label = s.label("error", s.text(err.Get("code")), s.text(err.Get("msg")))
		}
		u.link.any = u.ID == ""
	case event != nil:
		u.Role = Push
		binanceEvent(s, u, v, s.text(event), symbol)
	case symbol != nil:
		u.Role = Push // a book ticker has no name
		s.call(u, "bookTicker", s.text(symbol))
		u.Topic = binanceStream(s, symbol, "bookTicker")
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
