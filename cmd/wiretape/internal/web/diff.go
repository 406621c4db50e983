package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/diff"
)

// maxDiffRows is how many rows of a comparison are answered; the rest is only
// counted.
const maxDiffRows = 20_000

func (s *Server) registerDiff() {
	s.handle("GET /diff", s.diff)
}

// diffJSON is a comparison.
type diffJSON struct {
	Equal bool           `json:"equal"`
	Count map[string]int `json:"count"` // by status
	Cut   bool           `json:"cut"`   // Items are not all
	Items []*diff.Row    `json:"items"`
}

// diff compares two exchanges, or with sessions=1 two sessions, as wiretape diff
// does.
func (s *Server) diff(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	o := &diff.Options{Merge: q.Get("merge") != ""}
	if ignore := q.Get("ignore"); ignore != "" {
		o.Ignore = strings.Split(ignore, ",")
	}
	var err error
	if level := q.Get("level"); level != "" {
		if o.Level, err = replay.ParseLevel(level); err != nil {
			return badRequest("there is no such level", err)
		}
	}
	var sides [2]uint64
	for n, name := range [...]string{"a", "b"} {
		if sides[n], err = strconv.ParseUint(q.Get(name), 10, 63); err != nil || sides[n] == 0 {
			return problem(http.StatusBadRequest, "two numbers are wanted", name+"="+q.Get(name), "as in ?a=12&b=15")
		}
	}
	out := &diffJSON{Count: map[string]int{}, Items: []*diff.Row{}}
	for status := diff.Equal; status <= diff.OnlyB; status++ {
		out.Count[status.String()] = 0
	}
	emit := func(row *diff.Row) error {
		out.Count[row.Status.String()]++
		if out.Cut = len(out.Items) >= maxDiffRows; !out.Cut {
			copied := *row
			out.Items = append(out.Items, &copied)
		}
		return r.Context().Err()
	}
	sum, err := s.compare(sides, q.Get("sessions") != "", o, emit)
	var wrong *diff.OptionError
	if errors.As(err, &wrong) {
		return badRequest("it cannot be compared so", err)
	}
	if err != nil {
		return err
	}
	out.Equal = !sum.Different()
	return answer(w, out)
}

// compare runs a comparison of exchanges, or of sessions.
func (s *Server) compare(sides [2]uint64, sessions bool, o *diff.Options, emit func(*diff.Row) error) (*diff.Summary, error) {
	if sessions {
		a, err := s.spoken(capture.SessionID(sides[0]))
		if err != nil {
			return nil, err
		}
		b, err := s.spoken(capture.SessionID(sides[1]))
		if err != nil {
			return nil, err
		}
		return diff.Sessions(a, b, o, emit)
	}
	var scripts [2]*transcript.Transcript
	for n, id := range sides {
		ex, err := s.tape.Exchange(capture.ExchangeID(id))
		if err != nil {
			return nil, err
		}
		scripts[n] = transcript.Of(s.tape, ex, s.options())
	}
	return diff.Exchanges(scripts[0], scripts[1], o, emit)
}

// spoken returns what was said in a session.
func (s *Server) spoken(id capture.SessionID) ([]*transcript.Transcript, error) {
	var list []*transcript.Transcript
	for ex, err := range s.tape.Exchanges(0, false) {
		if err != nil {
			return nil, err
		}
		if ex.Session == id {
			list = append(list, transcript.Of(s.tape, ex, s.options()))
		}
	}
	if list == nil {
		return nil, problem(http.StatusNotFound, "there is nothing in this session", strconv.FormatUint(uint64(id), 10), "GET /sessions lists the sessions")
	}
	return list, nil
}
