package cli

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/curl"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/view"
)

// exportLines writes the JSON lines of show for one exchange after the other.
func (a *app) exportLines(w io.Writer, tape capture.Reader, o *har.ExportOptions) error {
	if o.Redactor != nil {
		tape = o.Redactor.Tape(tape)
	}
	everything, err := filter.Parse("")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	for ex, err := range selected(tape, o) {
		if err != nil {
			return err
		}
		s := &showing{
			showFlags: &showFlags{json: true, from: 1}, keep: everything, out: out,
			style: view.Style{}, transcript: a.transcript(tape, ex), now: a.transcript(tape, ex),
		}
		if err := s.run(); err != nil {
			return err
		}
	}
	return out.Flush()
}

// exportCommands writes, for one exchange after the other, the command line
// that makes the same request again. What cannot be one is said.
func (a *app) exportCommands(w io.Writer, tape capture.Reader, o *har.ExportOptions) error {
	if o.Redactor != nil {
		tape = o.Redactor.Tape(tape)
	}
	for ex, err := range selected(tape, o) {
		if err != nil {
			return err
		}
		var body []byte
		if b := readBody(a.transcript(tape, ex), capture.Send); b != nil && ex.Kind != capture.KindWebSocket {
			body = b.Data
		}
		line, err := curl.Command(ex, body)
		if err != nil {
			a.say("left out: %s", view.Sanitize(err.Error()))
			continue
		}
		if _, err := fmt.Fprintf(w, "# exchange %d\n%s\n", ex.ID, line); err != nil {
			return err
		}
	}
	return nil
}

// selected yields the exchanges that are to be exported.
func selected(tape capture.Reader, o *har.ExportOptions) iter.Seq2[*capture.Exchange, error] {
	return func(yield func(*capture.Exchange, error) bool) {
		for ex, err := range tape.Exchanges(0, false) {
			if err == nil && (o.Session != 0 && ex.Session != o.Session ||
				len(o.Exchanges) > 0 && !slices.Contains(o.Exchanges, ex.ID) ||
				o.Keep != nil && !o.Keep(ex)) {
				continue
			}
			if !yield(ex, err) {
				return
			}
		}
	}
}
