package cli

import (
	"net"
	"net/netip"
	"sync"
)

// pages is where the tape of a recorder is shown: on the recorder's own page,
// and on those of other processes. Nothing that goes through the proxy may
// reach one, or its token would be on the tape. The zero pages are none.
type pages struct {
	own func(net.Addr) bool // nil: the recorder has no page

	mu     sync.Mutex
	others map[netip.AddrPort]int // how often each is guarded
}

// Guard implements control.Guarder.
func (p *pages) Guard(addr netip.AddrPort) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.others == nil {
		p.others = map[netip.AddrPort]int{}
	}
	p.others[addr]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.others[addr]--; p.others[addr] == 0 {
			delete(p.others, addr)
		}
	}
}

// guarded reports whether an address that was dialled is that of a page.
func (p *pages) guarded(dialled net.Addr) bool {
	if p.own != nil && p.own(dialled) {
		return true
	}
	to, err := netip.ParseAddrPort(dialled.String())
	if err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for addr := range p.others {
		if reached(addr, to) {
			return true
		}
	}
	return false
}
