package web

import (
	"net/http"
	"strconv"

	"github.com/wiretape/wiretape/capture/filter"
)

func (s *Server) registerSearches() {
	s.handle("POST /exchanges/{id}/searches", s.beginSearch)
	s.handle("GET /searches/{s}", s.searchProgress)
	s.handle("GET /searches/{s}/hits", s.searchHits)
	s.handle("DELETE /searches/{s}", s.endSearch)
}

// beginSearch begins to look for rows, by a filter or by a text in them.
func (s *Server) beginSearch(w http.ResponseWriter, r *http.Request) error {
	id, err := exchangeOf(r)
	if err != nil {
		return err
	}
	var q struct {
		Filter, Text, Level string
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	level, err := parseLevel(q.Level)
	if err != nil {
		return err
	}
	if q.Text != "" {
		q.Filter = "text:" + filterString(q.Text)
	}
	if q.Filter == "" {
		return problem(http.StatusBadRequest, "there is nothing to look for", "", `give a "filter" or a "text"`)
	}
	f, err := filter.Parse(q.Filter)
	if err != nil {
		return err
	}
	if _, err := s.tape.Exchange(id); err != nil {
		return err
	}
	name, x := s.selections.search(s, selectionKey{id: id, level: level, filter: q.Filter}, f)
	x.extend()
	return answer(w, map[string]string{"search": name})
}

// filterString quotes a text as the filter language does.
func filterString(s string) string {
	out := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < 0x20:
			out = append(out, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			out = append(out, c)
		}
	}
	return string(append(out, '"'))
}

func noSearch(name string) *Problem {
	return problem(http.StatusNotFound, "there is no such search, or it made way for newer ones", name, "begin it again")
}

// searchProgress tells how far a search is.
func (s *Server) searchProgress(w http.ResponseWriter, r *http.Request) error {
	x := s.selections.find(r.PathValue("s"))
	if x == nil {
		return noSearch(r.PathValue("s"))
	}
	p := x.catchUp(r.Context(), firstHits, patience)
	if p.err != nil {
		return p.err
	}
	reel, err := s.reel(x.key.id, x.key.level)
	if err != nil {
		return err
	}
	total, err := s.totals.rows(reel)
	if err != nil {
		return err
	}
	first := p.first
	if first == nil {
		first = []uint64{}
	}
	return answer(w, map[string]any{
		"matched": p.matched, "scanned": p.scanned, "total": max(total, p.scanned), "done": !p.running, "first": first,
	})
}

// searchHits answers the numbers of hits.
func (s *Server) searchHits(w http.ResponseWriter, r *http.Request) error {
	x := s.selections.find(r.PathValue("s"))
	if x == nil {
		return noSearch(r.PathValue("s"))
	}
	at, _ := strconv.ParseUint(r.FormValue("at"), 10, 63)
	n, err := strconv.ParseUint(r.FormValue("n"), 10, 63)
	if err != nil {
		n = rowsDefault
	}
	p := x.catchUp(r.Context(), at+n, patience)
	if p.err != nil {
		return p.err
	}
	rows, err := x.seqs(r.Context(), at, min(n, maxRows))
	if err != nil {
		return err
	}
	if rows == nil {
		rows = []uint64{}
	}
	return answer(w, map[string]any{"rows": rows})
}

// endSearch ends a search and forgets what it found.
func (s *Server) endSearch(w http.ResponseWriter, r *http.Request) error {
	if !s.selections.drop(r.PathValue("s")) {
		return noSearch(r.PathValue("s"))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
