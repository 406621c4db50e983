package replay_test

import (
	"math/rand/v2"
	"strings"
)

// counting numbers all that it sends, answers and pushes alike.
var counting = talk("server's own count", "wss://count.test/",
	func(r *rand.Rand) []out { return []out{{lag(r), `{"seq":` + markSeq + `,"type":"hello"}`}} },
	func(r *rand.Rand, m map[string]any, _ string) []out {
		after := lag(r)
		reply := `{"seq":` + markSeq + `,"type":"` + text(m["type"])[1:len(text(m["type"]))-1] + `ed","id":` + text(m["id"])
		if m["type"] == "watch" {
			return []out{
				{after, reply + `,"what":` + text(m["what"]) + `}`},
				{after + 10*ms, `{"seq":` + markSeq + `,"type":"event","what":` + text(m["what"]) + `,"n":1}`},
			}
		}
		return []out{{after, reply + `}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 90)
		return func(w []string) string {
			switch w[0] {
			case "watch":
				return `{"id":` + next() + `,"type":"watch","what":"` + w[1] + `"}`
			case "mark":
				return `{"id":` + next() + `,"type":"mark"}`
			}
			return ""
		}
	},
	[][]string{{"watch door"}, {"mark", "watch window"}, {"mark"}, {"mark", "mark"}},
	[][]string{{"watch door"}, {"mark"}})

// namespaces is Socket.IO with two namespaces, whose acknowledgements count
// each for itself.
var namespaces = &protocol{
	name: "Socket.IO namespaces", url: "wss://io.test/socket.io/?EIO=4&transport=websocket",
	truth: func(r *rand.Rand) truth {
		return &served{
			hello: func() []out {
				return []out{{lag(r), `0{"sid":"` + id(hexID(r, 20)) + `","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`}}
			},
			answer: func(msg string) []out {
				head, args := msg, ""
				if i := strings.IndexAny(msg, "[{"); i > 0 {
					head, args = msg[:i], msg[i:]
				}
				nsp := ""
				if i := strings.IndexByte(head, ','); i > 0 {
					nsp, head = head[2:i+1], head[:2]+head[i+1:]
				}
				if head == "40" {
					return []out{{lag(r), "40" + nsp + `{"sid":"` + id(hexID(r, 20)) + `"}`}}
				}
				l := list(args)
				outs := []out{{lag(r), "43" + nsp + head[2:] + `[` + text(l[1]) + `,"` + strings.Trim(nsp, "/,") + `"]`}}
				if l[0] == "shout" {
					outs = append(outs, out{outs[0].after + 10*ms, "42" + nsp + `["heard",` + text(l[1]) + "]"})
				}
				return outs
			},
		}
	},
	actor: func(r *rand.Rand) actor {
		next := map[string]func() string{"": counterFrom(r, 50), "/admin,": counterFrom(r, 50)}
		return &acting{speak: func(op string) string {
			w := strings.Fields(op)
			switch w[0] {
			case "connect":
				return "40"
			case "admin":
				return `40/admin,{"token":"` + hexID(r, 24) + `"}`
			case "get", "shout":
				return "42" + next[""]() + `["` + w[0] + `",` + w[1] + "]"
			case "aget", "ashout":
				return "42/admin," + next["/admin,"]() + `["` + w[0][1:] + `",` + w[1] + "]"
			}
			return ""
		}}
	},
	rounds: [][]string{{"!connect", "!admin"}, {"get 1", "aget 1", "shout 7"}, {"ashout 7", "get 2"}, {"aget 5", "aget 1", "get 1"}},
	single: [][]string{{"!connect", "!admin"}, {"get 12", "aget 12", "ashout 7"}},
}
