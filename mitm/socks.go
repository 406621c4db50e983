package mitm

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// What SOCKS 5 servers answer (RFC 1928 §6).
const (
	socksGranted        = 0x00
	socksNoCommand      = 0x07
	socksNoAddress      = 0x08
	socksConnect        = 0x01
	socksNoAuth         = 0x00
	socksNoMethod       = 0xff
	socks4Granted       = 0x5a
	socks4Rejected      = 0x5b
	maxSOCKS4Field      = 512 // of a user ID or a name
	socksIPv4      byte = 0x01
	socksName      byte = 0x03
	socksIPv6      byte = 0x04
)

// serveSOCKS takes a connection whose client asks by SOCKS to be connected.
func (p *Proxy) serveSOCKS(c *Conn) {
	c.SetDeadline(time.Now().Add(greetTimeout))
	target, err := greet(c)
	if err != nil {
		p.o.Log.Debug("socks", "client", c.RemoteAddr().String(), "err", err)
		c.drop()
		return
	}
	c.SetDeadline(time.Time{})
	c.target = target
	p.look(c)
}

// greet negotiates and returns where the client wants to be connected, as
// host:port. The client is told that it is; whether the server can be reached
// shows later.
func greet(c *Conn) (string, error) {
	var version [1]byte
	if err := readExactly(c, version[:]); err != nil {
		return "", err
	}
	if version[0] == socks4Version {
		return greet4(c)
	}
	return greet5(c)
}

// greet5 speaks SOCKS 5 (RFC 1928) after the version.
func greet5(c *Conn) (string, error) {
	var n [1]byte
	if err := readExactly(c, n[:]); err != nil {
		return "", err
	}
	methods := make([]byte, n[0])
	if err := readExactly(c, methods); err != nil {
		return "", err
	}
	method := byte(socksNoMethod)
	for _, m := range methods {
		if m == socksNoAuth {
			method = socksNoAuth
		}
	}
	if _, err := c.Write([]byte{socks5Version, method}); err != nil {
		return "", err
	}
	if method == socksNoMethod {
		return "", errors.New("the client insists on authentication")
	}
	var request [4]byte // version, command, reserved, type of address
	if err := readExactly(c, request[:]); err != nil {
		return "", err
	}
	if request[1] != socksConnect {
		c.Write(reply5(socksNoCommand))
		return "", fmt.Errorf("command %d", request[1])
	}
	host, err := readHost5(c, request[3])
	if err != nil {
		c.Write(reply5(socksNoAddress))
		return "", err
	}
	var port [2]byte
	if err := readExactly(c, port[:]); err != nil {
		return "", err
	}
	_, err = c.Write(reply5(socksGranted))
	return joinPort(host, port), err
}

// readHost5 reads an address of the given type (RFC 1928 §5).
func readHost5(c *Conn, kind byte) (string, error) {
	switch kind {
	case socksIPv4:
		var a [4]byte
		err := readExactly(c, a[:])
		return netip.AddrFrom4(a).String(), err
	case socksIPv6:
		var a [16]byte
		err := readExactly(c, a[:])
		return netip.AddrFrom16(a).String(), err
	case socksName:
		var n [1]byte
		if err := readExactly(c, n[:]); err != nil {
			return "", err
		}
		name := make([]byte, n[0])
		if err := readExactly(c, name); err != nil {
			return "", err
		}
		return string(name), checkName(name)
	}
	return "", fmt.Errorf("address type %d", kind)
}

// reply5 is an answer with an address that says nothing.
func reply5(code byte) []byte {
	return []byte{socks5Version, code, 0, socksIPv4, 0, 0, 0, 0, 0, 0}
}

// greet4 speaks SOCKS 4 and 4a after the version.
func greet4(c *Conn) (string, error) {
	var request [7]byte // command, port, address
	if err := readExactly(c, request[:]); err != nil {
		return "", err
	}
	if _, err := readField4(c); err != nil { // the user ID
		return "", err
	}
	address := [4]byte(request[3:])
	host := netip.AddrFrom4(address).String()
	if [3]byte(address[:3]) == [3]byte{} && address[3] != 0 { // 4a: 0.0.0.x says that a name follows
		name, err := readField4(c)
		if err == nil {
			err = checkName(name)
		}
		if err != nil {
			c.Write([]byte{0, socks4Rejected, 0, 0, 0, 0, 0, 0})
			return "", err
		}
		host = string(name)
	}
	if request[0] != socksConnect {
		c.Write([]byte{0, socks4Rejected, 0, 0, 0, 0, 0, 0})
		return "", fmt.Errorf("command %d", request[0])
	}
	_, err := c.Write([]byte{0, socks4Granted, 0, 0, 0, 0, 0, 0})
	return joinPort(host, [2]byte(request[1:3])), err
}

// readField4 reads a field that ends in a NUL.
func readField4(c *Conn) ([]byte, error) {
	var field []byte
	for b := [1]byte{}; len(field) < maxSOCKS4Field; field = append(field, b[0]) {
		if err := readExactly(c, b[:]); err != nil || b[0] == 0 {
			return field, err
		}
	}
	return nil, errors.New("a field of the request is too long")
}

// checkName refuses what cannot stand in a URL as a host.
func checkName(name []byte) error {
	if len(name) == 0 {
		return errors.New("an empty name")
	}
	for _, b := range name {
		if b <= ' ' || b >= 0x7f || b == '/' || b == '@' || b == '#' || b == '?' || b == '\\' {
			return fmt.Errorf("the name %q", name)
		}
	}
	return nil
}

func joinPort(host string, port [2]byte) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1])))
}
