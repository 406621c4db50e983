package mitm

import (
	"runtime"

	"github.com/wiretape/wiretape/capture"
)

// AwaitInjection waits until a frame waits for its place in an exchange.
func AwaitInjection(r *Relay, id capture.ExchangeID) {
	p, err := r.pumpOf(id)
	if err != nil {
		return
	}
	for {
		for _, f := range []*flow{&p.toServer, &p.toClient} {
			f.mu.Lock()
			for _, in := range f.waiting {
				if !in.claimed.Load() {
					f.mu.Unlock()
					return
				}
			}
			f.mu.Unlock()
		}
		runtime.Gosched()
	}
}
