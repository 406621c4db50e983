package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/wiretape/wiretape/certs"
)

// listen opens the one port for all ways in. Without a host it is on loopback;
// another address must be written out, and is warned of.
func (a *app) listen(addr string, child bool) (net.Listener, error) {
	switch {
	case addr == "" && child:
		addr = "127.0.0.1:0"
	case addr == "":
		addr = "127.0.0.1:8080"
	}
	l, err := openPort(addr, "take a free port with -l :0, or another one with -l 127.0.0.1:PORT")
	var bad *net.AddrError
	if errors.As(err, &bad) {
		return nil, &misuse{fmt.Sprintf("-l: %q is not an address: %v", addr, bad.Err), "as in -l 127.0.0.1:8080, or -l :0 for a free port"}
	}
	if err != nil {
		return nil, err
	}
	if !loopback(l.Addr()) {
		a.say("warning: %s can be reached from other machines: whoever reaches it can use and read this proxy", l.Addr())
	}
	return l, nil
}

// openPort opens a port of an address, without a host on loopback. What is no
// address is a *net.AddrError; another is what to do about a port in use.
func openPort(addr, another string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &hinted{fmt.Errorf("%s is in use by another program", net.JoinHostPort(host, port)), another}
	}
	if err != nil {
		return nil, &hinted{fmt.Errorf("listen on %s: %w", addr, err), "take an address of this machine, and a port from 1024 up: -l 127.0.0.1:PORT"}
	}
	return l, nil
}

func loopback(addr net.Addr) bool {
	ap, err := netip.ParseAddrPort(addr.String())
	return err == nil && ap.Addr().IsLoopback()
}

// ownAddress reports whether an address that was dialled is one of ours. A
// listener on all addresses is reached by any address of this machine.
func ownAddress(listeners ...net.Listener) func(net.Addr) bool {
	return func(dialled net.Addr) bool {
		to, err := netip.ParseAddrPort(dialled.String())
		if err != nil {
			return false
		}
		for _, l := range listeners {
			if own, err := netip.ParseAddrPort(l.Addr().String()); err == nil && reached(own, to) {
				return true
			}
		}
		return false
	}
}

// reached reports whether to leads to what listens on own.
func reached(own, to netip.AddrPort) bool {
	return own.Port() == to.Port() &&
		(own.Addr().Unmap() == to.Addr().Unmap() || own.Addr().IsUnspecified() && local(to.Addr().Unmap()))
}

// local reports whether an address is one of this machine's.
func local(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap() == addr {
			return true
		}
	}
	return false
}

// interceptor tells which hosts are looked into.
func interceptor(include, exclude []string) func(host string) bool {
	if len(include) == 0 && len(exclude) == 0 {
		return nil
	}
	matches := func(patterns []string, host string) bool {
		for _, p := range patterns {
			if ok, _ := path.Match(strings.ToLower(p), strings.ToLower(host)); ok {
				return true
			}
		}
		return false
	}
	return func(host string) bool {
		return (len(include) == 0 || matches(include, host)) && !matches(exclude, host)
	}
}

// checkPatterns refuses patterns that could match nothing.
func checkPatterns(lists ...[]string) error {
	for _, p := range slices.Concat(lists...) {
		if _, err := path.Match(p, ""); err != nil {
			return &misuse{fmt.Sprintf("%q is not a pattern for hosts", p), "as in --include api.example.com or --exclude '*.example.com'"}
		}
	}
	return nil
}

// address returns where a program on this machine reaches the listener.
func address(l net.Listener) string {
	ap, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil || !ap.Addr().IsUnspecified() {
		return l.Addr().String()
	}
	return fmt.Sprintf("127.0.0.1:%d", ap.Port())
}

// childEnv returns the variables that point a child at the proxy.
func childEnv(l net.Listener, ca *certs.Authority) []string {
	address := address(l)
	// A child that cannot get the bundle still has the certificate itself.
	bundle, err := ca.Bundle(filepath.Dir(ca.CertFile()))
	if err != nil {
		bundle = ca.CertFile()
	}
	return append(certs.Env("http://"+address, ca.CertFile(), bundle),
		"WIRETAPE_PROXY=http://"+address,
		"WIRETAPE_URL=http://"+address,
		"WIRETAPE_WS_URL=ws://"+address,
		"WIRETAPE_CA="+ca.CertFile(),
	)
}

// logger writes warnings as lines of ours.
func (a *app) logger() *slog.Logger { return slog.New(&lines{app: a}) }

// shellQuote quotes s for a POSIX shell.
func shellQuote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shellQuoteAssignment quotes the value of NAME=VALUE.
func shellQuoteAssignment(v string) string {
	name, value, _ := strings.Cut(v, "=")
	return name + "=" + shellQuote(value)
}

// tapeFlag returns the flag that names a tape, where it has to be named.
func tapeFlag(tape string) string {
	if tape == defaultTape() {
		return ""
	}
	return " -t " + shellQuote(tape)
}

// count writes a number with its noun: "1 exchange", "2 exchanges".
func count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "sh") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
