package wsframe

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/flate"
)

// Deflater compresses the messages of one direction for permessage-deflate
// (RFC 7692 §7.2.1). It may not be used concurrently.
type Deflater struct {
	noTakeover bool
	z          *flate.Writer
	out        appender
}

// appender is an io.Writer that appends.
type appender struct{ p []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.p = append(a.p, p...)
	return len(p), nil
}

// NewDeflater returns a Deflater that refers at most 1<<bits bytes back, as
// agreed on: 8 to 15, or 0 for 15. With noTakeover each message is compressed
// by itself.
func NewDeflater(bits int, noTakeover bool) *Deflater {
	if bits == 0 {
		bits = 15
	}
	bits = min(max(bits, 8), 15)
	z, err := flate.NewWriterWindow(nil, 1<<bits)
	if err != nil {
		panic("wsframe: " + err.Error()) // 256 to 32768 are always allowed
	}
	d := &Deflater{noTakeover: noTakeover, z: z}
	z.Reset(&d.out)
	return d
}

// Append appends message, compressed, as the payload of a message whose first
// frame has RSV1 set. The message is not kept.
func (d *Deflater) Append(dst, message []byte) ([]byte, error) {
	d.out.p = dst
	defer func() { d.out.p = nil }()
	if d.noTakeover {
		d.z.Reset(&d.out)
	}
	if _, err := d.z.Write(message); err != nil {
		return dst, fmt.Errorf("compress a message: %w", err)
	}
	if err := d.z.Flush(); err != nil {
		return dst, fmt.Errorf("compress a message: %w", err)
	}
	// RFC 7692 §7.2.1: the four bytes of the empty block at the end go.
	p, found := bytes.CutSuffix(d.out.p, []byte(tail[:4]))
	if !found || len(p) < len(dst) {
		return dst, fmt.Errorf("compress a message: no empty block at its end")
	}
	return p, nil
}
