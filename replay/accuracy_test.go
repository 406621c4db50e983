package replay_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

// The accuracy suite records clients against servers written for it, and then
// lets clients with other ids, clocks and tokens talk to the recording. What
// such a client gets is compared with what the server itself would have said.
//
// Values a server makes up stand between marks: they may differ, but each must
// stand for one and the same value throughout.
const (
	markID   = "\x02" // an id of the server's
	markTime = "\x04" // a value of the server's clock
	markSeq  = "\x05" // how many messages with this mark the server has sent
	markEnd  = "\x03"
)

func id(v string) string    { return markID + v + markEnd }
func clock(v string) string { return markTime + v + markEnd }

var unmarked = strings.NewReplacer(markID, "", markTime, "", markEnd, "")

// truth is a server.
type truth interface {
	open() []out
	handle(msg string) []out
}

// out is a message a server sends some time after what caused it.
type out struct {
	after time.Duration
	text  string
}

// actor is a client: it turns the name of what it does into a message, and
// learns from what it hears. It may answer at once.
type actor interface {
	say(op string) string
	hear(msg string) []string
}

// protocol is one of those measured.
type protocol struct {
	name   string
	url    string
	binary bool

	packing     *packing // nil: texts stand on the wire as they are
	subprotocol string

	truth  func(r *rand.Rand) truth
	actor  func(r *rand.Rand) actor
	rounds [][]string // what a client does: rounds of things done at once
	single [][]string // the same with each kind of message once
}

// scenario is how the live client differs from the recorded one, apart from the
// values it makes up.
type scenario struct {
	name   string
	change func(r *rand.Rand, rounds [][]string) [][]string
}

var scenarios = []scenario{
	{"fresh", func(_ *rand.Rand, rounds [][]string) [][]string { return rounds }},
	{"reordered", func(r *rand.Rand, rounds [][]string) [][]string {
		for _, round := range rounds {
			r.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		}
		return rounds
	}},
	{"one by one", func(_ *rand.Rand, rounds [][]string) [][]string {
		var out [][]string
		for _, round := range rounds {
			for _, op := range round {
				out = append(out, []string{op})
			}
		}
		return out
	}},
	{"omitted", func(r *rand.Rand, rounds [][]string) [][]string {
		k := r.IntN(len(rounds))
		for n := 0; n < len(rounds) && !loose(rounds[k]); n++ {
			k = (k + 1) % len(rounds)
		}
		if loose(rounds[k]) {
			i := r.IntN(len(rounds[k]))
			rounds[k] = slices.Delete(slices.Clone(rounds[k]), i, i+1)
		}
		return rounds
	}},
	{"repeated", func(r *rand.Rand, rounds [][]string) [][]string {
		k := r.IntN(len(rounds))
		for n := 0; n < len(rounds) && !loose(rounds[k]); n++ {
			k = (k + 1) % len(rounds)
		}
		if loose(rounds[k]) {
			op := rounds[k][r.IntN(len(rounds[k]))]
			rounds = slices.Insert(rounds, k+1, []string{op})
		}
		return rounds
	}},
	{"pings moved", func(r *rand.Rand, rounds [][]string) [][]string {
		var out [][]string
		for _, round := range rounds {
			round = slices.DeleteFunc(slices.Clone(round), func(op string) bool { return op == "ping" })
			if r.IntN(2) == 0 {
				round = append(round, "ping")
			}
			out = append(out, round)
		}
		return out
	}},
}

// loose reports whether a round may be changed: a client that cannot go on
// without it marks what it does with "!".
func loose(round []string) bool {
	return len(round) > 0 && !slices.ContainsFunc(round, func(op string) bool { return strings.HasPrefix(op, "!") })
}

// say lets an actor say something; "" where it cannot, or does not ping.
func say(a actor, op string) string { return a.say(strings.TrimPrefix(op, "!")) }

// record lets a client talk to a server, in a time of its own, and keeps it.
func (p *protocol) record(t *testing.T, r *recorder, rounds [][]string, random *rand.Rand) {
	server, client := p.truth(random), p.actor(random)
	var header []capture.Field
	if p.subprotocol != "" {
		header = []capture.Field{{Name: "Sec-WebSocket-Protocol", Value: p.subprotocol}}
	}
	k := r.socket(p.url, header...)
	var pending []timed
	count := 0
	now := 10 * time.Millisecond
	send := func(msg string) {
		if msg == "" {
			return
		}
		now += time.Millisecond
		k.now = now - 5*time.Millisecond
		op, messages := p.wire(msg)
		for _, m := range messages {
			k.frame(capture.Send, op, m)
			k.now = now - 5*time.Millisecond
		}
		pending = arrange(pending, now, server.handle(msg))
	}
	drain := func() {
		for len(pending) > 0 {
			next := pending[0]
			pending = pending[1:]
			now = max(now, next.at)
			k.now = now - 5*time.Millisecond
			msg := p.plain(next.text)
			if !p.binary && strings.Contains(msg, markSeq) {
				count++
				msg = strings.ReplaceAll(msg, markSeq, strconv.Itoa(count))
			}
			op, messages := p.wire(msg)
			for _, m := range messages {
				k.frame(capture.Receive, op, m)
				k.now = now - 5*time.Millisecond
			}
			for _, reply := range client.hear(msg) {
				send(reply)
			}
		}
	}
	pending = arrange(pending, now, server.open())
	drain()
	for _, round := range rounds {
		for _, op := range round {
			send(say(client, op))
		}
		drain()
		now += 20 * time.Millisecond
	}
	k.ex.Duration = now
	k.ex.End.At = now
}

