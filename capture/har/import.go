package har

import (
	"io"
	"io/fs"

	"github.com/wiretape/wiretape/capture"
)

// ImportOptions tells what belongs to an archive and bounds what is read. The
// zero value is the default.
type ImportOptions struct {
	// Label names the session; "" takes the label the archive carries.
	Label string
	// Files holds the files that entries refer to with _file; nil: none.
	Files fs.FS
	// MaxBytes is the most that is read, in bytes, decompressed, attached files
	// included. 0 means 16 GiB.
	MaxBytes int64
	// Progress is called after each MiB with the bytes read so far; may be nil.
	Progress func(read int64)
}

const defaultMaxBytes = 16 << 30

// Defect is one thing in an archive that breaks a rule. What can be read of
// the entry is read all the same.
type Defect struct {
	Entry int    // 0, 1, 2 … as in log.entries; -1 for the log itself
	Where string // the member, as in "response.content.text"
	What  string // what is wrong, and what was made of it
}

// Report tells what came of an import.
type Report struct {
	Entries  int    // exchanges on the tape
	Messages int    // of sockets, control frames not counted
	Events   int    // of event streams, and records of streams of JSON texts
	Tool     string // the creator, as in "WebInspector 537.36"
	Sessions []capture.SessionID
	Defects  []Defect
	Unlisted int // defects beyond the first 1000, which are not listed
}

// Import reads a HAR log from r, entry by entry, into a new session of tape; an
// archive that wiretape made becomes the sessions it was made of. It may be
// compressed with gzip or zlib (.zhar). Bodies and messages wait in temporary
// files while the rest of their entry is read.
//
// Each rule that is broken is named in the report, and what can be read is
// read. The error is not nil if the log could not be read to its end, or the
// tape took no more; the report, which is never nil, then holds what came
// before. For archives that are not JSON it wraps a *SyntaxError.
func Import(r io.Reader, tape capture.Writer, o *ImportOptions) (*Report, error) {
	r, err := unpacked(r)
	if err != nil {
		return &Report{}, err
	}
	return newImporter(r, tape, o).run()
}
