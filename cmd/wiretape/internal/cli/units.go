package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// unitRows writes the messages of a socket as its protocol has them: several of
// one WebSocket message, or one of several.
func (s *showing) unitRows(ex *capture.Exchange) error {
	first := true
	for u, err := range protocol.Units(ex, s.transcript.Messages(1), nil) {
		if err != nil {
			return err
		}
		if first && !s.json {
			if p := protocol.Detect(ex, nil); p != nil {
				fmt.Fprintf(s.out, "protocol %s, by %s\n", p.Title(), view.Sanitize(p.By))
			}
		}
		first = false
		if u.Seq < s.from {
			continue
		}
		if err := s.unit(u); err != nil || s.full() {
			return err
		}
	}
	return nil
}

func (s *showing) unit(u *protocol.Unit) error {
	if !s.json {
		arrow := "↓"
		if u.Dir == capture.Send {
			arrow = "↑"
		}
		mark := " "
		if u.Error {
			mark = "✗"
		}
		_, err := fmt.Fprintf(s.out, "%6d %12.6f %s %s %-9s %-28s %8s  %s\n", u.Seq, u.At.Seconds(), arrow, mark, u.Role,
			view.Preview([]byte(u.Label), 28), view.Size(uint64(len(u.Body))), view.Preview(u.Body, s.room(72)))
		return err
	}
	line, err := json.Marshal(reading.UnitOf(u))
	if err != nil {
		return err
	}
	return s.write(line)
}

// pairs writes requests with their answers, and what nobody asked for, summed
// up.
func (s *showing) pairs(ex *capture.Exchange) error {
	if s.json {
		return s.pairRows()
	}
	c, err := protocol.Pairs(protocol.Units(ex, s.now.Messages(1), nil), nil)
	if err != nil {
		return err
	}
	if len(c.Pairs) > 0 {
		fmt.Fprintf(s.out, "%6s %12s %-28s %10s   %s\n", "SEQ", "TIME", "REQUEST", "LATENCY", "ANSWER")
	}
	for _, p := range c.Pairs {
		latency, answer := "no answer", ""
		if d, ok := p.Latency(); ok {
			latency, answer = view.Duration(d), view.Preview(p.Answer.Body, s.room(60))
		} else if p.Optional {
			latency = "-"
		}
		fmt.Fprintf(s.out, "%6d %12.6f %-28s %10s %s %s\n", p.Request.First, p.Request.At.Seconds(),
			view.Preview([]byte(p.Request.Label), 28), latency, tern(p.Failed(), "✗", " "), answer)
	}
	for _, sub := range c.Subscriptions {
		fmt.Fprintf(s.out, "subscription %s: %s%s\n", view.Sanitize(sub.Topic), count(uint64(sub.Pushes), "push"), every(sub.Every()))
	}
	for _, b := range c.Heartbeats {
		fmt.Fprintf(s.out, "heartbeat %s %s: %d, %d answered%s\n", view.Sanitize(b.Label), b.Dir, b.Count, b.Replies, every(b.Every()))
	}
	for _, p := range c.Pushes {
		fmt.Fprintf(s.out, "unasked %s %s: %d\n", view.Sanitize(p.Op), p.Dir, p.Count)
	}
	fmt.Fprintf(s.out, "%s: %d answered, %d failed, %d unanswered\n",
		count(uint64(c.Requests), "request"), c.Answered, c.Failed, c.Unanswered)
	return nil
}

// pairRows writes the same as JSON.
func (s *showing) pairRows() error {
	items, err := reading.Pairs(s.now)
	for _, item := range items {
		line, err := json.Marshal(item)
		if err == nil {
			err = s.write(line)
		}
		if err != nil {
			return err
		}
	}
	return err
}

func every(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ", every " + view.Duration(d)
}

// room returns how many columns a line has left beside those in use.
func (s *showing) room(used int) int {
	if s.style.Width == 0 {
		return 256
	}
	return max(20, s.style.Width-used)
}
