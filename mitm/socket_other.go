//go:build !unix

package mitm

import (
	"errors"
	"syscall"
)

// canReadRaw tells that readSocket does not work here: wires read as net.Conn
// does.
const canReadRaw = false

func readSocket(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }

func wouldBlock(error) bool { return false }

// wsaConnReset and wsaConnAborted are Winsock's words for ECONNRESET and
// EPIPE.
const (
	wsaConnAborted = syscall.Errno(10053)
	wsaConnReset   = syscall.Errno(10054)
)

// isReset reports whether err says that the peer reset the connection.
func isReset(err error) bool {
	return errors.Is(err, wsaConnReset) || errors.Is(err, wsaConnAborted)
}

// isShortage reports whether a connection could not be accepted for want of
// something that others will give back: WSAEMFILE, WSAENOBUFS.
func isShortage(err error) bool {
	return errors.Is(err, syscall.Errno(10024)) || errors.Is(err, syscall.Errno(10055)) || isReset(err)
}
