package compose

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// endOf tells from the error of a read how a connection was over.
func endOf(err error) Ended {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return Ended{By: "server", How: "reset"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Ended{By: "server", How: "fin"}
	case errors.Is(err, net.ErrClosed):
		return Ended{By: "client", How: "abort"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Ended{By: "client", How: "error", Reason: "the server did not answer in time"}
	}
	return Ended{By: "client", How: "error", Reason: err.Error()}
}
