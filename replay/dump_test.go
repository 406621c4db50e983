package replay_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

func TestDump(t *testing.T) {
	name := os.Getenv("DUMP")
	for _, p := range protocols {
		if p.name != name {
			continue
		}
		var seed uint64
		fmt.Sscan(os.Getenv("SEED"), &seed)
		rounds := p.rounds
		if os.Getenv("SINGLE") != "" {
			rounds = p.single
		}
		for ; seed < 400; seed++ {
			random := rand.New(rand.NewPCG(seed, 7))
			r := newRecorder(t)
			p.record(t, r, rounds, random)
			s := p.replay(t, r, clone(rounds), random)
			if os.Getenv("FIND") != "" && s.valid == s.expected && s.wrong == 0 {
				continue
			}
			tr, err := transcript.Open(&r.tape, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := replay.Compile(tr)
			if err != nil {
				t.Fatal(err)
			}
			plan.WriteText(os.Stdout)
			for _, f := range s.faults {
				fmt.Println(f)
			}
			return
		}
	}
}
