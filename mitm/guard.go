package mitm

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// guardBehind looks whether a proxy on this machine would lead to what is
// guarded. What one elsewhere reaches is not ours.
func (u *upstream) guardBehind(ctx context.Context, proxy *Conn, addr string) error {
	next, ok := proxy.RemoteAddr().(*net.TCPAddr)
	if u.guard == nil || !ok || !next.IP.Equal(proxy.LocalAddr().(*net.TCPAddr).IP) && !next.IP.IsLoopback() {
		return nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil
	}
	n, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		if ips = legacyAddr(host); ips == nil {
			return nil // the proxy may know the name; it is none of this machine's
		}
	}
	for _, ip := range ips {
		if ip.Unmap().IsUnspecified() { // systems take it for their own
			ips = append(ips, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
			break
		}
	}
	for _, ip := range ips {
		if u.guard(net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(n)))) {
			return &GuardedError{Addr: addr}
		}
	}
	return nil
}

// legacyAddr reads an IPv4 address as inet_aton does, which many proxies ask:
// one to four numbers, decimal, octal or hexadecimal, the last of which fills
// what is left. It returns nil for what is none.
func legacyAddr(host string) []netip.Addr {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return nil
	}
	var sum uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 33)
		limit := uint64(1) << 8
		if i == len(parts)-1 {
			limit = 1 << (8 * (5 - len(parts)))
		}
		if err != nil || n >= limit || strings.ContainsAny(part, "_+-obOB") {
			return nil
		}
		if i < len(parts)-1 {
			n <<= 8 * (3 - i)
		}
		sum += n
	}
	return []netip.Addr{netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})}
}
