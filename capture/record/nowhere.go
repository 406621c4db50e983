package record

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Nowhere returns a Recorder that keeps nothing, for traffic that is let
// through without being recorded.
func Nowhere() capture.Recorder { return nowhere{capture.NewClock()} }

type nowhere struct{ clock capture.Clock }

func (n nowhere) Now() time.Duration                { return n.clock.Now() }
func (n nowhere) Begin(capture.Opening) capture.Tap { return deafTap{} }
