// Package filter is the filter language of ls, show and export.
package filter

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Filter is a compiled expression. A nil *Filter lets everything pass.
type Filter struct{}

// SyntaxError is an expression that cannot be read.
type SyntaxError struct {
	Pos  int
	Expr string
	Want string
}

func (e *SyntaxError) Error() string { return e.Want }
func (e *SyntaxError) Hint() string  { return "" }

func Parse(expr string) (*Filter, error)                 { return &Filter{}, nil }
func (f *Filter) String() string                         { return "" }
func (f *Filter) Exchange(ex *capture.Exchange) bool     { return true }
func (f *Filter) Row(ex *capture.Exchange, row Row) bool { return true }
func (f *Filter) NeedsRows() bool                        { return false }
func (f *Filter) NeedsHead() bool                        { return false }

// Row is a message, frame, event, record or body.
type Row struct{}

func Message(m *capture.Message) Row                                { return Row{} }
func Frame(f *capture.Frame) Row                                    { return Row{} }
func Event(e *capture.Event) Row                                    { return Row{} }
func Record(e *capture.Event) Row                                   { return Row{} }
func Body(dir capture.Direction, at time.Duration, data []byte) Row { return Row{} }
