package replay

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// appendCut appends a frame that was cut off, as it stood on the wire.
func appendCut(dst []byte, f *capture.Frame) []byte {
	head := f.FrameHead
	head.Masked = false
	return wsframe.AppendFrame(dst, head, f.Payload)
}
