package stats

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

// Operation is a kind of request, and how long its answers took: inside a socket
// what the protocol calls it, of HTTP the method and the path.
type Operation struct {
	Name string `json:"operation"`
	// Kind is "message" for requests inside a socket, else the kind of exchange.
	Kind  string `json:"kind"`
	Count int    `json:"count"`
	// Errors are answers that say that the request failed: in HTTP a status of
	// 400 and more, no response, or one that was cut off.
	Errors int `json:"errors"`
	// Unanswered requests were promised an answer that did not come.
	Unanswered int `json:"unanswered"`
	// Latency is the time from the last byte of the request to the first of the
	// answer; of HTTP from the exchange's start to the head of the response.
	Latency Spread `json:"latency"`

	sample sample
}

// Call is one request inside a socket, for a waterfall.
type Call struct {
	Seq    uint64        `json:"seq"` // the message it stands in
	Name   string        `json:"operation"`
	Dir    string        `json:"dir"` // of the request
	At     time.Duration `json:"t_ns"`
	Took   time.Duration `json:"took_ns"` // to the last byte of the last answer; 0 where none came
	Failed bool          `json:"failed,omitempty"`
}

// Bounds of what is kept.
const (
	maxOperations = 1000 // kinds; what comes after them is "…"
	maxCalls      = 200
)

// operations counts requests by what they do.
type operations struct {
	list []*Operation // in the order in which they first came
	at   map[[2]string]*Operation
}

// get returns the operation with a name, new or not.
func (o *operations) get(name, kind string) *Operation {
	key := [2]string{name, kind}
	if x := o.at[key]; x != nil {
		return x
	}
	if len(o.list) >= maxOperations {
		key[0] = "…"
		if x := o.at[key]; x != nil {
			return x
		}
	}
	if o.at == nil {
		o.at = map[[2]string]*Operation{}
	}
	x := &Operation{Name: key[0], Kind: kind}
	o.list, o.at[key] = append(o.list, x), x
	return x
}

// add takes the operations of an exchange.
func (o *operations) add(list []*Operation) {
	for _, x := range list {
		sum := o.get(x.Name, x.Kind)
		sum.Count += x.Count
		sum.Errors += x.Errors
		sum.Unanswered += x.Unanswered
		sum.sample.join(&x.sample)
	}
}

// figures returns the operations with their figures, the most frequent first.
func (o *operations) figures() []*Operation {
	for _, x := range o.list {
		x.Latency = x.sample.spread()
	}
	list := slices.Clone(o.list)
	slices.SortStableFunc(list, func(a, b *Operation) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// pairs measures the requests inside a socket.
func (m *meter) pairs() error {
	var ops operations
	each := func(p *protocol.Pair) {
		name := p.Request.Op
		if name == "" {
			name = p.Request.Label
		}
		if p.Request.Dir == capture.Receive {
			name += " (asked by the server)"
		}
		x := ops.get(name, "message")
		x.Count++
		call := Call{Seq: p.Request.First, Name: name, Dir: p.Request.Dir.String(), At: p.Request.At, Failed: p.Failed()}
		if p.Failed() {
			x.Errors++
		}
		if d, ok := p.Latency(); ok {
			x.sample.add(d)
		}
		call.Took, _ = p.Took()
		if p.Unanswered() {
			x.Unanswered++
		}
		if len(m.Calls) < maxCalls {
			m.Calls = append(m.Calls, call)
		}
	}
	ex := m.t.Exchange()
	_, err := protocol.Pairs(protocol.Units(ex, m.t.Messages(1), nil), &protocol.PairOptions{MaxPairs: 1, Each: each})
	slices.SortStableFunc(m.Calls, func(a, b Call) int { return cmp.Compare(a.At, b.At) })
	m.Operations = ops.figures()
	return err
}

// request measures an exchange as a request: of a socket the handshake.
func (m *meter) request(ex *capture.Exchange) *Operation {
	x := &Operation{Name: ex.Request.Method + " " + Pattern(ex.Request.URL), Kind: ex.Kind.String(), Count: 1}
	switch r := ex.Response; {
	case r == nil:
		if !ex.Open {
			x.Errors = 1
		}
		return x
	case r.Status >= 400, ex.Kind == capture.KindHTTP && ex.End != nil && ex.End.How != capture.HowClose:
		x.Errors = 1
	}
	x.sample.add(ex.Response.At)
	x.Latency = x.sample.spread()
	return x
}

// Pattern returns the path of a URL with a star for each segment that looks like
// an id, so that requests for things of one kind count as one operation.
func Pattern(url string) string {
	_, path, ok := strings.Cut(url, "://")
	if !ok {
		path = url
	}
	if i := strings.IndexAny(path, "/?#"); i >= 0 {
		path = path[i:]
	} else {
		path = "/"
	}
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if isID(s) {
			segments[i] = "*"
		}
	}
	if path = strings.Join(segments, "/"); path == "" {
		return "/"
	}
	return path
}

// isID reports whether a segment looks made by a program: a number, a UUID, a
// hash, or a part with letters and digits in turns.
func isID(s string) bool {
	if s == "" || strings.ContainsAny(s, ".:@%") {
		return false
	}
	if strings.Trim(s, "0123456789") == "" {
		return true
	}
	if len(s) >= 8 && strings.Trim(s, "0123456789abcdefABCDEF-") == "" {
		return strings.ContainsAny(s, "0123456789")
	}
	turns, digit := 0, false
	for i := 0; i < len(s); i++ {
		is := s[i] >= '0' && s[i] <= '9'
		switch {
		case s[i] == '-' || s[i] == '_':
			turns, digit = 0, false
			continue
		case is != digit:
			turns++
		}
		if digit = is; turns >= 4 && len(s) >= 8 {
			return true
		}
	}
	return false
}
