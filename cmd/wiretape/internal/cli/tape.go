package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

// recording is a tape opened for reading, whoever holds the file: nobody, a
// running recorder, or a HAR that was read into a tape of its own.
type recording struct {
	capture.Reader
	source store.Source
	live   *control.Client // nil unless a recorder holds the tape
	close  []func() error
}

// Close gives back what open took, last first.
func (r *recording) Close() error {
	var errs []error
	for i := len(r.close) - 1; i >= 0; i-- {
		errs = append(errs, r.close[i]())
	}
	return errors.Join(errs...)
}

// Document returns a text that the tape keeps, nil when it has none.
func (r *recording) Document(key string) ([]byte, error) {
	return store.NewReader(r.source).Document(key)
}

// open opens a tape, or a HAR in place of one, for reading.
func (a *app) open(path string) (*recording, error) {
	if isHAR(path) {
		return a.openHAR(path)
	}
	if client, err := control.Dial(path); err == nil {
		source := &handover{path: path, client: client}
		return &recording{
			Reader: store.NewReader(source), source: source, live: client,
			close: []func() error{source.Close},
		}, nil
	}
	view, err := store.Read(path, nil)
	if err != nil {
		return nil, openError(path, err)
	}
	return &recording{Reader: view, source: view.Source(), close: []func() error{view.Close}}, nil
}

// openError adds to the store's error what only the command line knows.
func openError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &hinted{
			fmt.Errorf("there is no tape %s", path),
			"record one with: wiretape record -t " + path + " -- CMD, or name another with -t",
		}
	}
	return err
}

// isHAR reports whether path names a HAR by its ending, or a JSON file.
func isHAR(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".har", ".zip", ".json":
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	return strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(string(head[:n]), "\ufeff"), " \t\r\n"), "{")
}

// openHAR reads a HAR into a tape that lives as long as it is open.
func (a *app) openHAR(path string) (_ *recording, err error) {
	dir, err := os.MkdirTemp("", "wiretape-har-")
	if err != nil {
		return nil, err
	}
	r := &recording{close: []func() error{func() error { return os.RemoveAll(dir) }}}
	defer func() {
		if err != nil {
			_ = r.Close()
		}
	}()
	tape, err := store.Open(filepath.Join(dir, "har.tape"), &store.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	r.close = append(r.close, tape.Close)
	report, err := importFile(path, tape, &har.ImportOptions{})
	if err != nil {
		return nil, err
	}
	a.sayDefects(path, report)
	r.Reader, r.source = tape, tape.Source()
	return r, nil
}

// importFile reads a HAR, or a zip that holds one, into a tape.
func importFile(path string, tape capture.Writer, o *har.ImportOptions) (*har.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if o.Label == "" {
		o.Label = filepath.Base(path)
	}
	var report *har.Report
	if strings.EqualFold(filepath.Ext(path), ".zip") {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		report, err = har.ImportZip(f, info.Size(), tape, o)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		return report, nil
	}
	if report, err = har.Import(f, tape, o); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return report, nil
}

// sayDefects names what could not be read as it stands, the first few of it.
func (a *app) sayDefects(path string, report *har.Report) {
	const shown = 10
	for i, d := range report.Defects {
		if i == shown {
			a.say("%s: and %d more defects", path, len(report.Defects)-shown)
			return
		}
		if d.Entry < 0 { // of the log as a whole
			a.say("%s: %s %s", path, d.Where, d.What)
			continue
		}
		a.say("%s: entry %d: %s: %s", path, d.Entry, d.Where, d.What)
	}
}

// session finds a session by its number or its label; of several with the same
// label the newest.
func session(tape capture.Reader, name string) (capture.SessionID, error) {
	sessions, err := tape.Sessions()
	if err != nil {
		return 0, err
	}
	n, numErr := strconv.ParseUint(name, 10, 64)
	for i := len(sessions) - 1; i >= 0; i-- {
		s := &sessions[i]
		if numErr == nil && s.ID == capture.SessionID(n) || s.Label == name && name != "" {
			return s.ID, nil
		}
	}
	return 0, &hinted{
		fmt.Errorf("there is no session %s on the tape", name),
		"wiretape tape info lists the sessions",
	}
}

// exchangeID reads the number of an exchange from an argument.
func exchangeID(arg string) (capture.ExchangeID, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(arg, "#"), 10, 64)
	if err != nil || n == 0 {
		return 0, &misuse{
			text: fmt.Sprintf("%q is not the number of an exchange", arg),
			hint: "wiretape ls lists the exchanges with their numbers",
		}
	}
	return capture.ExchangeID(n), nil
}

// transcript returns the transcript of an exchange, within the limits of this
// run.
func (a *app) transcript(tape capture.Reader, ex *capture.Exchange) *transcript.Transcript {
	return transcript.Of(tape, ex, &transcript.Options{MaxMessage: int64(a.maxMessage), MaxEvent: int64(a.maxEvent)})
}

// missing says which exchange is not there, and where to look.
func missing(id capture.ExchangeID, tape string, err error) error {
	if !errors.Is(err, capture.ErrNotFound) {
		return err
	}
	return &hinted{
		fmt.Errorf("there is no exchange %d on %s", id, tape),
		"wiretape ls -t " + tape + " lists the exchanges with their numbers",
	}
}

// commitPause bounds how long a follower sleeps without looking at the tape.
const commitPause = 5 * time.Second
