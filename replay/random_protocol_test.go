package replay_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// dialect is how one made-up JSON protocol spells what most have: an id of the
// request, a kind of message, arguments, ids of the server, subscriptions.
type dialect struct {
	id, echo  string // where the client puts the id, where the server repeats it
	idKind    string
	kind      string // the field that tells kinds of message apart
	replyKind bool   // answers repeat the kind
	args      string // where arguments stand
	serverID  string
	pushKey   string
	status    string
	spaced    bool
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

func newDialect(r *rand.Rand) *dialect {
	d := &dialect{
		idKind:    pick(r, "int", "string", "uuid", "hex", "millis", "prefixed"),
		kind:      pick(r, "op", "type", "method", "action", "cmd", "event", "t", "command", "request"),
		args:      pick(r, "params", "args", "data", "payload", "body", "arguments"),
		serverID:  pick(r, "orderId", "order_id", "ordId", "ticketId", "taskId", "transactionId", "messageId", "uuid"),
		pushKey:   pick(r, "channel", "topic", "stream", "subject"),
		status:    pick(r, `"ok":true`, `"status":"ok"`, `"code":0`, `"success":true,"code":"0"`, `"result":"accepted"`),
		replyKind: r.IntN(2) == 0, spaced: r.IntN(4) == 0,
	}
	d.id = pick(r, "id", "req_id", "reqId", "requestId", "request_id", "msgId", "seq", "nonce", "ref", "rid", "correlationId", "mid")
	d.echo = d.id
	switch r.IntN(8) {
	case 0:
		if d.id == "id" || d.id == "seq" {
			d.echo = pick(r, "reply_to", "in_reply_to", "replyTo", "request_"+d.id)
		}
	case 1:
		d.id, d.echo = "header."+d.id, "header."+d.id
	case 2:
		d.id, d.echo = "meta."+d.id, "meta."+d.id
	}
	return d
}

// put writes a field that may stand in an object of its own.
func put(path, value string) string {
	if outer, inner, ok := strings.Cut(path, "."); ok {
		return `"` + outer + `":{"` + inner + `":` + value + `,"v":1}`
	}
	return `"` + path + `":` + value
}

// at reads such a field, as JSON text.
func at(m map[string]any, path string) string {
	if outer, inner, ok := strings.Cut(path, "."); ok {
		m, path = sub(m, outer), inner
	}
	return text(m[path])
}

func (d *dialect) write(fields ...string) string {
	sep, pre := ",", ""
	if d.spaced {
		sep, pre = ", ", " "
	}
	return "{" + pre + strings.Join(fields, sep) + pre + "}"
}

func (d *dialect) truth(r *rand.Rand) truth {
	return &served{answer: func(msg string) []out {
		m := members(msg)
		after := lag(r)
		a := sub(m, d.args)
		head := []string{put(d.echo, at(m, d.id))}
		if d.replyKind {
			head = append(head, `"`+d.kind+`":`+text(m[d.kind]))
		}
		reply := func(more ...string) string {
			return d.write(append(append(append([]string{}, head...), d.status), more...)...)
		}
		switch m[d.kind] {
		case "login":
			return []out{{after, reply(`"user":"ann"`)}}
		case "echo":
			return []out{{after, reply(`"n":`+text(a["n"]), `"list":[1,2,3,{"n":`+text(a["n"])+`}]`)}}
		case "make":
			made := id(r7(r))
			return []out{
				{after, reply(`"`+d.serverID+`":"`+made+`"`, `"symbol":`+text(a["symbol"]))},
				{after + 15*time.Millisecond, d.write(`"`+d.kind+`":"update"`, `"`+d.serverID+`":"`+made+`"`, `"symbol":`+text(a["symbol"]), `"state":"done"`)},
			}
		case "drop":
			made, _ := a[d.serverID].(string)
			return []out{{after, reply(`"` + d.serverID + `":"` + id(made) + `"`)}}
		case "subscribe":
			outs := []out{{after, reply(`"` + d.pushKey + `":` + text(a[d.pushKey]))}}
			for i := range 2 {
				outs = append(outs, out{
					after + time.Duration(20+20*i)*time.Millisecond,
					d.write(`"`+d.kind+`":"push"`, `"`+d.pushKey+`":`+text(a[d.pushKey]), `"value":`+strconv.Itoa(i+1), `"ts":1795176000000`),
				})
			}
			return outs
		}
		return nil
	}}
}

// r7 makes an id of the server.
func r7(r *rand.Rand) string {
	switch r.IntN(3) {
	case 0:
		return uuid(r)
	case 1:
		return "tx_" + base64ID(r)
	}
	return hexID(r, 24)
}

func (d *dialect) actor(r *rand.Rand) actor {
	n := r.IntN(60)
	now := 1795176000000 + r.IntN(1000)
	next := func() string {
		n++
		now += 1 + r.IntN(40)
		switch d.idKind {
		case "int":
			return strconv.Itoa(n)
		case "string":
			return `"` + strconv.Itoa(n) + `"`
		case "uuid":
			return `"` + uuid(r) + `"`
		case "hex":
			return `"` + hexID(r, 12) + `"`
		case "millis":
			return strconv.Itoa(now)
		}
		return `"req-` + strconv.Itoa(n) + `"`
	}
	made, waiting := map[string]string{}, map[string]string{}
	last := ""
	return &acting{
		speak: func(op string) string {
			w := strings.Fields(op)
			if w[0] == "ping" {
				return ""
			}
			args := ""
			switch w[0] {
			case "login":
				args = `"token":"` + hexID(r, 32) + `"`
			case "echo":
				args = `"n":` + w[1]
			case "make":
				args = `"symbol":"` + w[1] + `","n":` + w[2]
				last = op
			case "drop":
				if made[strings.Join(w[1:], " ")] == "" {
					return ""
				}
				args = `"` + d.serverID + `":"` + made[strings.Join(w[1:], " ")] + `"`
			case "subscribe":
				args = `"` + d.pushKey + `":"` + w[1] + `"`
			}
			i := next()
			waiting[i] = last
			fields := []string{put(d.id, i), `"` + d.kind + `":"` + w[0] + `"`, `"` + d.args + `":{` + args + `}`}
			if r.IntN(2) == 0 {
				fields[0], fields[1] = fields[1], fields[0]
			}
			return d.write(fields...)
		},
		listen: func(msg string) []string {
			m := members(msg)
			if v, ok := m[d.serverID].(string); ok {
				if op := waiting[at(m, d.echo)]; strings.HasPrefix(op, "make") {
					made[strings.TrimPrefix(op, "make ")] = v
				}
			}
			return nil
		},
	}
}

// TestRandomAccuracy does what TestAccuracy does with protocols made up at
// random, which no rule was written for.
func TestRandomAccuracy(t *testing.T) {
	n := 20
	if v := os.Getenv("WIRETAPE_ACCURACY"); v != "" {
		if _, err := fmt.Sscan(v, &n); err != nil {
			t.Fatal(err)
		}
		n *= 10
	}
	rounds := [][]string{
		{"!login"},
		{"subscribe prices", "subscribe news"},
		{"echo 1", "echo 2", "make BTC 1"},
		{"echo 7", "make ETH 2", "echo 1"},
		{"drop BTC 1", "drop ETH 2"},
		{"make BTC 1", "echo 3"},
	}
	single := [][]string{{"!login"}, {"subscribe prices"}, {"echo 7", "make BTC 1"}, {"drop BTC 1"}}
	for _, which := range []struct {
		name   string
		rounds [][]string
	}{{"random", rounds}, {"random, single", single}} {
		var sum score
		failed := 0
		for i := range n {
			random := rand.New(rand.NewPCG(uint64(i), 99))
			d := newDialect(random)
			p := &protocol{name: fmt.Sprintf("%+v", *d), url: "wss://random.test/", truth: d.truth, actor: d.actor}
			switch i % 5 {
			case 1:
				d.spaced, p.packing = false, &packing{one(packMessagePack), unpackOne(unpackMessagePack)}
			case 2:
				d.spaced, p.packing = false, &packing{one(packCBOR), unpackOne(unpackCBOR)}
			}
			sc := scenarios[i%len(scenarios)]
			r := newRecorder(t)
			p.record(t, r, which.rounds, random)
			s := p.replay(t, r, sc.change(random, clone(which.rounds)), random)
			if s.valid < s.expected || s.wrong > 0 {
				if failed++; failed <= 5 {
					t.Logf("%s, number %d, %s, %s: %d of %d valid, %d wrong", which.name, i, sc.name, p.name, s.valid, s.expected, s.wrong)
					for _, f := range s.faults[:min(len(s.faults), 2)] {
						t.Log(f)
					}
				}
			}
			sum.add(s)
		}
		t.Logf("%-20s %d protocols: %d of %d answers valid (%.2f %%), %d wrong", which.name, n, sum.valid, sum.expected, 100*float64(sum.valid)/float64(sum.expected), sum.wrong)
		if float64(sum.valid) < 0.99*float64(sum.expected) || sum.wrong*200 > sum.expected {
			t.Errorf("%s: too few", which.name)
		}
	}
}
