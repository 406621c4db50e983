package replay_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

// A client that says exactly what the recorded one said gets exactly the
// recorded bytes.
func TestTheSameClientGetsTheSameBytes(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			r := newRecorder(t)
			p.record(t, r, p.rounds, rand.New(rand.NewPCG(5, 7)))
			tr, err := transcript.Open(&r.tape, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			s, conn := r.play(t, &replay.Options{Speed: replay.Max}, p.url)
			for m, err := range tr.Messages(0) {
				switch {
				case err != nil:
					t.Fatal(err)
				case m.Opcode.Control():
				case m.Dir == capture.Receive:
					want = append(want, string(m.Data))
				default:
					if err := conn.Write(t.Context(), websocket.MessageType(m.Opcode), m.Data); err != nil {
						t.Fatal(err)
					}
				}
			}
			var got []string
			timeout := time.AfterFunc(5*time.Second, func() { conn.CloseNow() })
			defer timeout.Stop()
			for len(strings.Join(got, "")) < len(strings.Join(want, "")) {
				_, data, err := conn.Read(t.Context())
				if err != nil {
					break
				}
				got = append(got, string(data))
			}
			// Records of one frame may come apart where they have different causes.
			// Packets may be cut otherwise, and what is sent first has the first
			// number of the server's count.
			all := func(list []string) []string {
				var out []string
				for _, m := range list {
					out = append(out, strings.SplitAfter(m, "\x1e")...)
				}
				if p.subprotocol == "mqtt" {
					out = p.texts(strings.Join(list, ""))
				}
				for i := range out {
					out[i] = ownCount.ReplaceAllString(out[i], "")
				}
				out = slices.DeleteFunc(out, func(s string) bool { return s == "" })
				slices.Sort(out)
				return out
			}
			if g, w := all(got), all(want); !slices.Equal(g, w) {
				t.Errorf("got  %q\nwant %q", g, w)
			}
			conn.Close(websocket.StatusNormalClosure, "") // answered after all before it
			if rep := s.Report(); !rep.OK || len(rep.Connections[0].Unmet) > 0 {
				t.Errorf("report %+v", rep)
			}
		})
	}
}

// ownCount is the server's count in the protocol that has one.
var ownCount = regexp.MustCompile(`"seq":\d+,`)

// Whatever ids a client makes up, an answer differs from the recorded one in
// these ids alone.
func FuzzIDs(f *testing.F) {
	f.Add("7", "c1", "93", "c9")
	f.Add("1", "1", "2", "2")
	f.Add("0", "a\"b", "\\", "é😀")
	f.Add("abc12345", "BTC-USDT", "x", "sz")
	f.Fuzz(func(t *testing.T, id, order, liveID, liveOrder string) {
		text := func(id, order string) (request, reply string) {
			i, o := quote(id), quote(order)
			return `{"op":"order","id":` + i + `,"args":[{"instId":"BTC-USDT","sz":"1","clOrdId":` + o + `}]}`,
				`{"id":` + i + `,"op":"order","data":[{"sz":"1","px":1.50,"clOrdId":` + o + `,"note":"1 c1 7 BTC-USDT"}],"n":7}`
		}
		for _, s := range []string{id, order, liveID, liveOrder} {
			if s == "" || strings.Contains("1 c1 7 BTC-USDT", s) && len(s) > 6 || strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
				return
			}
		}
		r := newRecorder(t)
		request, reply := text(id, order)
		r.socket(wsURL).send(request).receive(reply)
		_, conn := r.play(t, &replay.Options{Speed: replay.Max}, wsURL)
		request, want := text(liveID, liveOrder)
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(request)); err != nil {
			t.Fatal(err)
		}
		_, got, err := conn.Read(t.Context())
		if err != nil {
			t.Fatalf("%s after %s: %v", request, reply, err)
		}
		if string(got) != want {
			t.Errorf("recorded %s\ngot      %s\nwant     %s", reply, got, want)
		}
	})
}

// quote writes a JSON string as a client would.
func quote(s string) string { return text(strings.ToValidUTF8(s, "?")) }
