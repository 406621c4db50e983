package protocol

import (
	"iter"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Subscription is what one side asked to be told, and how often it was.
type Subscription struct {
	Topic       string
	Request     *Unit // what opened it
	End         *Unit // what ended it; nil if nothing did
	Error       bool  // it was refused, or ended by an error
	Pushes      int
	First, Last time.Duration // when the first and the last push began, since the exchange's start
	Longest     time.Duration // between two pushes
}

// Every returns the mean time between two pushes, 0 for fewer than two.
func (s *Subscription) Every() time.Duration {
	if s.Pushes < 2 {
		return 0
	}
	return (s.Last - s.First) / time.Duration(s.Pushes-1)
}

func (s *Subscription) push(u *Unit) {
	if s.Pushes++; s.Pushes == 1 {
		s.First = u.At
	} else {
		s.Longest = max(s.Longest, u.At-s.Last)
	}
	s.Last = u.At
}

const (
	maxSubscriptions = 10_000
	maxFound         = 10_000
)

// subscriptions finds the subscription that a push belongs to.
type subscriptions struct {
	live    map[subKey]*Subscription
	shorter map[subKey]*Subscription // by what a topic begins with: "tickers" of "tickers BTC-USDT"
	filters []*Subscription          // those whose topic has wildcards
	found   map[subKey]*Subscription // what a filter matched, or nil
}

type subKey struct {
	dir   capture.Direction // of the one who subscribed
	topic string
}

// subjects yields the topics of a unit that is about a subscription.
func (u *Unit) subjects(yield func(string) bool) {
	if len(u.link.topics) == 0 {
		if u.Topic != "" {
			yield(u.Topic)
		}
		return
	}
	for _, t := range u.link.topics {
		if !yield(t) {
			return
		}
	}
}

// change opens or ends the subscriptions that u is about.
func (s *subscriptions) change(c *Conversation, u *Unit, keep func(*Unit) *Unit) {
	if u.link.verb == noVerb {
		return
	}
	var kept *Unit
	for topic := range u.subjects {
		if kept == nil {
			kept = keep(u)
		}
		k := subKey{u.Dir, topic}
		if u.link.verb == ends {
			if sub := s.live[k]; sub != nil && sub.End == nil {
				sub.End = kept
			}
			continue
		}
		if len(c.Subscriptions) >= maxSubscriptions {
			return
		}
		sub := &Subscription{Topic: topic, Request: kept}
		c.Subscriptions = append(c.Subscriptions, sub)
		s.add(k, sub, u.link.filter)
	}
}

func (s *subscriptions) add(k subKey, sub *Subscription, filter bool) {
	if s.live == nil {
		s.live, s.shorter, s.found = map[subKey]*Subscription{}, map[subKey]*Subscription{}, map[subKey]*Subscription{}
	}
	s.live[k] = sub
	clear(s.found)
	if filter {
		s.filters = append(s.filters, sub)
		return
	}
	for short := range shorten(k.topic) {
		s.shorter[subKey{k.dir, short}] = sub
	}
}

// shorten yields the names that say less than topic does.
func shorten(topic string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := strings.LastIndexAny(topic, " @"); i > 0; i = strings.LastIndexAny(topic, " @") {
			if topic = topic[:i]; !yield(topic) {
				return
			}
		}
	}
}

// push counts a push to the subscription it belongs to, and reports whether
// there is one.
func (s *subscriptions) push(u *Unit) bool {
	sub := s.find(subKey{u.Dir.Opposite(), u.Topic})
	if sub == nil {
		return false
	}
	sub.push(u)
	return true
}

// stream counts an answer that is a push to the subscription of its request.
func (s *subscriptions) stream(request, u *Unit) {
	if request.link.verb == opens {
		if sub := s.live[subKey{request.Dir, request.Topic}]; sub != nil {
			sub.push(u)
		}
	}
}

// answered notes the last answer to a request that opens a subscription; ended
// tells that it came after the pushes, and ends them.
func (s *subscriptions) answered(request, u *Unit, ended bool) {
	if request.link.verb != opens {
		return
	}
	topic := u.Topic
	if topic == "" {
		topic = request.Topic
	}
	sub := s.live[subKey{request.Dir, topic}]
	if sub == nil {
		return
	}
	sub.Error = sub.Error || u.Error
	if ended && sub.End == nil {
		sub.End = u
	}
}

// find returns the subscription to a topic, under the name itself, by a filter,
// or because one name says what the other does, and more: "tickers BTC-USDT" and
// "tickers", "btcusdt@depth" and "btcusdt@depth@100ms".
func (s *subscriptions) find(k subKey) *Subscription {
	if sub := s.live[k]; sub != nil {
		return sub
	}
	if sub := s.shorter[k]; sub != nil {
		return sub
	}
	for short := range shorten(k.topic) {
		if sub := s.live[subKey{k.dir, short}]; sub != nil {
			return sub
		}
	}
	if len(s.filters) == 0 {
		return nil
	}
	sub, ok := s.found[k]
	if !ok {
		for _, f := range s.filters {
			if f.Request.Dir == k.dir && matchFilter(f.Topic, k.topic) {
				sub = f // the last one, if several do
			}
		}
		if len(s.found) >= maxFound {
			clear(s.found)
		}
		s.found[k] = sub
	}
	return sub
}

// matchFilter reports whether a topic filter matches a topic (MQTT 3.1.1 §4.7,
// MQTT 5.0 §4.8.2 for shared subscriptions).
func matchFilter(filter, topic string) bool {
	if rest, ok := strings.CutPrefix(filter, "$share/"); ok {
		_, filter, _ = strings.Cut(rest, "/")
	}
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		f, moreFilter, fOK := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		t, moreTopic, tOK := strings.Cut(topic, "/")
		if f != "+" && f != t {
			return false
		}
		if !fOK || !tOK {
			return fOK == tOK || fOK && moreFilter == "#"
		}
		filter, topic = moreFilter, moreTopic
	}
}
