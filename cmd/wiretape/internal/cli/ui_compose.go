package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/mitm"
)

// doors are the ways out for what the page sends: the recorder's own proxy, and
// proxies for the page alone that are opened when they are needed: one on which
// servers are not checked, and both where nothing else is recorded. They may be
// used concurrently.
type doors struct {
	ca      *certs.Authority
	relay   mitm.RelayOptions // how the recorder's own reaches servers
	main    *mitm.Relay       // the recorder's own; nil where there is none
	address string            // of its proxy
	record  func() (capture.Recorder, error)

	mu     sync.Mutex
	closed bool
	open   map[bool]*door // by whether servers are unchecked
}

// door is one proxy for the page.
type door struct {
	listener net.Listener
	relay    *mitm.Relay
	proxy    *mitm.Proxy
	served   chan error
}

// way returns the way to servers, for compose.DeskOptions.
func (d *doors) way(insecure bool) (*compose.Way, error) {
	if d.main != nil && (!insecure || d.relay.InsecureUpstream) {
		return &compose.Way{Proxy: d.address, Roots: d.ca.Pool()}, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.New("the recorder has stopped")
	}
	if d.open[insecure] == nil {
		if err := d.add(insecure); err != nil {
			return nil, err
		}
	}
	return &compose.Way{Proxy: d.open[insecure].listener.Addr().String(), Roots: d.ca.Pool()}, nil
}

// add opens a door. The caller holds d.mu.
func (d *doors) add(insecure bool) error {
	rec, err := d.record()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open a way for the page: %w", err)
	}
	o := d.relay
	o.Recorder, o.InsecureUpstream = rec, insecure || o.InsecureUpstream
	own, others := ownAddress(l), d.relay.Self
	o.Self = func(addr net.Addr) bool { return own(addr) || others != nil && others(addr) }
	n := &door{listener: l, relay: mitm.NewRelay(&o), served: make(chan error, 1)}
	n.proxy = mitm.NewProxy(&mitm.ProxyOptions{CA: d.ca, Handler: n.relay, Tunnels: n.relay, Log: o.Log})
	go func() { n.served <- n.proxy.Serve(l) }()
	if d.open == nil {
		d.open = map[bool]*door{}
	}
	d.open[insecure] = n
	return nil
}

// relays returns all relays there are.
func (d *doors) relays() []*mitm.Relay {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []*mitm.Relay
	if d.main != nil {
		all = append(all, d.main)
	}
	for _, n := range d.open {
		all = append(all, n.relay)
	}
	return all
}

// Inject implements web.Injector.
func (d *doors) Inject(ctx context.Context, id capture.ExchangeID, f mitm.Frame) error {
	return d.each(func(r *mitm.Relay) error { return r.Inject(ctx, id, f) })
}

// Abort implements web.Injector.
func (d *doors) Abort(id capture.ExchangeID, to capture.Party) error {
	return d.each(func(r *mitm.Relay) error { return r.Abort(id, to) })
}

// each tries one relay after the other: the exchange is live on one at most.
func (d *doors) each(try func(*mitm.Relay) error) error {
	var err error = &mitm.InjectError{Why: "nothing goes through the proxy"}
	for _, r := range d.relays() {
		err = try(r)
		var elsewhere *mitm.InjectError
		if !errors.As(err, &elsewhere) || !elsewhere.NotLive {
			return err
		}
	}
	return err
}

// close ends what goes through the doors.
func (d *doors) close() {
	d.mu.Lock()
	d.closed = true
	open := d.open
	d.open = nil
	d.mu.Unlock()
	for _, n := range open {
		_ = n.proxy.Close()
		_ = n.relay.Close()
		<-n.served
	}
}

var (
	_ web.Injector     = (*doors)(nil)
	_ control.Injector = (*doors)(nil)
)

// compose lets the page of this recorder send and inject.
func (r *recorder) compose(o *web.Options, ca *certs.Authority, l net.Listener) {
	r.doors = &doors{
		ca: ca, relay: r.options, main: r.relay, address: address(l),
		record: func() (capture.Recorder, error) { return r.rec, nil },
	}
	o.Injector = r.doors
	o.Compose = &compose.DeskOptions{Way: r.doors.way, Tape: r.tape}
}
