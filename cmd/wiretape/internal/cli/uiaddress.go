package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// uiOff is the address that switches the page off.
const uiOff = "off"

// checkUI refuses what is no address before anything is touched.
func checkUI(flag, addr string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil && addr != uiOff {
		return uiMisuse(flag, addr)
	}
	return nil
}

func uiMisuse(flag, addr string) error {
	hint := "as in " + flag + " 127.0.0.1:9000"
	if flag == "--ui" {
		hint += ", or --ui off"
	}
	return &misuse{fmt.Sprintf("%s: %q is not an address", flag, addr), hint}
}

// listenUI opens the port of the page. Without a host it is on loopback;
// another address must be written out, and is warned of.
func (a *app) listenUI(flag, addr string) (net.Listener, error) {
	l, err := openPort(addr, "take a free port for the page with "+flag+" :0")
	var bad *net.AddrError
	if errors.As(err, &bad) {
		return nil, uiMisuse(flag, addr)
	}
	if err != nil {
		return nil, err
	}
	if !loopback(l.Addr()) {
		a.say("warning: the page at %s can be reached from other machines, without encryption: whoever has its link reads and changes the tape", l.Addr())
	}
	return l, nil
}

// namesOf returns the host name that an address was written with, under which
// the page is then asked for.
func namesOf(addr string) []string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	return []string{host}
}
