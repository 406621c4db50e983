package cli

import (
	"context"
	"net"
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/mitm"
	"github.com/wiretape/wiretape/replay"
)

// mock is a tape that is served again, behind every way in.
type mock struct {
	server *replay.Server
	proxy  *mitm.Proxy
	served chan error // takes how serving ended
	work   sync.WaitGroup
}

// serveMock serves what o selects of tape on l, until close.
func serveMock(tape capture.Reader, o *replay.Options, ca *certs.Authority, l net.Listener) (*mock, error) {
	server, err := replay.NewServer(tape, o)
	if err != nil {
		return nil, err
	}
	m := &mock{
		server: server, served: make(chan error, 1),
		proxy: mitm.NewProxy(&mitm.ProxyOptions{CA: ca, Handler: server, Origin: server, Log: o.Log}),
	}
	m.work.Go(func() { m.served <- m.proxy.Serve(l) })
	return m, nil
}

// close ends the traffic. What it came to can still be asked for.
func (m *mock) close() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_ = m.proxy.Shutdown(ctx)
	_ = m.proxy.Close()
	_ = m.server.Close()
	m.work.Wait()
}
