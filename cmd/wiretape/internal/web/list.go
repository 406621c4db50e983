package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// maxList is the longest page of exchanges.
const maxList = 500

func (s *Server) registerList() {
	s.handle("GET /sessions", s.sessions)
	s.handle("GET /exchanges", s.exchanges)
}

// sessions answers the sessions of the tape with what they hold.
func (s *Server) sessions(w http.ResponseWriter, r *http.Request) error {
	info, err := s.tape.Info()
	if err != nil {
		return err
	}
	items := make([]json.RawMessage, len(info.Sessions))
	for i := range info.Sessions {
		items[i] = reading.AppendSession(nil, &info.Sessions[i])
	}
	return answer(w, map[string]any{"items": items})
}

// exchanges answers a page of the list.
func (s *Server) exchanges(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f, err := filter.Parse(q.Get("filter"))
	if err != nil {
		return err
	}
	numbers := map[string]int{"session": 0, "at": 0, "n": 100, "after": -1}
	for name := range numbers {
		if text := q.Get(name); text != "" {
			if numbers[name], err = strconv.Atoi(text); err != nil {
				return problem(http.StatusBadRequest, name+" is a number", text, "")
			}
		}
	}
	x := s.listings.find(s, listingKey{capture.SessionID(numbers["session"]), f.String()}, f)
	head := s.tape.Head()
	done, err := x.catchUp(r.Context(), patience)
	if err != nil {
		return err
	}
	at, n := numbers["at"], min(max(numbers["n"], 0), maxList)
	if after := numbers["after"]; after >= 0 {
		at = x.behind(capture.ExchangeID(after))
	} else if at < 0 {
		_, total := x.page(0, 0)
		at = max(total+at, 0)
	}
	ids, total := x.page(at, n)
	items, err := s.listed(ids)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"total": total, "at": at, "head": head, "done": done, "items": items})
}

// leadIn is how many exchanges before a page are looked at for the connections
// that those of the page follow.
const leadIn = 200

// dense is how many exchanges may lie between those of a page for it to be read
// in one go.
const dense = 4

// listed returns the exchanges with the given numbers as ls prints them.
func (s *Server) listed(ids []capture.ExchangeID) ([]json.RawMessage, error) {
	items := make([]json.RawMessage, 0, len(ids))
	if len(ids) == 0 {
		return items, nil
	}
	if span := ids[len(ids)-1] - ids[0]; span > capture.ExchangeID(dense*len(ids)) {
		for _, id := range ids {
			ex, err := s.tape.Exchange(id)
			if errors.Is(err, capture.ErrNotFound) { // it was pruned
				continue
			}
			if err != nil {
				return nil, err
			}
			items = append(items, listItem(ex, 0))
		}
		return items, nil
	}
	lead := min(ids[0]-1, leadIn)
	ended := map[string]*capture.Exchange{} // the last connection to each place
	for ex, err := range s.tape.Exchanges(ids[0]-1-lead, true) {
		if err != nil {
			return nil, err
		}
		before := capture.ExchangeID(0)
		if reconnects(ex) {
			key := fmt.Sprint(ex.Session, ex.Kind, place(ex))
			if last := ended[key]; last != nil && follows(ex, last) {
				before = last.ID
			}
			if ex.End != nil {
				ended[key] = ex
			}
		}
		if ex.ID < ids[0] {
			continue
		}
		for ids[0] < ex.ID && len(ids) > 1 { // it was pruned
			ids = ids[1:]
		}
		if ex.ID == ids[0] {
			items = append(items, listItem(ex, before))
			ids = ids[1:]
		}
		if len(ids) == 0 || ex.ID > ids[len(ids)-1] {
			break
		}
	}
	return items, nil
}

// listItem is the object of ls with the time to the first byte of the response,
// and the connection that it follows, if that is known.
func listItem(ex *capture.Exchange, before capture.ExchangeID) json.RawMessage {
	line := view.AppendExchange(nil, ex)
	if before > 0 {
		line = append(line[:len(line)-1], `,"predecessor":`...)
		line = append(strconv.AppendUint(line, uint64(before), 10), '}')
	}
	if ex.Response == nil {
		return line
	}
	line = append(line[:len(line)-1], `,"ttft_ns":`...)
	return append(strconv.AppendInt(line, int64(ex.Response.At), 10), '}')
}
