package sse_test

import (
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/sse"
)

func TestAppendEvent(t *testing.T) {
	retry := 1500 * ms
	negative := -time.Second
	tests := []struct {
		name  string
		event capture.Event
		want  string
	}{
		{"data", capture.Event{Dispatched: true, Data: "x"}, "data: x\n\n"},
		{"no data to send", capture.Event{Dispatched: true}, "data:\n\n"},
		{"spaces in front are data", capture.Event{Dispatched: true, Data: " x"}, "data:  x\n\n"},
		{"several lines", capture.Event{Dispatched: true, Data: "a\nb\r\nc\rd\n"}, "data: a\ndata: b\ndata: c\ndata: d\ndata:\n\n"},
		{
			"all of it",
			capture.Event{Dispatched: true, Type: "t", ID: "7", Data: "x", Retry: &retry, Comments: []string{"a\nb", ""}},
			"event: t\ndata: x\nid: 7\nretry: 1500\n: a\n: b\n:\n\n",
		},
		{"the default type", capture.Event{Dispatched: true, Type: "message", Data: "x"}, "data: x\n\n"},
		{"the id was set before", capture.Event{Dispatched: true, ID: "7", Data: "x", Raw: []byte("data: y\n\n")}, "data: x\n\n"},
		{"the id is set here", capture.Event{Dispatched: true, ID: "7", Data: "x", Raw: []byte("id: 7\ndata: y\n\n")}, "data: x\nid: 7\n\n"},
		{"the id is taken away here", capture.Event{Dispatched: true, Data: "x", Raw: []byte("id\ndata: y\n\n")}, "data: x\nid:\n\n"},
		{"an id that cannot be sent", capture.Event{Dispatched: true, ID: "\x00", Data: "x"}, "data: x\n\n"},
		{"no second field through the back door", capture.Event{Dispatched: true, Type: "a\ndata: b", ID: "c\rdata: d", Data: "x"}, "event: a\ndata: x\nid: c\n\n"},
		{"a comment alone", capture.Event{Comments: []string{"keep-alive"}}, ": keep-alive\n\n"},
		{"nothing", capture.Event{}, ":\n\n"},
		{"a retry that is none", capture.Event{Dispatched: true, Retry: &negative}, "data:\n\n"},
		{"a tail", capture.Event{Incomplete: true, Data: "x"}, "data: x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(sse.AppendEvent([]byte("before\n"), &tt.event)); got != "before\n"+tt.want {
				t.Errorf("got %q, want %q after what was there", got, tt.want)
			}
		})
	}
}
