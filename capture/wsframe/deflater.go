package wsframe

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/flate"
)

// Deflater compresses the messages of one direction for permessage-deflate
// (RFC 7692 §7.2.1). It takes about 1 MiB, but nothing with no takeover and the
// largest window, which is what a server of many connections should agree on.
// Messages of less than 128 bytes refer to none before them.
// It may not be used concurrently.
type Deflater struct {
	noTakeover bool
	z          *flate.Writer // nil where nothing needs to be kept
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
	d := &Deflater{noTakeover: noTakeover}
	if noTakeover && bits == 15 {
		return d
	}
	z, err := flate.NewWriterWindow(&d.out, 1<<bits)
	if err != nil {
		panic("wsframe: " + err.Error()) // 256 to 32768 are always allowed
	}
	d.z = z
	return d
}

// Append appends message, compressed, as the payload of a message whose first
// frame has RSV1 set. The message is not kept.
func (d *Deflater) Append(dst, message []byte) ([]byte, error) {
	d.out.p = dst
	defer func() { d.out.p = nil }()
	if err := d.deflate(message); err != nil {
		return dst, fmt.Errorf("compress a message: %w", err)
	}
	// RFC 7692 §7.2.1: the four bytes of the empty block at the end go.
	p, found := bytes.CutSuffix(d.out.p, []byte(tail[:4]))
	if !found || len(p) < len(dst) {
		return dst, fmt.Errorf("compress a message: no empty block at its end")
	}
	return p, nil
}

// deflate writes message up to the end of a byte (RFC 1951 §3.2.4).
func (d *Deflater) deflate(message []byte) error {
	if d.z == nil {
		return flate.StatelessDeflate(&d.out, message, false, nil)
	}
	if d.noTakeover {
		d.z.Reset(&d.out)
	}
	if _, err := d.z.Write(message); err != nil {
		return err
	}
	return d.z.Flush()
}
