package mitm

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/wiretape/wiretape/capture"
)

var errUnclean = errors.New("the head of the request can be read in more than one way")

// upgrades reports whether the request asks to leave HTTP on its connection
// (RFC 9110 §7.8), as websocket handshakes do (RFC 6455 §4.1).
func (x *exchange) upgrades() bool {
	h := x.r.Header
	return x.r.ProtoMajor < 2 && h.Get("Upgrade") != "" && httpguts.HeaderValuesContainsToken(h["Connection"], "Upgrade")
}

// upgrade forwards a request that asks to switch protocols, on a connection of
// its own. goproxy is not asked: it would write both heads anew and copy
// without a look at what passes.
func (x *exchange) upgrade() {
	if x.head != nil && !x.head.clean {
		x.writeResponse(x.ownResponse(http.StatusBadRequest, errUnclean, capture.End{
			How: capture.HowError, By: capture.Proxy, Err: errUnclean.Error(),
		}))
		return
	}
	resp, err := x.ask(true)
	if err != nil {
		if own, _ := x.failed(err); own != nil {
			x.writeResponse(own)
		}
		return
	}
	if resp.status == http.StatusSwitchingProtocols {
		x.switchProtocols(resp)
		return
	}
	x.writeResponse(x.response1(resp))
}

// writeResponse is what goproxy does with the responses of ordinary requests.
func (x *exchange) writeResponse(resp *http.Response) {
	x.WriteHeader(resp.StatusCode)
	io.Copy(x, resp.Body)
	resp.Body.Close()
}

// switchProtocols takes both connections out of HTTP and moves bytes between
// them until both sides have ended. The response's head goes out as it came,
// together with what came right behind it.
func (x *exchange) switchProtocols(resp *response) {
	server := x.server
	c, brw, err := x.out.Hijack()
	if err != nil {
		x.cut = &cut{how: endFIN}
		x.end(capture.End{How: capture.HowError, By: capture.Proxy, Err: "take over the client's connection: " + err.Error()})
		return
	}
	client, ok := c.(*Conn)
	if !ok {
		client = newConn(newWire(c))
	}
	x.mu.Lock()
	x.conn = client
	x.unhook()
	x.mu.Unlock()

	first := buffered(server.br)
	if _, err := client.Write(slices.Concat(resp.raw, first)); err != nil {
		x.severed(&clientError{err})
		return
	}
	x.respond(resp.at, resp.captured())
	if len(first) > 0 {
		x.tap.Chunk(capture.Chunk{Dir: capture.Receive, At: resp.at, Data: first})
	}
	p := newPump(client, server.Conn, x.tap, x.relay.recorder)
	p.early = buffered(brw.Reader)
	x.handOver(p, resp.at)
}

// handOver lets p go on by itself, so that an idle socket keeps nothing of the
// exchange and of net/http alive: half its memory would be their buffers and
// stacks.
func (x *exchange) handOver(p *pump, at time.Duration) {
	x.mu.Lock()
	x.unhook() // whoever closes the connections will be heard
	x.handed = true
	x.mu.Unlock()
	relay := x.relay
	relay.replace(x, p)
	go func() {
		defer relay.leave(p)
		e := p.run(at)
		e.At = relay.recorder.Now()
		p.tap.End(e)
	}()
}
