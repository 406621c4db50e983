package view

import (
	"io"
	"time"

	"github.com/wiretape/wiretape/capture"
)

func AppendExchange(dst []byte, ex *capture.Exchange) []byte { return dst }

type Bodies struct{ Request, Response *Body }
type Body struct {
	Wire, Len int64
	Data      []byte
	Err       string
}

func AppendExchangeWhole(dst []byte, ex *capture.Exchange, b Bodies) []byte { return dst }
func AppendMessage(dst []byte, m *capture.Message) []byte                   { return dst }
func AppendFrame(dst []byte, f *capture.Frame) []byte                       { return dst }
func AppendEvent(dst []byte, e *capture.Event) []byte                       { return dst }
func AppendRecord(dst []byte, e *capture.Event) []byte                      { return dst }
func AppendSession(dst []byte, s *capture.Session) []byte                   { return dst }

type ExchangeTable struct{}

func Exchanges(w io.Writer, st Style) *ExchangeTable { return &ExchangeTable{} }

func (t *ExchangeTable) Row(ex *capture.Exchange) error { return nil }
func (t *ExchangeTable) Flush() error                   { return nil }
func (t *ExchangeTable) Close() error                   { return nil }

type TimelineTable struct{}

func Timeline(w io.Writer, st Style) *TimelineTable { return &TimelineTable{} }

func (t *TimelineTable) Message(m *capture.Message) error { return nil }
func (t *TimelineTable) Frame(f *capture.Frame) error     { return nil }
func (t *TimelineTable) Event(e *capture.Event) error     { return nil }
func (t *TimelineTable) Record(e *capture.Event) error    { return nil }
func (t *TimelineTable) Chunk(c *capture.Chunk) error     { return nil }

// Gap: a piece of type PieceGap.
func (t *TimelineTable) Gap(p *capture.Piece) error { return nil }

// End: closing line, how the exchange ended.
func (t *TimelineTable) End(ex *capture.Exchange) error { return nil }

func Head(w io.Writer, ex *capture.Exchange, st Style) error { return nil }

// Ending returns in words how the exchange ended, "open" while it has not.
func Ending(ex *capture.Exchange) string { return "" }

// CloseName returns the name of a close code, "" for one without.
func CloseName(code int) string { return "" }

func Preview(p []byte, width int) string { return "" }
func Sanitize(s string) string           { return s }

func Format(w io.Writer, p []byte, as As, mediaType string, st Style) error { return nil }
func Detect(p []byte, mediaType string) As                                  { return Text }
func Hexdump(w io.Writer, p []byte, offset int64) error                     { return nil }
func Size(n uint64) string                                                  { return "" }
func Duration(d time.Duration) string                                       { return "" }
func Width(s string) int                                                    { return len(s) }
