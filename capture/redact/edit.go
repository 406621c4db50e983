package redact

import (
	"bytes"
	"slices"
	"strings"
)

// edit replaces a run of a text. A finder notes what is secret; settle gives
// the placeholder.
type edit struct {
	start, end int
	secret     string // decoded: the same in a query, a header and JSON
	rule       string
	place      string
	quoted     bool   // a JSON number becomes a string
	sameLength bool   // the placeholder is as long as what it replaces
	silent     bool   // not counted: the rest of a secret that began before
	text       string // the placeholder, once settled
}

// finder looks at one text and notes edits.
type finder struct {
	r          *Redactor
	place      string
	sameLength bool
	depth      int // of JSON inside strings of JSON
	edits      []edit
	leaves     *[]leaf  // where the strings of JSON are wanted, for secrets split over events
	hints      hints    // of the whole text
	resume     *nesting // of the part before, where p is a part of a long JSON text
}

// placeholderMark is how every placeholder begins. What begins so is no secret.
const placeholderMark = "REDACTED"

// add notes that p[start:end] is secret.
func (f *finder) add(p []byte, start, end int, rule, place string) {
	f.addAs(start, end, string(p[start:end]), rule, place)
}

// addAs notes that the run from start to end spells secret.
func (f *finder) addAs(start, end int, secret, rule, place string) {
	if start >= end || secret == "" || strings.HasPrefix(secret, placeholderMark) {
		return
	}
	f.edits = append(f.edits, edit{
		start: start, end: end, secret: secret, rule: rule, place: place, sameLength: f.sameLength,
	})
}

// settle puts edits in order, resolves those that overlap, gives them their
// placeholders and counts them.
func (r *Redactor) settle(edits []edit, p []byte, t *tally) []edit {
	slices.SortStableFunc(edits, func(a, b edit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	out := edits[:0]
	for _, e := range edits {
		if n := len(out); n > 0 && e.start < out[n-1].end {
			if last := &out[n-1]; e.end > last.end {
				last.end = e.end
				last.secret = string(p[last.start:last.end])
			}
			continue
		}
		out = append(out, e)
	}
	for i := range out {
		e := &out[i]
		if e.silent {
			e.text = ""
			if e.sameLength {
				e.text = strings.Repeat("x", e.end-e.start)
			}
			continue
		}
		width := 0
		if e.sameLength {
			width = e.end - e.start
		}
		e.text = r.book.placeholder(e.secret, width)
		if e.quoted && width == 0 {
			e.text = `"` + e.text + `"`
		}
		t.add(e.rule, e.place, e.secret)
	}
	return out
}

// within returns the edits of an inner text, whose byte i stands at off[i] of
// the outer one; len(off) is one more than the inner text's length. A nil off
// says that the inner text stands at base as it is.
func (f *finder) within(inner *finder, base int, off []int) {
	for _, e := range inner.edits {
		if off != nil {
			e.start, e.end = off[e.start], off[e.end]
		}
		e.start += base
		e.end += base
		f.edits = append(f.edits, e)
	}
}

// trim returns start and end without the spaces at both ends of p[start:end].
func trim(p []byte, start, end int) (int, int) {
	for start < end && (p[start] == ' ' || p[start] == '\t') {
		start++
	}
	for start < end && (p[end-1] == ' ' || p[end-1] == '\t') {
		end--
	}
	return start, end
}

// cutAt returns where sep stands in p[start:end], or end.
func cutAt(p []byte, start, end int, sep byte) int {
	if i := bytes.IndexByte(p[start:end], sep); i >= 0 {
		return start + i
	}
	return end
}
