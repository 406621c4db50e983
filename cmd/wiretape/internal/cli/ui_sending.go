package cli

import (
	"net"
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/mitm"
)

// compose lets the page of wiretape ui send: through the recorder that holds
// the tape, or else through one of its own, which begins a session with the
// first thing that is sent. Whoever calls it calls the function it returns when
// the page is closed.
func (p *pageTape) compose(a *app, o *web.Options, ca *certs.Authority, page net.Listener) (stop func()) {
	switch {
	case p.live != nil && p.live.State().Proxy != "":
		state := p.live.State()
		o.Injector = p.live
		o.Compose = &compose.DeskOptions{Way: func(insecure bool) (*compose.Way, error) {
			if insecure {
				return nil, takesNoFlags(a.tape, &state)
			}
			return recorderWay(&state, "")
		}, Tape: p.recording}
	case p.tape != nil:
		s := &pageSession{app: a, tape: p.tape}
		d := &doors{ca: ca, relay: mitm.RelayOptions{Guarded: ownAddress(page), Log: a.logger()}, record: s.recorder}
		o.Injector, o.Compose = d, &compose.DeskOptions{Way: d.way, Tape: p.recording}
		return func() { d.close(); s.close() }
	}
	return func() {}
}

var _ web.Injector = (*control.Client)(nil)

// pageSession is the session of what a page sends on a tape that nothing else
// is recorded to. It begins when it is asked for.
type pageSession struct {
	app  *app
	tape *store.Tape

	mu  sync.Mutex
	rec *record.Recorder
}

func (s *pageSession) recorder() (capture.Recorder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rec == nil {
		rec, err := record.New(s.tape, &record.Options{Label: "send", Creator: "wiretape " + Version(), Log: s.app.logger()})
		if err != nil {
			return nil, err
		}
		s.rec = rec
	}
	return s.rec, nil
}

func (s *pageSession) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rec == nil {
		return
	}
	if err := s.rec.Close(); err != nil {
		s.app.say("warning: %v", err)
	}
}
