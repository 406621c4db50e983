package replay

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Options says what is served and how. The zero value serves the whole tape at
// its recorded pace, at LevelMatch, and refuses what was not recorded.
type Options struct {
	Exchanges []capture.ExchangeID // nil: all of Session
	Session   capture.SessionID    // 0: all sessions

	Speed  Speed
	MaxGap time.Duration // longest wait between two things of one cause; 0: as recorded
	Timing Timing
	Jitter time.Duration // every message waits up to so much more, drawn from Seed

	Level       Level
	OnMiss      OnMiss
	Fallback    http.Handler // the real upstream for OnMiss other than MissFail
	OnReconnect OnReconnect
	OnExhausted OnExhausted
	RequireAll  bool // what was recorded and never came fails the run

	ShiftTime bool   // move recorded times by now − recorded
	Seed      uint64 // of everything drawn at random: minted ids, jitter, faults
	Faults    []Fault
	Plans     []*Overrides // corrections of the inferred plans

	// Log takes one record per miss, at once, and one per warning. nil is silent.
	Log *slog.Logger
}