// plain takes the marks out.
func (p *protocol) plain(msg string) string {
	if p.binary {
		return msg
	}
	return unmarked.Replace(msg)
}

// timed is a message on its way.
type timed struct {
	at   time.Duration
	text string
}

func arrange(pending []timed, now time.Duration, outs []out) []timed {
	for _, o := range outs {
		pending = append(pending, timed{now + o.after, o.text})
	}
	slices.SortStableFunc(pending, func(a, b timed) int { return int(a.at - b.at) })
	return pending
}

// score is what a live run came to.
type score struct {
	expected, valid, wrong int
	faults                 []string
}

func (s *score) add(o score) {
	s.expected += o.expected
	s.valid += o.valid
	s.wrong += o.wrong
	s.faults = append(s.faults, o.faults...)
}

// replay lets a live client talk to the recording.
func (p *protocol) replay(t *testing.T, r *recorder, rounds [][]string, random *rand.Rand) (s score) {
	server, err := replay.NewServer(&r.tape, &replay.Options{Speed: replay.Max, Log: nil})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	transport := server.Transport()
	defer transport.CloseIdleConnections()
	o := &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}}
	if p.subprotocol != "" {
		o.Subprotocols = []string{p.subprotocol}
	}
	conn, _, err := websocket.Dial(ctx, p.url, o)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 24)
	defer conn.CloseNow()
	incoming := make(chan string, 1024)
	go func() {
		defer close(incoming)
		for {
			_, msg, err := conn.Read(ctx)
			if err != nil {
				return
			}
			for _, text := range p.texts(string(msg)) {
				incoming <- text
			}
		}
	}()
	live := &liveRun{
		p: p, truth: p.truth(random), client: p.actor(random), conn: conn, ctx: ctx, incoming: incoming,
		seen: newUnifier(),
	}
	live.expect(live.truth.open())
	live.listen()
	for _, round := range rounds {
		for _, op := range round {
			live.send(say(live.client, op))
		}
		live.listen()
	}
	s = live.score
	for _, e := range live.wanted {
		s.expected++
		s.faults = append(s.faults, "never came: "+readable(e))
	}
	for _, d := range server.Report().Divergences {
		s.faults = slices.Insert(s.faults, 0, d.String())
	}
	return s
}

// liveRun is a live client and the server that tells what it should hear.
type liveRun struct {
	p        *protocol
	truth    truth
	client   actor
	conn     *websocket.Conn
	ctx      context.Context
	incoming chan string
	wanted   []string
	seen     *unifier
	score    score
	count    int // how many messages with a count have come
}

func (l *liveRun) expect(outs []out) {
	slices.SortStableFunc(outs, func(a, b out) int { return int(a.after - b.after) })
	for _, o := range outs {
		l.wanted = append(l.wanted, o.text)
	}
}

func (l *liveRun) send(msg string) {
	if msg == "" {
		return
	}
	op, messages := l.p.wire(msg)
	for _, m := range messages {
		if err := l.conn.Write(l.ctx, websocket.MessageType(op), []byte(m)); err != nil {
			l.score.faults = append(l.score.faults, "send: "+err.Error())
			return
		}
	}
	l.expect(l.truth.handle(l.seen.translate(msg)))
}

// listen takes messages until all that is wanted has come.
func (l *liveRun) listen() {
	for len(l.wanted) > 0 {
		select {
		case msg, ok := <-l.incoming:
			if !ok {
				return
			}
			l.take(msg)
			for _, reply := range l.client.hear(msg) {
				l.send(reply)
			}
		case <-time.After(400 * time.Millisecond):
			return
		}
	}
}

