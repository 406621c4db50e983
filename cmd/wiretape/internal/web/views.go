package web

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

const (
	// maxLines is the longest page of formatted lines.
	maxLines = 2000
	// viewPatience is how long an answer waits for lines that are being made.
	viewPatience = 250 * time.Millisecond
	// viewSoon is how long it waits before it shows the beginning by itself.
	viewSoon = 60 * time.Millisecond
)

// sheets are the formatted payloads that the page looks at. They may be used
// concurrently.
type sheets struct {
	mu   sync.Mutex
	kept map[sheetKey]*sheet
}

// find returns the sheet of a key. fresh tells that it has to be filled.
func (c *sheets) find(s *Server, key sheetKey) (x *sheet, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.kept[key]; x != nil {
		return x, false
	}
	if c.kept == nil {
		c.kept = map[sheetKey]*sheet{}
	}
	for len(c.kept) >= keptSheets {
		least := oldest(c.kept, (*sheet).lastUse)
		c.kept[least].close()
		delete(c.kept, least)
	}
	x = newSheet(s)
	c.kept[key] = x
	return x, true
}

// forget takes a sheet away that could not be filled.
func (c *sheets) forget(key sheetKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.kept[key]; x != nil {
		x.close()
		delete(c.kept, key)
	}
}

// forgetSoon takes a sheet away that shows nothing, once its lock is free: the
// row may still come.
func (c *sheets) forgetSoon(x *sheet) {
	x.stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.kept, func(_ sheetKey, other *sheet) bool { return other == x })
}

// close gives all files back.
func (c *sheets) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.kept {
		x.close()
	}
	c.kept = nil
}

func (x *sheet) lastUse() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.used
}

// viewJSON is a page of formatted lines.
type viewJSON struct {
	As    string      `json:"as"`
	Lines uint64      `json:"lines"` // so far, until done
	Line  uint64      `json:"line"`
	Text  []string    `json:"text"`
	Cut   []uint64    `json:"cut"`
	Done  bool        `json:"done"`
	Error *placeError `json:"error,omitempty"`
}

// placeError says what is wrong, and where; from 1, 0 where there is no place.
type placeError struct {
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

// view answers lines of a payload, as a person reads it.
func (s *Server) view(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	as, err := view.ParseAs(q.Get("as"))
	if q.Get("as") == "" {
		as, err = view.Auto, nil
	}
	if err != nil {
		return problem(http.StatusBadRequest, "there is no such format", q.Get("as"), "the formats are those of wiretape show --as")
	}
	line, _ := strconv.ParseUint(q.Get("line"), 10, 63)
	n, err := strconv.ParseUint(q.Get("n"), 10, 63)
	if err != nil {
		n = 200
	}
	n = min(n, maxLines)
	x, err := s.sheet(r, as)
	if err != nil {
		return err
	}
	out := viewJSON{Line: line}
	if !x.wait(r.Context(), line+n, viewSoon) && s.glance(r, &out, as, n) {
		return answer(w, &out)
	}
	x.wait(r.Context(), line+n, viewPatience)
	if out.Text, out.Cut, err = x.page(line, n, q.Get("wide") == "1"); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var none *Problem
	if errors.As(x.err, &none) {
		s.sheets.forgetSoon(x)
		return none
	}
	out.As, out.Lines, out.Done = x.as.String(), x.lines, x.done
	switch {
	case x.wrong != nil:
		out.Error = &placeError{x.wrong.Error(), x.spot[0], x.spot[1]}
	case x.err != nil:
		out.Error = &placeError{Message: x.err.Error()}
	}
	return answer(w, &out)
}

// sheet returns the sheet that a request is about, and begins to fill it where
// it is new.
func (s *Server) sheet(r *http.Request, as view.As) (*sheet, error) {
	id, level, err := subjectOf(r)
	if err != nil {
		return nil, err
	}
	key := sheetKey{id: id, level: level, part: r.PathValue("seq"), as: as}
	if key.part == "request" || key.part == "response" {
		ex, err := s.tape.Exchange(id)
		if err != nil {
			return nil, err
		}
		key.size = ex.Sent.Bytes + ex.Received.Bytes
	}
	x, fresh := s.sheets.find(s, key)
	if !fresh {
		return x, nil
	}
	reel, err := s.reel(id, level)
	if err == nil && !reel.has(key.part) {
		err = noRow(key.part)
	}
	if err != nil {
		s.sheets.forget(key)
		return nil, err
	}
	s.work.Go(func() {
		done, err := s.filling.take(x.ctx, reel.ex)
		if err != nil {
			x.fail(err)
			return
		}
		defer done()
		x.read(reel.until(x.ctx, s.options()), key.part, as)
	})
	return x, nil
}

// fail ends a sheet that shows nothing.
func (x *sheet) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err, x.done = err, true
	x.tell()
}

// read reads a part of an exchange and formats it.
func (x *sheet) read(r *reel, name string, as view.As) {
	p, err := r.part(name)
	if err != nil {
		x.fail(err)
		return
	}
	data, mediaType := p.bytes(r.ex)
	if as == view.Auto {
		as = view.Detect(data, mediaType)
	}
	x.mu.Lock()
	x.as = as
	x.mu.Unlock()
	x.fill(data, as, mediaType)
}

const (
	// glanceLimit is how much of a body is formatted to show its first lines, in
	// bytes, and glanceDoubt how many lines at its end may be other in the whole.
	glanceLimit = 512 << 10
	glanceDoubt = 64
)

// glance fills in lines at the beginning of a long body that is still being
// read, and reports whether there are as many as were asked for.
func (s *Server) glance(r *http.Request, out *viewJSON, as view.As, n uint64) bool {
	dir := capture.Receive
	switch r.PathValue("seq") {
	case "request":
		dir = capture.Send
	case "response":
	default:
		return false
	}
	id, err := exchangeOf(r)
	if err != nil {
		return false
	}
	reel, err := s.reel(id, messages)
	if err != nil {
		return false
	}
	data := reading.Beginning(reel.script, dir, glanceLimit)
	mediaType := capture.Get(reading.Header(reel.ex, dir), "Content-Type")
	if as == view.Auto {
		as = view.Detect(data, mediaType)
	}
	x := newSheet(s)
	defer x.close()
	x.fill(data, as, mediaType)
	if x.lines < out.Line+n+glanceDoubt {
		return false
	}
	out.As, out.Lines = as.String(), x.lines-glanceDoubt
	out.Text, out.Cut, err = x.page(out.Line, n, false)
	return err == nil
}
