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
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// exportLines writes the JSON lines of show for one exchange after the other.
func (a *app) exportLines(w io.Writer, tape capture.Reader, o *har.ExportOptions) error {
	everything, err := filter.Parse("")
	if err != nil {
		return err
	}
	ids, err := chosen(tape, o)
	if err != nil {
		return err
	}
	if tape, err = withoutSecrets(tape, ids, o); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	for _, id := range ids {
		ex, err := tape.Exchange(id)
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

// withoutSecrets returns the tape with the secrets taken out, where that is
// wanted. What is exported is read once before, so that a secret that is given
// away by its place somewhere is known everywhere.
func withoutSecrets(tape capture.Reader, ids []capture.ExchangeID, o *har.ExportOptions) (capture.Reader, error) {
	if o.Redactor == nil {
		return tape, nil
	}
	clean := o.Redactor.Tape(tape)
	return clean, clean.Learn(slices.Values(ids))
}

// exportCommands writes, for one exchange after the other, the command line
// that makes the same request again. What cannot be one is said.
func (a *app) exportCommands(w io.Writer, tape capture.Reader, o *har.ExportOptions) error {
	ids, err := chosen(tape, o)
	if err != nil {
		return err
	}
	if tape, err = withoutSecrets(tape, ids, o); err != nil {
		return err
	}
	for _, id := range ids {
		ex, err := tape.Exchange(id)
		if err != nil {
			return err
		}
		var body []byte
		if b := reading.Body(a.transcript(tape, ex), capture.Send); b != nil && ex.Kind != capture.KindWebSocket {
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

// chosen returns the numbers of the exchanges that are to be exported. It is
// given the tape as it is: filters see what is taken out later, and nothing is
// read of those that are left out.
func chosen(tape capture.Reader, o *har.ExportOptions) (ids []capture.ExchangeID, err error) {
	for ex, err := range narrowed(tape, o, o.Keep == nil) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, ex.ID)
	}
	return ids, nil
}

// selected yields the exchanges that are to be exported.
func selected(tape capture.Reader, o *har.ExportOptions) iter.Seq2[*capture.Exchange, error] {
	return narrowed(tape, o, false)
}

func narrowed(tape capture.Reader, o *har.ExportOptions, brief bool) iter.Seq2[*capture.Exchange, error] {
	return func(yield func(*capture.Exchange, error) bool) {
		for ex, err := range tape.Exchanges(0, brief) {
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
