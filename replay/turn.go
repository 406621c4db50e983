package replay

import (
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// closing returns the message said last in place of best, where best has had its
// answer long since, and m has a value of the last one too and follows it at
// once: a subscription speaks once more when it is ended.
func (a *attribution) closing(m, best *message, hits []hit) *message {
	if a.said == nil || best == a.said || slices.Contains(a.open, best) || m.at-max(a.said.done, a.spoken) > prompt/5 {
		return best
	}
	for _, h := range hits {
		if a.touched[h.entity] == a.said && h.strength >= byValue {
			return a.said
		}
	}
	return best
}

// turn finds a message without an answer that m answers by its kind.
func (a *attribution) turn(m *message) *message {
	if m.beat == answer {
		return first(a.open, func(o *message) bool { return o.beat == ask })
	}
	var candidates, passed []*message
	for _, o := range a.open {
		switch {
		case o.beat != noBeat || o.space != m.space || m.at-o.done >= time.Minute:
		case a.passed[o]:
			passed = append(passed, o)
		default:
			candidates = append(candidates, o)
		}
	}
	inTime := candidates
	candidates = append(candidates, passed...)
	if c := first(candidates, func(o *message) bool { return a.pairs[[2]uint64{shapeOf(o), shapeOf(m)}] > 0 }); c != nil {
		return c
	}
	if c := first(candidates, func(o *message) bool { return names(o, m) || telling(m.label) && o.label == m.label }); c != nil {
		return c
	}
	inTime = a.plausible(m, inTime)
	if m.error && len(inTime) > 0 {
		return inTime[0]
	}
	if m.error && len(candidates) > 0 {
		return candidates[0]
	}
	if _, pushed := a.loose[m.space+m.label]; pushed || m.beat == ask || m.beat == sign && a.heard > 0 {
		return nil
	}
	return first(inTime, func(o *message) bool { return m.at-o.done < soon && o.order > a.pushed })
}

// telling reports whether a label says what a message is.
func telling(label string) bool {
	return label != "" && label != "text" && label != "binary" && label != "xml" && label != "[]" && label[0] != '{'
}

// plausible leaves of messages without an answer those that have not waited much
// longer for it than others did, where there are any.
func (a *attribution) plausible(m *message, list []*message) []*message {
	if len(a.latencies) < 2 || len(list) < 2 {
		return list
	}
	limit := 5*a.latencies[len(a.latencies)/2] + 20*time.Millisecond
	prompt := slices.DeleteFunc(slices.Clone(list), func(o *message) bool { return m.at-o.done > limit })
	if len(prompt) > 0 {
		return prompt
	}
	return list
}

// took notes how long a message waited for its answer.
func (a *attribution) took(d time.Duration) {
	if len(a.latencies) < 256 {
		at, _ := slices.BinarySearch(a.latencies, d)
		a.latencies = slices.Insert(a.latencies, at, d)
	}
}

func first(list []*message, ok func(*message) bool) *message {
	for _, m := range list {
		if ok(m) {
			return m
		}
	}
	return nil
}

// names reports whether a message of the server repeats what kind of message
// the client's was: "login" is answered by "login", "join" by "joined".
func names(client, server *message) bool {
	for i := range client.doc.Leaves {
		c := &client.doc.Leaves[i]
		_, verb := shape.Discriminator(c.Path.Name)
		if c.Path.Depth > 1 || !verb && c.Path.Name != "[3]" || !isKind(c) || c.Kind == payload.Number {
			continue
		}
		for j := range server.doc.Leaves {
			s := &server.doc.Leaves[j]
			if s.Path.Depth > 1 || s.Kind != payload.String {
				continue
			}
			if strings.EqualFold(s.Value, c.Value) || len(c.Value) >= 4 && strings.HasPrefix(strings.ToLower(s.Value), strings.ToLower(c.Value)) {
				return true
			}
		}
	}
	return false
}
