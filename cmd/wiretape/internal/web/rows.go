package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

const (
	// maxRows is the longest page of rows, and rowsDefault how long it is where
	// nothing is said.
	maxRows     = 1000
	rowsDefault = 200
	// patience is how long an answer waits for a list that is still being made.
	patience = 120 * time.Millisecond
	// worthWaiting is how many rows may be left to look at for that to help.
	worthWaiting = 100_000
)

func (s *Server) registerRows() {
	s.handle("GET /exchanges/{id}/rows", s.rows)
}

// rowsQuery is what a page of rows is asked by.
type rowsQuery struct {
	level  level
	at     uint64 // the row's place in the list, from 0
	n      uint64
	seq    uint64        // instead of at: begin at this row
	time   time.Duration // or at the first one complete then
	by     string        // which of the three: "at", "from" or "t"
	search string
	filter *filter.Filter
	fold   bool
}

func readRowsQuery(q url.Values) (*rowsQuery, error) {
	out := &rowsQuery{n: rowsDefault, by: "at", search: q.Get("search"), fold: q.Get("fold") == "1"}
	var err error
	if out.level, err = parseLevel(q.Get("level")); err != nil {
		return nil, err
	}
	for _, p := range [...]struct {
		name string
		to   *uint64
	}{{"at", &out.at}, {"n", &out.n}, {"from", &out.seq}, {"t", (*uint64)(nil)}} {
		text := q.Get(p.name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return nil, problem(http.StatusBadRequest, p.name+" is a number", text, "")
		}
		switch p.name {
		case "t":
			out.by, out.time = "t", time.Duration(n)
		case "from":
			out.by = "from"
			fallthrough
		default:
			*p.to = n
		}
	}
	out.n = min(out.n, maxRows)
	if expr := q.Get("filter"); expr != "" {
		if out.filter, err = filter.Parse(expr); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rowsPage is the answer to a question for rows.
type rowsPage struct {
	Total uint64 `json:"total"`
	At    uint64 `json:"at"`
	State string `json:"state"`
	// Final tells that the page will never be another.
	Final bool `json:"final"`
	// Done tells that the list is complete as far as the tape goes; total is
	// what is known so far where it is not.
	Done    bool       `json:"done"`
	Scanned uint64     `json:"scanned,omitempty"`
	Rows    []*rowJSON `json:"rows"`
}

// rows answers a page of rows.
func (s *Server) rows(w http.ResponseWriter, r *http.Request) error {
	q, err := readRowsQuery(r.URL.Query())
	if err != nil {
		return err
	}
	id, err := exchangeOf(r)
	if err != nil {
		return err
	}
	reel, err := s.reel(id, q.level)
	if err != nil {
		return err
	}
	page, err := s.page(r.Context(), reel, q)
	if err != nil {
		return err
	}
	return answer(w, page)
}

// page makes a page of rows.
func (s *Server) page(ctx context.Context, reel *reel, q *rowsQuery) (page *rowsPage, err error) {
	done, err := s.reading.take(ctx, reel.ex)
	if err != nil {
		return nil, err
	}
	defer done()
	page = &rowsPage{State: "done", Rows: []*rowJSON{}}
	if growing(reel.ex) {
		page.State = "open"
	}
	switch {
	case q.search != "":
		err = s.searchRows(ctx, reel, q, page)
	case q.filter != nil || q.fold && q.level != chunks:
		err = s.listedRows(ctx, reel, q, page)
	default:
		err = s.plainRows(ctx, reel, q, page)
	}
	page.Final = page.Done && (page.State == "done" || uint64(len(page.Rows)) == q.n && q.n > 0)
	return page, err
}

// plainRows fills a page of all rows.
func (s *Server) plainRows(ctx context.Context, r *reel, q *rowsQuery, page *rowsPage) error {
	total, err := s.totals.rows(r)
	if err != nil {
		return err
	}
	if q.at, err = q.placeIn(r, total); err != nil {
		return err
	}
	page.Total, page.At, page.Done = total, q.at, true
	b := s.builder(r, false)
	if page.Rows, err = b.run(ctx, q.at+1, q.n, 0); err != nil {
		return err
	}
	// What could be read knows best how many there are.
	if end := q.at + uint64(len(page.Rows)); uint64(len(page.Rows)) < q.n && len(page.Rows) > 0 || end > total {
		page.Total = end
	}
	return nil
}

// placeIn returns the place at which a page of all rows begins.
func (q *rowsQuery) placeIn(r *reel, total uint64) (uint64, error) {
	switch q.by {
	case "from":
		return max(q.seq, 1) - 1, nil
	case "t":
		seq, err := r.at(q.time, total)
		return max(seq, 1) - 1, err
	}
	return q.at, nil
}

// searchRows fills a page with hits of a search.
func (s *Server) searchRows(ctx context.Context, r *reel, q *rowsQuery, page *rowsPage) error {
	x := s.selections.find(q.search)
	if x == nil || x.key.id != r.ex.ID {
		return noSearch(q.search)
	}
	p := x.catchUp(ctx, q.at+q.n, patience)
	if p.err != nil {
		return p.err
	}
	return s.hitRows(ctx, r.on(x.key.level), x, q, p, page)
}

// hitRows fills a page with the hits of a selection.
func (s *Server) hitRows(ctx context.Context, r *reel, x *selection, q *rowsQuery, p progress, page *rowsPage) error {
	page.Total, page.Scanned, page.Done = p.matched, p.scanned, !p.running
	switch q.by {
	case "t":
		total, err := s.totals.rows(r)
		if err == nil {
			q.seq, err = r.at(q.time, total)
		}
		if err != nil {
			return err
		}
		fallthrough
	case "from":
		at, err := x.place(ctx, q.seq)
		if err != nil {
			return err
		}
		q.at = at
	}
	page.At = q.at
	seqs, err := x.seqs(ctx, q.at, q.n)
	if err != nil {
		return err
	}
	page.Rows, err = s.builder(r, false).pick(ctx, seqs)
	return err
}

// listedRows fills a page with the rows that pass a filter, or with all where
// heartbeats are folded.
func (s *Server) listedRows(ctx context.Context, r *reel, q *rowsQuery, page *rowsPage) error {
	key := selectionKey{id: r.ex.ID, level: q.level, filter: q.filter.String(), fold: q.fold}
	x := s.selections.list(s, key, q.filter, q.filter == nil && s.o.Mode == ModeRecord && growing(r.ex))
	if q.filter != nil {
		p := x.catchUp(ctx, q.at+q.n, patience)
		if p.err != nil {
			return p.err
		}
		return s.hitRows(ctx, r, x, q, p, page)
	}
	total, err := s.totals.rows(r)
	if err != nil {
		return err
	}
	wait := patience
	if p, _ := x.progress(); total > p.scanned+worthWaiting {
		wait = 0
	}
	p := x.catchUp(ctx, 0, wait)
	if p.err != nil {
		return p.err
	}
	return s.foldedRows(ctx, r, x, q, p, total, page)
}

// foldedRows fills a page of rows with heartbeats folded. Rows that the
// selection has not looked at yet stand behind those it has, as they are, so
// that every row can be jumped to at once; as it goes on, the list gets shorter.
func (s *Server) foldedRows(ctx context.Context, r *reel, x *selection, q *rowsQuery, p progress, total uint64, page *rowsPage) error {
	var err error
	total = max(total, p.scanned)
	page.Total, page.Scanned, page.Done = p.matched+total-p.scanned, p.scanned, !p.running
	if q.by == "t" {
		if q.seq, err = r.at(q.time, total); err != nil {
			return err
		}
	}
	switch {
	case q.by != "at" && q.seq > p.scanned:
		q.at = p.matched + q.seq - p.scanned - 1
	case q.by != "at":
		if q.at, err = x.place(ctx, q.seq); err != nil {
			return err
		}
	}
	page.At = q.at
	begin := p.scanned + q.at - p.matched + 1
	if q.at < p.matched {
		first, err := x.seqs(ctx, q.at, 1)
		if err != nil || len(first) == 0 {
			return err
		}
		begin = first[0]
	}
	page.Rows, err = s.builder(r, true).run(ctx, begin, q.n, p.scanned)
	return err
}

// exchangeOf returns the number of the exchange a request is about.
func exchangeOf(r *http.Request) (capture.ExchangeID, error) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || n == 0 {
		return 0, problem(http.StatusNotFound, "that is not the number of an exchange", r.PathValue("id"), "/exchanges lists them")
	}
	return capture.ExchangeID(n), nil
}
