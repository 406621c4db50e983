package mitm

import (
	"bufio"
	"context"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	// maxIdle bounds the connections a pool keeps for later, altogether.
	maxIdle = 1024
	// idlePatience is how long it keeps one.
	idlePatience = 90 * time.Second
)

// http1Conn is a connection to a server that speaks HTTP/1.
type http1Conn struct {
	*Conn
	br     *bufio.Reader
	route  route
	addr   string         // of the peer
	timing capture.Timing // what connecting took; nothing the second time
	reused bool
	since  time.Time // idle since
}

// pool keeps idle HTTP/1 connections to servers. It may be used concurrently.
type pool struct {
	upstream *upstream

	mu     sync.Mutex
	idle   map[route][]*http1Conn // the last used last
	count  int
	sweep  *time.Timer // runs while there are idle connections
	closed bool
}

func newPool(u *upstream) *pool {
	return &pool{upstream: u, idle: map[route][]*http1Conn{}}
}

// get returns an idle connection to r that its server has not ended, or nil.
func (p *pool) get(r route) *http1Conn {
	for {
		c := p.take(r)
		if c == nil {
			return nil
		}
		if c.wire().quiet() && (c.secure != nil || c.wire().Buffered() == 0) {
			c.reused = true
			c.timing = capture.NoTiming
			return c
		}
		c.Close()
	}
}

// dial returns a new connection to r.
func (p *pool) dial(ctx context.Context, r route) (*http1Conn, error) {
	c, timing, err := p.upstream.dial(ctx, r, "http/1.1")
	if err != nil {
		return nil, err
	}
	return &http1Conn{Conn: c, br: bufio.NewReaderSize(c, 4<<10), route: r, addr: c.RemoteAddr().String(), timing: timing}, nil
}

func (p *pool) take(r route) *http1Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	conns := p.idle[r]
	if len(conns) == 0 {
		return nil
	}
	c := conns[len(conns)-1]
	conns[len(conns)-1] = nil
	p.idle[r] = conns[:len(conns)-1]
	p.count--
	return c
}

// put keeps c for the next request. It owns c from now on.
func (p *pool) put(c *http1Conn) {
	if !p.keep(c) {
		c.Close()
	}
}

func (p *pool) keep(c *http1Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.count >= maxIdle {
		return false
	}
	c.since = time.Now()
	p.idle[c.route] = append(p.idle[c.route], c)
	p.count++
	if p.sweep == nil {
		p.sweep = time.AfterFunc(idlePatience/4, p.expire)
	}
	return true
}

// expire closes what has been idle for too long, and what its server ended.
func (p *pool) expire() {
	p.mu.Lock()
	var over []*http1Conn
	for r, conns := range p.idle {
		kept := conns[:0]
		for _, c := range conns {
			if time.Since(c.since) > idlePatience || !c.wire().quiet() {
				over = append(over, c)
			} else {
				kept = append(kept, c)
			}
		}
		clear(conns[len(kept):])
		if p.idle[r] = kept; len(kept) == 0 {
			delete(p.idle, r)
		}
	}
	p.count -= len(over)
	if p.count > 0 && !p.closed {
		p.sweep.Reset(idlePatience / 4)
	} else {
		p.sweep = nil
	}
	p.mu.Unlock()
	for _, c := range over {
		c.Close()
	}
}

// Close closes the idle connections. Those in use are closed as they come back.
func (p *pool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.count, p.closed = nil, 0, true
	if p.sweep != nil {
		p.sweep.Stop()
	}
	p.mu.Unlock()
	for _, conns := range idle {
		for _, c := range conns {
			c.Close()
		}
	}
}
