package cli

import (
	"fmt"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
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
	payload, mediaType, ok, err := reading.Payload(s.now, s.message)
	if err != nil || ok {
		return payload, mediaType, err
	}
	if ex.Kind == capture.KindHTTP {
		none.hint = "of a plain exchange, 1 is the body of the request and 2 that of the response"
	}
	return nil, "", none
}
