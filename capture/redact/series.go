package redact

import "slices"

// series is a run of texts in one direction: the events of a stream, the
// messages of a socket, or one body. A secret that comes in pieces, a few
// characters in each text, is put together by the place where they stand; while
// one may be on its way, texts are held back, at most maxHeld of them and
// maxHeldBytes.
type series struct {
	r      *Redactor
	place  string
	tally  *tally
	out    sink
	same   bool // placeholders as long as what they replace
	resume bool // JSON goes on where the text before stopped

	nesting nesting
	held    []heldText
	bytes   int
	runs    map[uint64]*run
	count   int // texts with leaves so far
}

// heldText is a text that is not let go yet.
type heldText struct {
	p     []byte
	edits []edit
	done  func(p []byte, edits []edit) // in place of the series' output
}

// maxHeld and maxHeldBytes bound what is held back for a secret in pieces.
const (
	maxHeld      = 1024
	maxHeldBytes = 4 << 20
)

// leaf is a string value, or a whole text, in which nothing was found.
type leaf struct {
	path       uint64
	start, end int
	escaped    bool
}

// maxLeaf is the longest string that is looked at as a piece of a secret.
const maxLeaf = 4096

// maxRuns bounds in how many places pieces are put together at a time.
const maxRuns = 1024

// run is the end of the text that came in one place, piece by piece: as much of
// it as may be the beginning of a secret.
type run struct {
	text  []byte
	parts []part
	seen  int // when it went on
}

// part is where a piece of a run's text stands.
type part struct {
	number int // of the text among those held
	leaf   leaf
	from   int // in run.text
}

// push takes the next text and lets go what is decided.
func (s *series) push(p []byte, form form) { s.pushTo(p, form, s.same, nil) }

// pushTo is push with done in place of the series' own output. p and the edits
// given to done are valid during the call.
func (s *series) pushTo(p []byte, form form, same bool, done func(p []byte, edits []edit)) {
	var leaves []leaf
	f := &finder{r: s.r, place: s.place, sameLength: same || s.r.sameLength}
	if form == formMessage || form == formEvents {
		f.leaves = &leaves
	}
	if s.resume {
		f.resume = &s.nesting
	}
	edits := f.find(p, form)
	if len(s.held) == 0 && len(leaves) == 0 {
		s.release(&heldText{p: p, edits: edits, done: done})
		return
	}
	s.held = append(s.held, heldText{p: p, edits: edits, done: done})
	s.bytes += len(p)
	s.join(leaves)
	s.letGo()
	if n := len(s.held); n > 0 {
		s.held[n-1].p = slices.Clone(p) // p is the caller's
	}
}

// find returns the edits for a text of a form.
func (f *finder) find(p []byte, form form) []edit {
	switch form {
	case formJSON:
		f.json(p)
	case formQuery:
		f.form(p, 0, len(p), "form")
	case formParts:
		f.multipart(p)
	case formEvents:
		f.event(p)
	case formMessage:
		f.message(p)
	default:
		f.text(p)
	}
	return f.edits
}

// release settles a text and passes it on.
func (s *series) release(h *heldText) {
	edits := h.edits
	if len(edits) > 0 {
		edits = s.r.settle(edits, h.p, s.tally)
	}
	if h.done != nil {
		h.done(h.p, edits)
		return
	}
	emit(h.p, edits, s.out)
}

// emit passes p on with its edits made.
func emit(p []byte, edits []edit, out sink) {
	at := 0
	for _, e := range edits {
		if e.start > at {
			out(e.start-at, p[at:e.start])
		}
		out(e.end-e.start, []byte(e.text))
		at = e.end
	}
	if at < len(p) {
		out(len(p)-at, p[at:])
	}
}

// flush lets everything go.
func (s *series) flush() {
	for _, r := range s.runs {
		s.look(r, true)
	}
	s.runs = nil
	s.letGo()
}

// letGo releases the texts that no run waits for.
func (s *series) letGo() {
	if len(s.held) > maxHeld || s.bytes > maxHeldBytes {
		for _, r := range s.runs {
			s.look(r, true)
		}
		s.runs = nil
	}
	first := len(s.held)
	for _, r := range s.runs {
		if len(r.parts) > 0 {
			first = min(first, r.parts[0].number)
		}
	}
	for i := range first {
		s.bytes -= len(s.held[i].p)
		s.release(&s.held[i])
	}
	s.held = slices.Delete(s.held, 0, first)
	for _, r := range s.runs {
		for i := range r.parts {
			r.parts[i].number -= first
		}
	}
}
