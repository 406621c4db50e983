package cli

import (
	"fmt"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// join makes one Reader of several. Exchanges and sessions of the second and
// later ones are numbered on from those before.
func join(readers []capture.Reader) capture.Reader {
	if len(readers) == 1 {
		return readers[0]
	}
	j := &joined{}
	var exchanges capture.ExchangeID
	var sessions capture.SessionID
	for _, r := range readers {
		j.parts = append(j.parts, part{r, exchanges, sessions})
		for ex := range r.Exchanges(0, true) {
			if ex != nil {
				exchanges = max(exchanges, j.parts[len(j.parts)-1].exchanges+ex.ID)
			}
		}
		if all, err := r.Sessions(); err == nil && len(all) > 0 {
			sessions += all[len(all)-1].ID
		}
	}
	return j
}

// joined implements capture.Reader over several tapes that do not grow.
type joined struct{ parts []part }

// part is one tape and by how much its numbers are moved.
type part struct {
	capture.Reader
	exchanges capture.ExchangeID
	sessions  capture.SessionID
}

// of finds the part that holds an exchange.
func (j *joined) of(id capture.ExchangeID) part {
	for i := len(j.parts) - 1; i > 0; i-- {
		if id > j.parts[i].exchanges {
			return j.parts[i]
		}
	}
	return j.parts[0]
}

func (p part) renumber(ex *capture.Exchange) *capture.Exchange {
	ex.ID += p.exchanges
	ex.Session += p.sessions
	return ex
}

func (j *joined) Sessions() ([]capture.Session, error) {
	var all []capture.Session
	for _, p := range j.parts {
		sessions, err := p.Reader.Sessions()
		if err != nil {
			return nil, err
		}
		for _, s := range sessions {
			s.ID += p.sessions
			all = append(all, s)
		}
	}
	return all, nil
}

func (j *joined) Exchange(id capture.ExchangeID) (*capture.Exchange, error) {
	p := j.of(id)
	ex, err := p.Reader.Exchange(id - p.exchanges)
	if err != nil {
		return nil, fmt.Errorf("exchange %d: %w", id, err)
	}
	return p.renumber(ex), nil
}

func (j *joined) Exchanges(after capture.ExchangeID, brief bool) iter.Seq2[*capture.Exchange, error] {
	return func(yield func(*capture.Exchange, error) bool) {
		for _, p := range j.parts {
			from := capture.ExchangeID(0)
			if after > p.exchanges {
				from = after - p.exchanges
			}
			for ex, err := range p.Reader.Exchanges(from, brief) {
				if ex != nil {
					p.renumber(ex)
				}
				if !yield(ex, err) {
					return
				}
			}
		}
	}
}

func (j *joined) Marks(id capture.ExchangeID) ([]capture.Mark, error) {
	p := j.of(id)
	return p.Reader.Marks(id - p.exchanges)
}

func (j *joined) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	p := j.of(id)
	return p.Reader.Pieces(id-p.exchanges, from)
}
