package view

import (
	"strings"
	"time"
)

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

// paint is what a piece of text means; colours follow from it.
type paint uint8

const (
	plain    paint = iota
	faint          // scaffolding, and what matters less
	strong         // headings
	sent           // client → server
	received       // server → client
	bad            // errors and violations; always together with a mark
	key            // names of members and fields
	str            // strings
	number         // numbers, true, false, null
)

// sgr holds the parameters of each paint's escape sequence. The colours are of
// the 256 that terminals do not let themes change, and each has a contrast of
// at least 3.8 on white and on black.
func (p paint) sgr() string {
	switch p {
	case faint:
		return "38;5;243"
	case strong:
		return "1"
	case sent, key:
		return "38;5;32"
	case received:
		return "38;5;166"
	case bad:
		return "38;5;196"
	case str:
		return "38;5;28"
	case number:
		return "38;5;133"
	}
	return ""
}

// paint returns s, which must be printable, in the colour of p.
func (st *Style) paint(p paint, s string) string {
	if !st.Color || p == plain || s == "" {
		return s
	}
	return "\x1b[" + p.sgr() + "m" + s + "\x1b[0m"
}

func (st *Style) clip(s string, limit int) string { return clip(s, limit, st.ASCII) }

// units returns s, a size or a duration, in the characters the style allows.
func (st *Style) units(s string) string {
	if st.ASCII {
		return strings.ReplaceAll(s, "µ", "u")
	}
	return s
}

// arrow shows the direction without colour, too.
func (st *Style) arrow(send bool) string {
	switch {
	case send && st.ASCII:
		return ">"
	case send:
		return "↑"
	case st.ASCII:
		return "<"
	}
	return "↓"
}

// cross stands before all that is painted bad: colour alone tells nothing.
func (st *Style) cross() string {
	if st.ASCII {
		return "!"
	}
	return "✗"
}

func (st *Style) in(t time.Time) time.Time {
	if st.Zone == nil {
		return t.UTC()
	}
	return t.In(st.Zone)
}

// pad returns s with blanks to width columns, before it if right is set.
func pad(s string, width int, right bool) string {
	n := width - Width(s)
	switch {
	case n <= 0:
		return s
	case right:
		return strings.Repeat(" ", n) + s
	}
	return s + strings.Repeat(" ", n)
}
