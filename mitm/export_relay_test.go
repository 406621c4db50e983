package mitm

import (
	"bufio"
	"io"
	"net/http"

	"github.com/wiretape/wiretape/capture"
)

// ErrDry is errDry.
var ErrDry = errDry

// ReadBody reads the body of a response with the given head from r to its end,
// going on after errDry. It returns where the body ends in another way.
func ReadBody(rawHead []byte, r io.Reader) (data []byte, trailer []capture.Field, err error) {
	resp, err := parseResponse(rawHead, http.MethodGet)
	if err != nil {
		return nil, nil, err
	}
	b := newBody(bufio.NewReaderSize(r, 16), resp.body)
	buf := make([]byte, 7)
	for err == nil || err == errDry {
		var n int
		n, err = b.Read(buf)
		data = append(data, buf[:n]...)
	}
	return data, b.trailer, err
}

// ParseResponse takes a response head apart.
func ParseResponse(raw []byte) (status int, fields []capture.Field, err error) {
	r, err := parseResponse(raw, http.MethodGet)
	if err != nil {
		return 0, nil, err
	}
	return r.status, r.fields, nil
}

// ReadResponseHead reads a head.
func ReadResponseHead(br *bufio.Reader) ([]byte, error) { return readHead(br, maxHead) }
