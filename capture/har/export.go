package har

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/redact"
)

// ExportOptions selects what is written and how. The zero value writes every
// exchange of the tape and keeps everything in it.
type ExportOptions struct {
	Session   capture.SessionID            // 0: all sessions
	Exchanges []capture.ExchangeID         // nil: all
	Keep      func(*capture.Exchange) bool // a filter, asked before anything is redacted; nil: all
	Redactor  *redact.Redactor             // nil: keep everything

	// ControlFrames puts pings, pongs and closes into _webSocketMessages too.
	ControlFrames bool
	// RawBodies repeats every body as it was on the wire, in _wiretape; else
	// only those whose wire bytes cannot be told from the text.
	RawBodies bool
	// Version is the version of the creator; "" means "dev".
	Version string
	// Progress is called before the first entry and after each; may be nil.
	Progress func(done, total int)
}

// Summary counts what was written.
type Summary struct {
	Entries  int
	Messages int   // in _webSocketMessages
	Events   int   // in _eventSourceMessages
	Skipped  int   // tunnels, which have no entry
	Bytes    int64 // of the log
	Redacted []redact.Finding
}

// Export writes exchanges of tape as one HAR log to w: in the order in which
// they began, one after the other, without holding the log in memory. Bodies
// wait in a temporary file while it is found out whether they are text. With a
// Redactor all is read once before, to learn its secrets.
func Export(w io.Writer, tape capture.Reader, o *ExportOptions) (Summary, error) {
	e := &exporter{tape: tape, printer: newPrinter(w)}
	if o != nil {
		e.ExportOptions = *o
	}
	entries, err := e.choose()
	if err != nil {
		return e.Summary, fmt.Errorf("export: %w", err)
	}
	if e.Redactor != nil {
		redacted := e.Redactor.Tape(tape)
		if err := redacted.Learn(ids(entries)); err != nil {
			return e.Summary, fmt.Errorf("export: %w", err)
		}
		e.tape = redacted
	}
	if err := e.log(entries); err != nil {
		return e.Summary, fmt.Errorf("export: %w", err)
	}
	err = e.flush()
	e.Summary.Bytes = e.n
	if err != nil {
		return e.Summary, fmt.Errorf("export: write the log: %w", err)
	}
	return e.Summary, nil
}

// exporter writes one log.
type exporter struct {
	ExportOptions
	*printer
	Summary
	tape capture.Reader
}

// chosen is an exchange to be written, and what orders it.
type chosen struct {
	started int64 // nanoseconds since 1970
	id      capture.ExchangeID
	session capture.SessionID
}

// choose returns what is to be written, in order.
func (e *exporter) choose() ([]chosen, error) {
	wanted := map[capture.ExchangeID]bool{}
	for _, id := range e.Exchanges {
		wanted[id] = true
	}
	var out []chosen
	for ex, err := range e.tape.Exchanges(0, e.Keep == nil) {
		switch {
		case err != nil:
			return nil, err
		case e.Session != 0 && ex.Session != e.Session,
			e.Exchanges != nil && !wanted[ex.ID]:
			continue
		}
		delete(wanted, ex.ID)
		switch {
		case e.Keep != nil && !e.Keep(ex):
		case ex.Kind == capture.KindTunnel && !refused(ex):
			e.Skipped++
		default:
			out = append(out, chosen{ex.Started.UnixNano(), ex.ID, ex.Session})
		}
	}
	for id := range wanted {
		return nil, fmt.Errorf("exchange %d: %w", id, capture.ErrNotFound)
	}
	slices.SortFunc(out, func(a, b chosen) int {
		return cmp.Or(cmp.Compare(a.started, b.started), cmp.Compare(a.id, b.id))
	})
	return out, nil
}

func ids(entries []chosen) iter.Seq[capture.ExchangeID] {
	return func(yield func(capture.ExchangeID) bool) {
		for _, c := range entries {
			if !yield(c.id) {
				return
			}
		}
	}
}

// refused reports whether a tunnel stands for TLS that failed.
func refused(ex *capture.Exchange) bool {
	return ex.End != nil && (ex.End.How == capture.HowError || ex.End.Err != "")
}

// log writes the log around the entries.
func (e *exporter) log(entries []chosen) error {
	e.open("{")
	e.object("log")
	e.text("version", "1.2")
	e.object("creator")
	e.text("name", creatorName)
	e.text("version", e.version())
	e.close("}")
	if err := e.mark(entries); err != nil {
		return err
	}
	e.array("pages")
	e.close("]")
	e.array("entries")
	if e.Progress != nil {
		e.Progress(0, len(entries))
	}
	for i, c := range entries {
		if err := e.exchange(c.id); err != nil {
			return fmt.Errorf("exchange %d: %w", c.id, err)
		}
		if e.err != nil {
			return fmt.Errorf("write the log: %w", e.err)
		}
		e.Entries++
		if e.Progress != nil {
			e.Progress(i+1, len(entries))
		}
	}
	e.close("]")
	if e.Redactor != nil {
		e.Redacted = e.Redactor.Found()
		e.text("comment", "wiretape replaced "+redact.Sum(e.Redacted)+" by placeholders: the same value has the same one everywhere.")
	}
	e.close("}")
	e.close("}")
	e.raw("\n")
	return nil
}

func (e *exporter) exchange(id capture.ExchangeID) error {
	ex, err := e.tape.Exchange(id)
	if err != nil {
		return err
	}
	n := &entry{exporter: e, ex: ex, tape: e.tape}
	defer n.free()
	if e.Redactor != nil {
		if err := n.copyPieces(); err != nil {
			return err
		}
	}
	return n.write()
}

func (e *exporter) version() string { return cmp.Or(e.Version, "dev") }
