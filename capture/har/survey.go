package har

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
)

// survey is what must be known of an exchange before its entry is written.
type survey struct {
	chunks [2]uint64 // pieces of body
	wire   [2]int64  // bytes: of bodies in their coding, of frames with their heads
	lost   [2]uint64 // bytes that were not recorded
	gaps   bool
	// violations are the rules that frames break, by the frame's number.
	violations map[uint64]string
}

// maxViolations bounds how many broken rules an entry tells of. All come back
// when it is imported, since they are found anew.
const maxViolations = 10000

// take walks through the exchange once.
func (s *survey) take(tape capture.Reader, ex *capture.Exchange) error {
	for p, err := range tape.Pieces(ex.ID, capture.Mark{Clean: true}) {
		if err != nil {
			return err
		}
		switch p.Type {
		case capture.PieceChunk:
			s.chunks[p.Dir]++
		case capture.PieceFrame:
			s.wire[p.Dir] += int64(p.Frame.Size)
		case capture.PieceGap:
			s.gaps = true
			s.lost[p.Dir] += p.Lost
		}
		s.wire[p.Dir] += int64(len(p.Data))
	}
	return nil
}

// frames numbers the frames of a socket for the links, and collects the rules
// they break.
func (s *survey) frames(script *transcript.Transcript, l *[2]links) error {
	for f, err := range script.LoneFrames(0) {
		if err != nil {
			return err
		}
		s.violate(f.Seq, f.Violation)
		if err := l[f.Dir].frame(f.Seq); err != nil {
			return err
		}
	}
	return nil
}

func (s *survey) violate(frame uint64, rule string) {
	if rule == "" || len(s.violations) >= maxViolations {
		return
	}
	if s.violations == nil {
		s.violations = map[uint64]string{}
	}
	if s.violations[frame] == "" {
		s.violations[frame] = rule
	}
}
