package web

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	// neighbourhood is how many exchanges around one are looked at for the
	// connection before and after it.
	neighbourhood = 2000
	// reconnectWithin is how long after the end of a connection a new one to the
	// same place is taken for its successor.
	reconnectWithin = 2 * time.Minute
)

// neighbours returns the connections that a client had to the same place right
// before this one and right after it; 0 for none. Only sockets and event
// streams are connected again.
func (s *Server) neighbours(ex *capture.Exchange) (before, after capture.ExchangeID, err error) {
	if !reconnects(ex) {
		return 0, 0, nil
	}
	from := capture.ExchangeID(0)
	if ex.ID > neighbourhood {
		from = ex.ID - neighbourhood
	}
	for other, err := range s.tape.Exchanges(from, true) {
		if err != nil {
			return 0, 0, err
		}
		switch {
		case other.ID > ex.ID+neighbourhood:
			return before, after, nil
		case other.ID == ex.ID || other.Session != ex.Session || other.Kind != ex.Kind || place(other) != place(ex):
		case other.ID < ex.ID && follows(ex, other):
			before = other.ID
		case other.ID > ex.ID && follows(other, ex):
			return before, other.ID, nil
		}
	}
	return before, after, nil
}

// reconnects reports whether clients connect again after such an exchange. A
// stream that was asked for with POST is an answer: another is another question.
func reconnects(ex *capture.Exchange) bool {
	return ex.Kind == capture.KindWebSocket || ex.Kind == capture.KindSSE && ex.Request.Method == "GET"
}

// follows reports whether one exchange began soon after another had ended.
func follows(next, ended *capture.Exchange) bool {
	if ended.End == nil {
		return false
	}
	wait := next.At - (ended.At + ended.End.At)
	return wait >= 0 && wait < reconnectWithin
}

// place is where a connection goes: its URL without the query, in which tokens
// change.
func place(ex *capture.Exchange) string {
	url, _, _ := strings.Cut(ex.Request.URL, "?")
	return url
}
