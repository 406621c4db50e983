package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

const (
	// maxLines is the longest page of formatted lines.
	maxLines = 2000
	// viewPatience is how long an answer waits for lines that are being made.
	viewPatience = 250 * time.Millisecond
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
		var oldest sheetKey
		var found *sheet
		for k, x := range c.kept {
			if found == nil || x.lastUse().Before(found.lastUse()) {
				oldest, found = k, x
			}
		}
		found.close()
		delete(c.kept, oldest)
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
	x.wait(r.Context(), line+n, viewPatience)
	out := viewJSON{Line: line}
	if out.Text, out.Cut, err = x.page(line, n, q.Get("wide") == "1"); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
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
	id, err := exchangeOf(r)
	if err != nil {
		return nil, err
	}
	level, err := parseLevel(r.FormValue("level"))
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
	reel, p, err := s.part(r)
	if err != nil {
		s.sheets.forget(key)
		return nil, err
	}
	s.begin(x, reel.ex, p, as)
	return x, nil
}

// begin fills a sheet with a part of an exchange, in the background.
func (s *Server) begin(x *sheet, ex *capture.Exchange, p *part, as view.As) {
	data, mediaType := p.bytes(ex)
	if as == view.Auto {
		as = view.Detect(data, mediaType)
	}
	x.mu.Lock()
	x.as = as
	x.mu.Unlock()
	s.work.Go(func() { x.fill(data, as, mediaType) })
}
