package control

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
)

// addressLimit is what fits into a socket address on every system, in bytes.
const addressLimit = 100

// listen opens a socket that only its owner may connect to.
func listen(path string) (net.Listener, error) {
	address, done, err := reachable(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.Listen("unix", address)
	if err != nil {
		return nil, err
	}
	// The listener knows the socket by the short address; whoever made it
	// removes it by its path.
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	address, done, err := reachable(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	return d.DialContext(ctx, "unix", address)
}

// reachable returns an address for the socket at path that is short enough.
// Linux reaches a long path through an open folder.
func reachable(path string) (address string, done func(), err error) {
	if len(path) <= addressLimit {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path %s is too long for a socket: choose a tape with a shorter one", path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	short := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	return short, func() { _ = dir.Close() }, nil
}
