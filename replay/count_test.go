package replay_test

import (
	"testing"
	"time"

	"github.com/wiretape/wiretape/replay"
)

func TestTheServersCountGoesOn(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).receive(`{"seq":11,"type":"hello"}`).
		send(`{"id":1,"op":"mark"}`).receive(`{"seq":12,"id":1}`).
		send(`{"id":2,"op":"look"}`).receive(`{"seq":13,"id":2}`)
	m := r.serve(&replay.Options{Speed: replay.Max})
	c := m.dial("/ws", nil).expect(`{"seq":11,"type":"hello"}`)
	c.send(`{"id":7,"op":"look"}`).expect(`{"seq":12,"id":7}`)
	c.send(`{"id":8,"op":"look"}`).expect(`{"seq":13,"id":8}`)
	c.send(`{"id":9,"op":"mark"}`).expect(`{"seq":14,"id":9}`)
	m.ok()
}

func TestNumbersThatOnlyLookCountedStay(t *testing.T) {
	tests := []struct{ name, first, second string }{
		{"each topic has its own", `{"seq":1,"topic":"a"}`, `{"seq":1,"topic":"b"}`},
		{"one answer alone", `{"seq":1,"topic":"a"}`, `{"topic":"b"}`},
		{"not by its name", `{"level":1,"topic":"a"}`, `{"level":2,"topic":"b"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecorder(t)
			r.socket(wsURL).send(`{"op":"get","topic":"a"}`).receive(tt.first).send(`{"op":"get","topic":"b"}`).receive(tt.second)
			m := r.serve(&replay.Options{Speed: replay.Max})
			c := m.dial("/ws", nil)
			c.send(`{"op":"get","topic":"b"}`).expect(tt.second)
			c.send(`{"op":"get","topic":"a"}`).expect(tt.first)
			c.send(`{"op":"get","topic":"a"}`).expect(tt.first)
			m.ok()
		})
	}
}

func TestAServerThatAnswersInTurnGoesOnDoingSo(t *testing.T) {
	r := newRecorder(t)
	k := r.socket(wsURL)
	for range 2 {
		k.send(`{"get":"a"}`, `{"get":"b"}`, `{"get":"c"}`).after(30*time.Millisecond).
			receive(`{"answer":"a"}`, `{"answer":"b"}`, `{"answer":"c"}`)
	}
	m := r.serve(&replay.Options{})
	c := m.dial("/ws", nil)
	c.send(`{"get":"c"}`).send(`{"get":"a"}`).send(`{"get":"b"}`)
	c.expect(`{"answer":"c"}`).expect(`{"answer":"a"}`).expect(`{"answer":"b"}`)
	m.ok()
}
