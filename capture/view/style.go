package view

import "time"

// Style says what the reader's terminal can show. The zero value is plain
// text, as wide as it needs to be.
type Style struct {
	Color    bool           // 256 colours by escape sequences
	Width    int            // columns; 0: no limit (a file or a pipe)
	ASCII    bool           // no arrows, ellipses and rules outside ASCII; payloads keep their characters
	Absolute bool           // wall clock in timelines, not the time since the exchange's start
	Started  time.Time      // where the exchange began, for Absolute in a timeline
	Zone     *time.Location // of wall clock times; nil: UTC
}
