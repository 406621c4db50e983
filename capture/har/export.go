package har

import (
	"errors"
	"io"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/redact"
)

// ExportOptions selects what is written and how. The zero value writes every
// exchange of the tape and keeps everything in it.
type ExportOptions struct {
	Session   capture.SessionID            // 0: all sessions
	Exchanges []capture.ExchangeID         // nil: all
	Keep      func(*capture.Exchange) bool // a filter; nil: all
	Redactor  *redact.Redactor             // nil: keep everything

	// ControlFrames puts pings, pongs and closes into _webSocketMessages too.
	ControlFrames bool
	// RawBodies repeats every body as it was on the wire, in _wiretape; else
	// only those whose wire bytes cannot be told from the text.
	RawBodies bool
	// Version is the version of the creator; "" means "dev".
	Version string
	// Progress is called after each entry; may be nil.
	Progress func(done, total int)
}

// Summary counts what was written.
type Summary struct {
	Entries, Messages, Events int
	Skipped                   int // tunnels, which have no entry
	Bytes                     int64
	Redacted                  []redact.Finding
}

// Export writes exchanges of tape as one HAR log to w: in the order in which
// they began, one after the other, without holding the log in memory.
func Export(w io.Writer, tape capture.Reader, o *ExportOptions) (Summary, error) {
	return Summary{}, errors.New("har: export is not there yet")
}
