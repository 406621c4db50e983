package ndjson

import (
	"bytes"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// feedLines takes a run of a stream with one text a line. Only a line that p
// leaves unfinished is looked into, to know whether it could be the last one.
func (d *Decoder) feedLines(at time.Duration, p []byte, emit func(*capture.Event)) {
	start, pos := 0, 0
	for {
		i := bytes.IndexByte(p[pos:], '\n')
		if i < 0 {
			break
		}
		next := pos + i + 1
		if !d.text.started && isBlank(p[pos:next]) {
			if d.record.open {
				d.hold(p[start:next])
				start = next
				d.withdraw()
			}
		} else {
			if !d.record.open {
				start = d.open(at, p, start, pos)
			}
			d.record.size += int64(next - pos)
			d.finish(at, p[start:next], false, emit)
			start = next
		}
		pos = next
	}
	if pos == len(p) {
		d.between(p[start:])
		return
	}
	if !d.record.open {
		start = d.open(at, p, start, pos)
	}
	d.text.through(p[pos:])
	d.record.size += int64(len(p) - pos)
	d.hold(p[start:])
}
