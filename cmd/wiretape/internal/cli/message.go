package cli

import (
	"fmt"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// one writes one message, event or record in full, formatted by what it is.
func (s *showing) one(ex *capture.Exchange) error {
	payload, mediaType, err := s.find(ex)
	if err != nil {
		return err
	}
	as, err := view.ParseAs(s.as)
	if err != nil {
		return &misuse{err.Error(), "see wiretape show --help"}
	}
	if s.hex {
		as = view.Hex
	}
	return view.Format(s.out, payload, as, mediaType, s.style)
}

// find returns the payload of the row that was asked for, and what its type is
// said to be.
func (s *showing) find(ex *capture.Exchange) (payload []byte, mediaType string, err error) {
	none := &hinted{
		fmt.Errorf("exchange %d has no row %d", ex.ID, s.message),
		fmt.Sprintf("wiretape show %d lists the rows with their numbers", ex.ID),
	}
	switch ex.Kind {
	case capture.KindWebSocket:
		for m, err := range s.now.Messages(s.message) {
			if err != nil {
				return nil, "", err
			}
			if m.Seq == s.message {
				return m.Data, "", nil
			}
			break
		}
	case capture.KindSSE, capture.KindNDJSON:
		for e, err := range s.now.Events(s.message) {
			if err != nil {
				return nil, "", err
			}
			if e.Seq == s.message {
				return []byte(e.Data), "", nil
			}
			break
		}
	case capture.KindHTTP:
		dir, header := capture.Send, ex.Request.Header
		if s.message == 2 {
			dir, header = capture.Receive, responseHeader(ex)
		}
		if b := readBody(s.now, dir); b != nil && s.message <= 2 {
			return b.Data, capture.Get(header, "Content-Type"), nil
		}
		none.hint = "of a plain exchange, 1 is the body of the request and 2 that of the response"
	}
	return nil, "", none
}
