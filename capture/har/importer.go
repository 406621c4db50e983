package har

import (
	"bufio"
	"cmp"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/wiretape/wiretape/capture"
)

// importer reads one log.
type importer struct {
	ImportOptions
	*scanner
	*Report
	tape  capture.Writer
	left  *budget
	entry int // the entry at hand; -1 outside of the entries

	ours     bool // log._wiretape was there
	creator  string
	browser  string
	comment  string
	sessions map[string]*sessionOf // by their number in the archive; "" for an archive of others
	order    []string
	one      harEntry  // used again for each entry
	before   time.Time // when the entry before began
}

// sessionOf is a session of the archive, and what it is on the tape.
type sessionOf struct {
	capture.Session
	begun bool
	last  time.Time
}

func newImporter(r io.Reader, tape capture.Writer, o *ImportOptions) *importer {
	im := &importer{Report: &Report{}, tape: tape, entry: -1, sessions: map[string]*sessionOf{}}
	if o != nil {
		im.ImportOptions = *o
	}
	if im.MaxBytes <= 0 {
		im.MaxBytes = defaultMaxBytes
	}
	im.left = &budget{left: im.MaxBytes, max: im.MaxBytes}
	im.scanner = newScanner(&limited{r: r, budget: im.left, progress: im.Progress})
	im.repeat = func(name string) {
		im.defect(name, "is there twice; the last one counts")
	}
	return im
}

// budget is what may still be read, of the archive and its files together.
type budget struct{ left, max int64 }

// limited is a reader that ends with an error when the budget is used up.
type limited struct {
	r        io.Reader
	budget   *budget
	progress func(int64)
	read     int64
	told     int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.budget.left <= 0 {
		return 0, fmt.Errorf("more than %d bytes, which is the limit", l.budget.max)
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.budget.left)])
	l.budget.left -= int64(n)
	l.read += int64(n)
	if l.progress != nil && l.read-l.told >= 1<<20 {
		l.told = l.read
		l.progress(l.read)
	}
	return n, err
}

// unpacked undoes the compression of .har.gz and .zhar files.
func unpacked(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, _ := b.Peek(2) // a file that short is no archive, which the scanner says
	switch {
	case len(head) < 2:
	case head[0] == 0x1f && head[1] == 0x8b:
		return gzip.NewReader(b)
	case head[0] == 0x78 && (int(head[0])<<8|int(head[1]))%31 == 0:
		return zlib.NewReader(b)
	}
	return b, nil
}

// maxDefects is how many defects a report lists.
const maxDefects = 1000

// defect notes that something in the entry at hand breaks a rule.
func (im *importer) defect(where, what string, args ...any) {
	if len(args) > 0 {
		what = fmt.Sprintf(what, args...)
	}
	if len(im.Defects) >= maxDefects {
		im.Unlisted++
		return
	}
	im.Defects = append(im.Defects, Defect{Entry: im.entry, Where: where, What: what})
}

// run reads the archive to its end, or to where it stops making sense.
func (im *importer) run() (*Report, error) {
	err := im.archive()
	im.entry = -1
	im.Tool = im.creator
	if im.Tool == "" {
		im.Tool = im.browser
	}
	if ferr := im.finish(); err == nil {
		err = ferr
	}
	im.one.free()
	if err != nil {
		return im.Report, fmt.Errorf("import: %w", err)
	}
	return im.Report, nil
}

func (im *importer) archive() error {
	if err := im.mark(); err != nil {
		return err
	}
	if c, err := im.peek(); err != nil {
		return err
	} else if c != '{' {
		return im.fail(fmt.Sprintf("%q where an archive begins with {", c))
	}
	found := false
	err := im.object(func(name string) error {
		if name != "log" {
			return im.skip()
		}
		found = true
		return im.log()
	})
	if err == nil && !found {
		return errors.New(`there is no member "log": this is JSON, but no HTTP Archive`)
	}
	return err
}

func (im *importer) log() error {
	entries := false
	ok, err := im.members("log", func(name string) (err error) {
		switch name {
		case "version":
			var version string
			if err = im.string("log.version", &version); version != "1.2" && version != "1.1" && err == nil {
				im.defect("log.version", "is %q, not 1.2", version)
			}
		case "creator":
			err = im.tool("log.creator", &im.creator)
		case "browser":
			err = im.tool("log.browser", &im.browser)
		case "comment":
			err = im.string("log.comment", &im.comment)
		case "_wiretape":
			err = im.ownLog()
		case "entries":
			entries = true
			err = im.entries()
		default:
			err = im.skip()
		}
		return err
	})
	if err == nil && ok && !entries {
		im.defect("log.entries", "is missing")
	}
	return err
}

