package stats

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture/view"
)

// WriteTable prints the figures for people: of one exchange line by line, of
// several one line each.
func WriteTable(w io.Writer, list []*Stats) error {
	if len(list) == 1 {
		return list[0].write(w)
	}
	rows := [][]string{{"ID", "KIND", "FIRST BYTE", "EVENT", "TOKEN", "GAP P50", "P95", "MAX", "EVENTS", "RECEIVED", "RATIO", "RATE"}}
	for _, s := range list {
		rows = append(rows, []string{
			fmt.Sprint(s.Exchange), s.Kind, when(s.FirstByte), when(s.FirstEvent), when(s.FirstToken),
			s.Gaps.show(s.Gaps.P50), s.Gaps.show(s.Gaps.P95), s.Gaps.show(s.Gaps.Max),
			fmt.Sprint(s.Received.Messages), view.Size(s.Received.Wire), ratio(s.Received), s.rate(),
		})
	}
	return columns(w, rows)
}

// columns prints rows with their cells one below the other.
func columns(w io.Writer, rows [][]string) error {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], view.Width(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", width[i]-view.Width(cell)+2))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// write prints one exchange.
func (s *Stats) write(w io.Writer) error {
	name := s.Kind
	if s.Format != "" {
		name = s.Format
	}
	if s.Model != "" {
		name += ", " + view.Sanitize(s.Model)
	}
	rows := [][]string{
		{"exchange", fmt.Sprint(s.Exchange)},
		{"", view.Sanitize(s.URL)},
		{"", fmt.Sprintf("%s, %s, %s", name, s.State, view.Duration(s.Duration))},
		{"first byte", when(s.FirstByte)},
	}
	if s.FirstEvent != nil {
		rows = append(rows, []string{"first event", when(s.FirstEvent)})
	}
	if s.FirstToken != nil {
		rows = append(rows, []string{"first token", s.firstToken()}, []string{"last token", when(s.LastToken)},
			[]string{"output", s.output()})
	}
	rows = append(rows, []string{"gaps", s.Gaps.line()})
	if s.Pings.Count > 0 {
		rows = append(rows, []string{"ping to pong", s.Pings.line()})
	}
	rows = append(rows, []string{"sent", s.Sent.line()}, []string{"received", s.Received.line()})
	if err := columns(w, rows); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, strings.TrimRight(s.Sparkline(60), " ")); err != nil || len(s.Operations) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return operationTable(w, s.Operations, "")
}

// WriteTable prints the operations and the reconnections for people.
func (s *Summary) WriteTable(w io.Writer) error {
	if list := s.Operations(); len(list) > 0 {
		if err := operationTable(w, list, "KIND"); err != nil {
			return err
		}
	}
	list := s.Reconnections()
	if len(list) == 0 {
		return nil
	}
	rows := [][]string{{"RECONNECTED", "KIND", "TIMES", "OF", "RESUMED", "AWAY P50", "P95", "MAX"}}
	for _, r := range list {
		rows = append(rows, []string{
			view.Sanitize(r.Endpoint), r.Kind, fmt.Sprint(r.Count), fmt.Sprint(r.Connections), fmt.Sprint(r.Resumed),
			view.Duration(r.Away.P50), view.Duration(r.Away.P95), view.Duration(r.Away.Max),
		})
	}
	fmt.Fprintln(w)
	return columns(w, rows)
}

// operationTable prints operations, with their kinds where these have a head.
func operationTable(w io.Writer, list []*Operation, kind string) error {
	rows := [][]string{{"OPERATION", "KIND", "COUNT", "P50", "P95", "P99", "MAX", "ERRORS", "UNANSWERED"}}
	for _, x := range list {
		rows = append(rows, []string{
			view.Sanitize(x.Name), x.Kind, fmt.Sprint(x.Count), x.Latency.show(x.Latency.P50), x.Latency.show(x.Latency.P95),
			x.Latency.show(x.Latency.P99), x.Latency.show(x.Latency.Max), fmt.Sprint(x.Errors), fmt.Sprint(x.Unanswered),
		})
	}
	if kind == "" {
		for i := range rows {
			rows[i] = append(rows[i][:1], rows[i][2:]...)
		}
	}
	return columns(w, rows)
}

// firstToken says when the first token came, and when the first ones of
// reasoning and of text did.
func (s *Stats) firstToken() string {
	line := when(s.FirstToken)
	if s.FirstReasoning != nil {
		line += ", reasoning " + when(s.FirstReasoning)
	}
	if s.FirstText != nil && s.FirstReasoning != nil {
		line += ", text " + when(s.FirstText)
	}
	return line
}

// output says how much a language model said, and how fast.
func (s *Stats) output() string {
	line := fmt.Sprintf("%d characters", s.Chars.Count)
	if s.Tokens.Output != "" {
		line += fmt.Sprintf(", %s tokens", s.Tokens.Output)
	}
	if r := s.rate(); r != none {
		line += ", " + r
	}
	return line
}

// none stands where there is no figure.
const none = "-"

// rate returns tokens a second, or characters where tokens are not known.
func (s *Stats) rate() string {
	switch {
	case s.Tokens.PerSecond > 0:
		return fmt.Sprintf("%.1f tokens/s", s.Tokens.PerSecond)
	case s.Chars.PerSecond > 0:
		return fmt.Sprintf("%.0f characters/s", s.Chars.PerSecond)
	}
	return none
}

// when returns a time, if it came.
func when(d *time.Duration) string {
	if d == nil {
		return none
	}
	return view.Duration(*d)
}

// show returns one of the figures of s, if there are any.
func (s Spread) show(d time.Duration) string {
	if s.Count == 0 {
		return none
	}
	return view.Duration(d)
}

// line returns the figures on one line.
func (s Spread) line() string {
	if s.Count == 0 {
		return none
	}
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, max %s (%d)",
		view.Duration(s.P50), view.Duration(s.P95), view.Duration(s.P99), view.Duration(s.Max), s.Count)
}

// line returns the volume on one line.
func (v Volume) line() string {
	line := view.Size(v.Wire)
	if v.Messages > 0 {
		line = fmt.Sprintf("%d messages, %s", v.Messages, line)
	}
	if v.Decoded != v.Wire && v.Wire > 0 {
		line += fmt.Sprintf(" on the wire, %s decoded, %s", view.Size(v.Decoded), ratio(v))
	}
	return line
}

// ratio returns how many times smaller compression made what passed.
func ratio(v Volume) string {
	if v.Wire == 0 {
		return none
	}
	return fmt.Sprintf("%.2f×", v.Ratio)
}

// levels are the bars of a sparkline, the lowest first.
var levels = []rune("▁▂▃▄▅▆▇█")

// Sparkline returns what was received over time, in as many characters as width
// says, 120 at the most. A part in which nothing came is a space.
func (s *Stats) Sparkline(width int) string {
	width = max(1, min(width, bins))
	parts := make([]int, width)
	for i, n := range s.Bins.Received {
		parts[i*width/len(s.Bins.Received)] += n
	}
	most := 0
	for _, n := range parts {
		most = max(most, n)
	}
	line := make([]rune, width)
	for i, n := range parts {
		line[i] = ' '
		if n > 0 {
			line[i] = levels[(n*len(levels)-1)/most]
		}
	}
	return string(line)
}
