package redact

import "bytes"

// maxRunText is the longest secret that is put together, in bytes.
const maxRunText = 16 << 10

// maxSilence is how many texts may pass in which a run does not go on.
const maxSilence = 64

// join adds the leaves of the text held last to the runs of their places.
func (s *series) join(leaves []leaf) {
	s.count++
	number := len(s.held) - 1
	h := &s.held[number]
	for _, l := range leaves {
		text := h.p[l.start:l.end]
		if l.escaped {
			text, _ = unescape(text)
		}
		r := s.runs[l.path]
		switch {
		case r == nil && s.mayBegin(text) == len(text):
			continue // as nearly always
		case r == nil:
			if r = s.run(l.path); r == nil {
				continue
			}
		case len(r.parts) == 1 && bytes.Equal(r.text, text):
			r.forget(len(r.text)) // the same again and again is no text
		}
		r.seen = s.count
		r.parts = append(r.parts, part{number: number, leaf: l, from: len(r.text)})
		r.text = append(r.text, text...)
		if s.look(r, false); len(r.parts) == 0 {
			delete(s.runs, l.path)
		}
	}
	for path, r := range s.runs {
		if s.count-r.seen > maxSilence {
			s.look(r, true)
			delete(s.runs, path)
		}
	}
}

// run returns the run of a place, or nil where there are too many.
func (s *series) run(path uint64) *run {
	r := s.runs[path]
	if r == nil && len(s.runs) < maxRuns {
		if s.runs == nil {
			s.runs = map[uint64]*run{}
		}
		r = &run{}
		s.runs[path] = r
	}
	return r
}

// look finds the secrets in a run, and forgets of it what cannot be part of one.
// A token at the end may go on; with last it does not.
func (s *series) look(r *run, last bool) {
	f := &finder{r: s.r, place: s.place + " in pieces"}
	f.scan(r.text, 0, len(r.text))
	keep := len(r.text)
	for _, e := range f.edits {
		if e.end == len(r.text) && !last && len(r.text) < maxRunText && e.rule != "seen before" {
			keep = min(keep, e.start)
			continue
		}
		s.spread(r, e)
	}
	if !last && keep == len(r.text) {
		keep = s.mayBegin(r.text)
	}
	r.forget(keep)
}

// spread edits a secret out of all the texts it stands in.
func (s *series) spread(r *run, e edit) {
	first := true
	for i, p := range r.parts {
		end := len(r.text)
		if i+1 < len(r.parts) {
			end = r.parts[i+1].from
		}
		from, to := max(e.start, p.from)-p.from, min(e.end, end)-p.from
		if from >= to {
			continue
		}
		h := &s.held[p.number]
		if p.leaf.escaped {
			_, off := unescape(h.p[p.leaf.start:p.leaf.end])
			from, to = off[from], off[to]
		}
		piece := e
		piece.start, piece.end = p.leaf.start+from, p.leaf.start+to
		piece.silent = !first
		piece.sameLength = s.same || s.r.sameLength
		h.edits = append(h.edits, piece)
		first = false
	}
}

// mayBegin returns where in text something begins that may become a secret.
func (s *series) mayBegin(text []byte) int {
	known := s.r.book.begun(text)
	if !s.r.rules.defaults {
		return known
	}
	// Only what goes on to the end can be the beginning of a key.
	from := len(text)
	for from > 0 && len(text)-from < maxRunText && (tokenByte(text[from-1]) || text[from-1] == '.') {
		from--
	}
	for i := from; i < known; i++ {
		if (i == from || text[i-1] == '.') && begins(text[i:]) {
			return i
		}
	}
	return known
}

// begins reports whether tail, token characters and dots alone, is how a token
// or a key begins.
func begins(tail []byte) bool {
	if !leads(tail[0]) {
		return false
	}
	if tail[0] == 'e' && (len(tail) == 1 || tail[1] == 'y' || tail[1] == 'w') {
		header, _, dotted := bytes.Cut(tail, []byte("."))
		return !dotted && len(header) < 4096 || dotted && jwtHeader(header)
	}
	for i := range keyShapes {
		n := min(len(keyShapes[i].prefix), len(tail))
		if string(tail[:n]) == keyShapes[i].prefix[:n] && len(tail) < 1024 {
			return true
		}
	}
	return false
}

// forget drops the text before keep.
func (r *run) forget(keep int) {
	if keep >= len(r.text) {
		r.text, r.parts = r.text[:0], r.parts[:0]
		return
	}
	gone := 0
	for gone+1 < len(r.parts) && r.parts[gone+1].from <= keep {
		gone++
	}
	r.parts = r.parts[:copy(r.parts, r.parts[gone:])]
	// A part that is kept in part stays whole.
	cut := r.parts[0].from
	r.text = r.text[:copy(r.text, r.text[cut:])]
	for i := range r.parts {
		r.parts[i].from -= cut
	}
}