// tool reads a creator or a browser.
func (im *importer) tool(where string, into *string) error {
	var name, version string
	if c, err := im.peek(); err == nil && c == '"' {
		im.defect(where, "is a string, not an object")
		return im.string(where, into)
	}
	_, err := im.members(where, func(member string) error {
		switch member {
		case "name":
			return im.string(where+".name", &name)
		case "version":
			return im.string(where+".version", &version)
		}
		return im.skip()
	})
	*into = name
	if name != "" && version != "" {
		*into += " " + version
	}
	return err
}

func (im *importer) entries() error {
	ok, err := im.elements("log.entries", func(i int) error {
		im.entry = i
		defer func() { im.entry = -1 }()
		return im.readEntry(i)
	})
	if err == nil && !ok {
		im.defect("log.entries", "is no list")
	}
	return err
}

// session returns the session that an entry belongs to, begun.
func (im *importer) session(number string, started time.Time) (*sessionOf, error) {
	if !im.ours {
		number = ""
	}
	s := im.sessions[number]
	if s == nil {
		s = &sessionOf{Session: capture.Session{Started: started, Creator: cmp.Or(im.creator, im.browser), Note: im.comment}}
		im.sessions[number] = s
		im.order = append(im.order, number)
	}
	if s.begun {
		return s, nil
	}
	if im.Label != "" {
		s.Label = im.Label
	}
	s.ID = 0
	ended := s.Ended
	s.Ended = time.Time{}
	if err := im.tape.Begin(&s.Session); err != nil {
		return nil, fmt.Errorf("begin a session: %w", err)
	}
	s.Ended = ended
	s.begun = true
	im.Sessions = append(im.Sessions, s.ID)
	return s, nil
}

// finish ends the sessions.
func (im *importer) finish() error {
	var first error
	for _, number := range im.order {
		s := im.sessions[number]
		if !s.begun {
			continue
		}
		ended := s.Ended
		if ended.IsZero() && !im.ours {
			ended = s.last
		}
		if err := im.tape.Finish(s.ID, ended); err != nil && first == nil {
			first = fmt.Errorf("finish session %d: %w", s.ID, err)
		}
	}
	return first
}

// ownLog reads log._wiretape.
func (im *importer) ownLog() error {
	version := int64(0)
	var list []sessionOf
	var numbers []string
	_, err := im.members("log._wiretape", func(name string) error {
		switch name {
		case "v":
			return im.integer("log._wiretape.v", &version)
		case "sessions":
			_, err := im.elements("log._wiretape.sessions", func(int) error {
				s, number := sessionOf{}, ""
				err := im.ownSession(&s, &number)
				list, numbers = append(list, s), append(numbers, number)
				return err
			})
			return err
		}
		return im.skip()
	})
	if err != nil {
		return err
	}
	if version != formatVersion {
		im.defect("log._wiretape.v", "is %d; this program reads %d: only what every HAR has is read", version, formatVersion)
		return nil
	}
	im.ours = true
	for i := range list {
		if im.sessions[numbers[i]] == nil {
			im.order = append(im.order, numbers[i])
		}
		im.sessions[numbers[i]] = &list[i]
	}
	return nil
}

func (im *importer) ownSession(s *sessionOf, number *string) error {
	const where = "log._wiretape.sessions"
	_, err := im.members(where, func(name string) error {
		var ns int64
		switch name {
		case "id":
			return im.string(where, number)
		case "label":
			return im.exact(where, &s.Label)
		case "creator":
			return im.exact(where, &s.Creator)
		case "note":
			return im.exact(where, &s.Note)
		case "tags":
			return im.tags(where, &s.Tags)
		case "startNs":
			err := im.integer(where, &ns)
			s.Started = time.Unix(0, ns).UTC()
			return err
		case "endNs":
			err := im.integer(where, &ns)
			s.Ended = time.Unix(0, ns).UTC()
			return err
		}
		return im.skip()
	})
	return err
}
