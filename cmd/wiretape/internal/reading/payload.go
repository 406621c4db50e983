package reading

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
)

// Payload returns what row seq of an exchange holds, and what its type is said
// to be; ok is false where there is no such row. The rows of a plain exchange
// are 1, the body of the request, and 2, that of the response.
func Payload(t *transcript.Transcript, seq uint64) (payload []byte, mediaType string, ok bool, err error) {
	ex := t.Exchange()
	switch ex.Kind {
	case capture.KindWebSocket:
		for m, err := range t.Messages(seq) {
			if err != nil {
				return nil, "", false, err
			}
			return m.Data, "", m.Seq == seq, nil
		}
	case capture.KindSSE, capture.KindNDJSON:
		for e, err := range t.Events(seq) {
			if err != nil {
				return nil, "", false, err
			}
			return []byte(e.Data), "", e.Seq == seq, nil
		}
	case capture.KindHTTP:
		dir := capture.Send
		if seq == 2 {
			dir = capture.Receive
		}
		if b := Body(t, dir); b != nil && seq <= 2 {
			return b.Data, capture.Get(Header(ex, dir), "Content-Type"), true, nil
		}
	}
	return nil, "", false, nil
}

// Header returns the header of the request, or of the response, nil where none
// came.
func Header(ex *capture.Exchange, dir capture.Direction) []capture.Field {
	switch {
	case dir == capture.Send:
		return ex.Request.Header
	case ex.Response == nil:
		return nil
	}
	return ex.Response.Header
}
