package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// sheetKey is what a sheet shows, and as what.
type sheetKey struct {
	id    capture.ExchangeID
	level level
	part  string
	as    view.As
	size  uint64 // of the body, which may grow
}

// sheet is a payload formatted into lines, made in the background while its
// beginning is read. Long ones lie in a file. It may be used concurrently.
type sheet struct {
	ctx  context.Context
	stop context.CancelFunc

	mu    sync.Mutex
	moved chan struct{} // closed when there is more
	used  time.Time
	as    view.As
	begun []byte   // all of it, while it is short
	file  *os.File // else
	size  int64
	index []int64 // where every indexStep-th line begins
	lines uint64  // that have ended
	done  bool
	wrong *view.Malformed
	spot  [2]int // line and column of what is wrong
	err   error
}

const (
	// keptSheets is how many there are; the one not used for longest makes way.
	keptSheets = 8
	// sheetMemory is how much of a sheet is held in memory before it goes into a
	// file, and sheetLimit how long it may get, in bytes.
	sheetMemory = 1 << 20
	sheetLimit  = 1 << 30
	// indexStep is how many lines lie between two entries of the index.
	indexStep = 256
	// maxLine is how many characters of a line are shown.
	maxLine = 2000
	// wideLine is the same where one line is asked for in full, in bytes.
	wideLine = 1 << 20
)

var errSheetTooLong = errors.New("what it is shown as is too long")

func newSheet(s *Server) *sheet {
	x := &sheet{moved: make(chan struct{}), used: time.Now(), index: []int64{0}}
	x.ctx, x.stop = context.WithCancel(s.ctx)
	return x
}

// fill formats a payload. It is the sheet's only writer.
func (x *sheet) fill(data []byte, as view.As, mediaType string) {
	err := view.Format(x, data, as, mediaType, view.Style{})
	x.mu.Lock()
	defer x.mu.Unlock()
	if !errors.As(err, &x.wrong) {
		x.err = err
	} else {
		x.spot = spotOf(data, x.wrong.Offset)
	}
	if x.size > x.lastBreak() { // the last line has no end
		x.lines++
	}
	x.done = true
	x.tell()
}

// lastBreak returns where the last line that has ended ends; the caller holds
// the lock. Only whether it is the end of all matters.
func (x *sheet) lastBreak() int64 {
	if x.size == 0 {
		return 0
	}
	var last [1]byte
	if _, err := x.readAt(last[:], x.size-1); err == nil && last[0] == '\n' {
		return x.size
	}
	return x.size - 1
}

// spotOf returns the line and the column of a byte, from 1.
func spotOf(data []byte, offset int64) [2]int {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte{'\n'})
	return [2]int{line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])}
}

// Write implements io.Writer.
func (x *sheet) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.ctx.Err(); err != nil {
		return 0, err
	}
	if x.size+int64(len(p)) > sheetLimit {
		return 0, errSheetTooLong
	}
	if err := x.put(p); err != nil {
		return 0, err
	}
	for i, c := range p {
		if c != '\n' {
			continue
		}
		if x.lines++; x.lines%indexStep == 0 {
			x.index = append(x.index, x.size+int64(i)+1)
		}
	}
	x.size += int64(len(p))
	x.tell()
	return len(p), nil
}

// put adds to the memory, or to the file when that is full.
func (x *sheet) put(p []byte) error {
	if x.file == nil && len(x.begun)+len(p) <= sheetMemory {
		x.begun = append(x.begun, p...)
		return nil
	}
	if x.file == nil {
		f, err := temporary("wiretape-view-")
		if err != nil {
			return err
		}
		x.file = f
		if _, err := f.Write(x.begun); err != nil {
			return err
		}
		x.begun = nil
	}
	_, err := x.file.Write(p)
	return err
}

func (x *sheet) tell() {
	close(x.moved)
	x.moved = make(chan struct{})
}

// close ends the formatting and gives the file back.
func (x *sheet) close() {
	x.stop()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.file != nil {
		discard(x.file)
	}
}

// wait waits until so many lines are there, or all, at most for a while. It
// reports whether they are.
func (x *sheet) wait(ctx context.Context, lines uint64, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		x.mu.Lock()
		enough, moved := x.done || x.lines >= lines, x.moved
		x.used = time.Now()
		x.mu.Unlock()
		if enough {
			return true
		}
		select {
		case <-moved:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// readAt reads what is there; the caller holds the lock.
func (x *sheet) readAt(p []byte, at int64) (int, error) {
	if x.file != nil {
		return x.file.ReadAt(p, at)
	}
	return bytes.NewReader(x.begun).ReadAt(p, at)
}

// ReadAt implements io.ReaderAt.
func (x *sheet) ReadAt(p []byte, at int64) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.readAt(p, at)
}

// page returns n lines from line at on, from 0, and which of them are cut. wide
// shows more of each.
func (x *sheet) page(at, n uint64, wide bool) (text []string, cut []uint64, err error) {
	x.mu.Lock()
	lines, size, step := x.lines, x.size, at/indexStep
	if at >= lines {
		x.mu.Unlock()
		return []string{}, []uint64{}, nil
	}
	from := x.index[step]
	x.mu.Unlock()
	r := newLineReader(io.NewSectionReader(x, from, size-from), wide)
	for range at % indexStep {
		if _, _, err := r.next(); err != nil {
			return nil, nil, err
		}
	}
	text, cut = []string{}, []uint64{}
	for line := at; line < min(at+n, lines); line++ {
		s, short, err := r.next()
		if err != nil {
			return nil, nil, err
		}
		text = append(text, s)
		if short {
			cut = append(cut, line)
		}
	}
	return text, cut, nil
}

// lineReader reads lines of any length and keeps the beginning of each.
type lineReader struct {
	r     io.Reader
	buf   []byte
	rest  []byte
	limit int
}

func newLineReader(r io.Reader, wide bool) *lineReader {
	l := &lineReader{r: r, buf: make([]byte, 64<<10), limit: maxLine * utf8.UTFMax}
	if wide {
		l.limit = wideLine
	}
	return l
}

// next returns the next line without its end, and whether it is cut.
func (l *lineReader) next() (string, bool, error) {
	var line []byte
	cut := false
	for {
		i := bytes.IndexByte(l.rest, '\n')
		run := l.rest
		if i >= 0 {
			run = l.rest[:i]
		}
		if room := l.limit - len(line); len(run) > room {
			run, cut = run[:max(room, 0)], true
		}
		line = append(line, run...)
		if i >= 0 {
			l.rest = l.rest[i+1:]
			break
		}
		n, err := l.r.Read(l.buf)
		l.rest = l.buf[:n]
		if n == 0 && err != nil {
			break
		}
	}
	s := strings.ToValidUTF8(string(line), "\ufffd")
	if l.limit == wideLine || utf8.RuneCountInString(s) <= maxLine {
		return s, cut, nil
	}
	end := 0
	for range maxLine {
		_, n := utf8.DecodeRuneInString(s[end:])
		end += n
	}
	return s[:end], true, nil
}
