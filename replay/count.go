package replay

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// countNames are names of numbers that a server may count up with every message
// of a connection, in lower case without separators. Those that mean nothing
// else are true.
var countNames = map[string]bool{
	"seq": false, "sequence": false, "seqnum": false, "seqno": false, "seqid": false, "sn": false, "msgseq": false,
	"messageseq": false, "sequenceid": false, "sequencenum": true, "sequencenumber": true, "sequenceno": true,
	"serverpacketid": true, // of MQTT
	"s":              true, // of Discord
}

// count is one of them: a field that is one more in each message that has it.
type count struct {
	first   map[*recording]int64
	last    map[*recording]int64
	cause   map[*recording]*message // of the last one
	steps   int
	crossed bool // it counts on from what one message caused to what another did
	sure    bool // its name says so
}

// countSlot is where a message of the server has one.
type countSlot struct {
	count *count
	leaf  payload.Leaf
}

// counts finds the counters of the server.
func (p *Plan) counts() {
	byPath := map[string]*count{}
	broken := map[string]bool{}
	found := map[*message][]countSlot{}
	for _, m := range p.messages {
		if m.dir != capture.Receive {
			continue
		}
		for i := range m.doc.Leaves {
			l := &m.doc.Leaves[i]
			if !maybeCount(m, l) {
				continue
			}
			c := byPath[l.Path.Field]
			if c == nil {
				c = &count{
					first: map[*recording]int64{}, last: map[*recording]int64{}, cause: map[*recording]*message{},
					sure: countNames[countName(l)],
				}
				byPath[l.Path.Field] = c
			}
			n, err := strconv.ParseInt(l.Value, 10, 64)
			if err != nil || !c.add(m, n) || m.echoes(l) {
				broken[l.Path.Field] = true
			}
			found[m] = append(found[m], countSlot{c, *l})
		}
	}
	for m, list := range found {
		for _, s := range list {
			if !broken[s.leaf.Path.Field] && (s.count.crossed || s.count.sure && s.count.steps > 0 || s.leaf.Path.Name == "serverPacketId") {
				m.counts = append(m.counts, s)
			}
		}
	}
}

// maybeCount reports whether a scalar may be such a number.
func maybeCount(m *message, l *payload.Leaf) bool {
	if l.Kind != payload.Number || l.Path.Depth > 2 || strings.Contains(l.Path.Field, "[*]") {
		return false
	}
	name := countName(l)
	if name == "s" {
		return strings.HasPrefix(m.label, "t=") && strings.Contains(m.label, " op=")
	}
	_, ok := countNames[name]
	return ok
}

func countName(l *payload.Leaf) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(l.Path.Name))
}

// add takes the next value, and reports false if it does not count on.
func (c *count) add(m *message, n int64) bool {
	r := m.rec
	last, ok := c.last[r]
	c.crossed = c.crossed || ok && c.cause[r] != m.cause
	c.last[r], c.cause[r] = n, m.cause
	if !ok {
		c.first[r] = n
		return true
	}
	c.steps++
	return n == last+1
}

// echoes reports whether a scalar of a message repeats a value of the client.
func (m *message) echoes(l *payload.Leaf) bool {
	return slices.ContainsFunc(m.slots, func(s slot) bool { return s.start == l.Start && s.entity.owner == capture.Send })
}

// counted adds the edits that let the server count on from what it sent on this
// connection.
func (c *conversation) counted(m *message, edits []payload.Edit) []payload.Edit {
	for i := range m.counts {
		s := &m.counts[i]
		n, ok := c.counters[s.count]
		if n++; !ok {
			if n, ok = s.count.first[c.primary]; !ok {
				n = s.count.first[m.rec]
			}
		}
		c.counters[s.count] = n
		text := strconv.FormatInt(n, 10)
		if text == s.leaf.Value {
			continue
		}
		v := payload.Leaf{Kind: payload.Number, Value: text}
		edits = append(edits, payload.Edit{Start: s.leaf.Start, End: s.leaf.End, Text: s.leaf.AppendValue(nil, &v, []byte(text), false)})
	}
	if len(m.counts) > 0 {
		edits = tidy(edits)
	}
	return edits
}
