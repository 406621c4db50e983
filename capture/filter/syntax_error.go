package filter

import (
	"fmt"
	"strings"

	"github.com/wiretape/wiretape/capture/view"
)

// SyntaxError is an expression that cannot be read.
type SyntaxError struct {
	Pos  int    // the byte of Expr at which reading failed
	Expr string // the expression
	Want string // what is wrong there, or what should stand there
	hint string
}

// Error returns three lines: what is wrong, the expression, and a caret under
// the character at which it is wrong.
func (e *SyntaxError) Error() string {
	pos := min(max(e.Pos, 0), len(e.Expr))
	before := view.Sanitize(e.Expr[:pos])
	return fmt.Sprintf("filter: %s\n  %s%s\n  %s^",
		e.Want, before, view.Sanitize(e.Expr[pos:]), strings.Repeat(" ", view.Width(before)))
}

// Hint returns what a person can do about it.
func (e *SyntaxError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	return `a filter looks like: host:api.example.com status>=400 and "text in a message"`
}
