package har

import (
	"errors"
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
	// MaxBytes is the most that is read, attached files counted inflated.
	// 0 means 16 GiB.
	MaxBytes int64
	// Progress is called now and then with the bytes read so far; may be nil.
	Progress func(read int64)
}

// Defect is one thing in an archive that breaks a rule. What can be read of
// the entry is read all the same.
type Defect struct {
	Entry int    // 0, 1, 2 … as in log.entries; -1 for the log itself
	Where string // the member, as in "response.content.text"
	What  string // what is wrong and what was made of it
}

// Report tells what came of an import.
type Report struct {
	Entries, Messages, Events int
	Tool                      string // the creator, as in "WebInspector 537.36"
	Sessions                  []capture.SessionID
	Defects                   []Defect
}

// Import reads a HAR log from r, entry by entry, into a new session of tape.
// Each rule that is broken is named in the report, and what can be read is
// read. The error is not nil if the log could not be read to its end; the
// report then holds what came before.
func Import(r io.Reader, tape capture.Writer, o *ImportOptions) (*Report, error) {
	return &Report{}, errors.New("har: import is not there yet")
}

// ImportZip reads the HAR log in a zip file, as Playwright writes them, with
// the files attached to it.
func ImportZip(r io.ReaderAt, size int64, tape capture.Writer, o *ImportOptions) (*Report, error) {
	return &Report{}, errors.New("har: import is not there yet")
}
