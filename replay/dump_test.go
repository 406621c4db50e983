package replay_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

func TestDump(t *testing.T) {
	name := os.Getenv("DUMP")
	for _, p := range protocols {
		if p.name != name {
			continue
		}
		random := rand.New(rand.NewPCG(seedOf(t), 7))
		r := newRecorder(t)
		rounds := p.rounds
		if os.Getenv("SINGLE") != "" {
			rounds = p.single
		}
		p.record(t, r, rounds, random)
		tr, err := transcript.Open(&r.tape, capture.ExchangeID(1), nil)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := replay.Compile(tr)
		if err != nil {
			t.Fatal(err)
		}
		plan.WriteText(os.Stdout)
	}
}

func seedOf(t *testing.T) uint64 {
	if os.Getenv("SEED") == "" {
		return 0
	}
	return uint64(os.Getenv("SEED")[0] - '0')
}