func (l *liveRun) take(msg string) {
	for i, w := range l.wanted {
		counted := !l.p.binary && strings.Contains(w, markSeq)
		if counted {
			w = strings.ReplaceAll(w, markSeq, strconv.Itoa(l.count+1))
		}
		if w == msg || !l.p.binary && l.seen.unify(w, msg) {
			l.wanted = slices.Delete(l.wanted, i, i+1)
			l.score.expected++
			l.score.valid++
			if counted {
				l.count++
			}
			return
		}
	}
	l.score.wrong++
	var fault strings.Builder
	fault.WriteString("unwanted: " + readable(msg))
	for _, w := range l.wanted {
		fault.WriteString("\n    wanted: " + readable(w))
	}
	l.score.faults = append(l.score.faults, fault.String())
}

func readable(s string) string { return fmt.Sprintf("%.400q", s) }

// unifier holds which received value stands for which of the server's.
type unifier struct{ toLive, toTruth map[string]string }

func newUnifier() *unifier { return &unifier{map[string]string{}, map[string]string{}} }

// unify reports whether a received message is the wanted one with other ids.
func (u *unifier) unify(want, got string) bool {
	bound := map[string]string{}
	rest := got
	for {
		i := strings.IndexAny(want, markID+markTime)
		if i < 0 {
			break
		}
		if !strings.HasPrefix(rest, want[:i]) {
			return false
		}
		rest = rest[i:]
		isID := want[i:i+1] == markID
		value, after, _ := strings.Cut(want[i+1:], markEnd)
		want = after
		stop := after
		if j := strings.IndexAny(after, markID+markTime); j >= 0 {
			stop = after[:j]
		}
		n := len(rest)
		if stop != "" {
			n = strings.Index(rest, stop[:min(len(stop), 1)])
			if n < 0 {
				return false
			}
		}
		live := rest[:n]
		rest = rest[n:]
		if live == "" {
			return false
		}
		if !isID {
			continue
		}
		if known, ok := u.toLive[value]; ok && known != live {
			return false
		}
		if known, ok := u.toTruth[live]; ok && known != value {
			return false
		}
		if b, ok := bound[value]; ok && b != live {
			return false
		}
		bound[value] = live
	}
	if rest != want {
		return false
	}
	for v, live := range bound {
		u.toLive[v], u.toTruth[live] = live, v
	}
	return true
}

// translate puts the server's own values in place of those received.
func (u *unifier) translate(msg string) string {
	var b strings.Builder
	word := func(c byte) bool {
		return c == '-' || c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	for i := 0; i < len(msg); {
		j := i
		for j < len(msg) && word(msg[j]) {
			j++
		}
		if j == i {
			b.WriteByte(msg[i])
			i++
			continue
		}
		if v, ok := u.toTruth[msg[i:j]]; ok {
			b.WriteString(v)
		} else {
			b.WriteString(msg[i:j])
		}
		i = j
	}
	return b.String()
}

func clone(rounds [][]string) [][]string {
	out := slices.Clone(rounds)
	for i := range out {
		out[i] = slices.Clone(out[i])
	}
	return out
}

// TestAccuracy runs a few recordings of each protocol; with WIRETAPE_ACCURACY=n
// n of them, and prints the table.
func TestAccuracy(t *testing.T) {
	n := 2
	if v := os.Getenv("WIRETAPE_ACCURACY"); v != "" {
		if _, err := fmt.Sscan(v, &n); err != nil {
			t.Fatal(err)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-28s", "protocol")
	for _, sc := range scenarios {
		fmt.Fprintf(&table, " %12s", sc.name)
	}
	fmt.Fprintf(&table, " %8s\n", "wrong")
	for _, p := range protocols {
		for _, single := range []bool{false, true} {
			name := p.name
			rounds := p.rounds
			if single {
				name += ", single"
				rounds = p.single
			}
			if rounds == nil {
				continue
			}
			t.Run(name, func(t *testing.T) {
				fmt.Fprintf(&table, "%-28s", name)
				wrong, faults := 0, 4
				for _, sc := range scenarios {
					var sum score
					for i := range n {
						random := rand.New(rand.NewPCG(uint64(i), 7))
						r := newRecorder(t)
						p.record(t, r, rounds, random)
						sum.add(p.replay(t, r, sc.change(random, clone(rounds)), random))
					}
					if sum.expected == 0 {
						fmt.Fprintf(&table, " %12s", "–")
					} else {
						fmt.Fprintf(&table, " %11.2f%%", 100*float64(sum.valid)/float64(sum.expected))
					}
					wrong += sum.wrong
					if sum.valid < sum.expected || sum.wrong > 0 {
						t.Errorf("%s: %d of %d valid, %d wrong", sc.name, sum.valid, sum.expected, sum.wrong)
						for _, f := range sum.faults[:min(len(sum.faults), faults)] {
							t.Log(f)
						}
						faults = 0
					}
				}
				fmt.Fprintf(&table, " %8d\n", wrong)
			})
		}
	}
	if os.Getenv("WIRETAPE_ACCURACY") != "" {
		fmt.Println(table.String())
	}
}
