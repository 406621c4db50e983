package cli

import (
	"bufio"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// lsFlags are the flags of wiretape ls.
type lsFlags struct {
	session, filter string
	json            bool
	from            uint64
	limit           uint
}

func (a *app) lsCommand() *cobra.Command {
	var f lsFlags
	c := &cobra.Command{
		Use:   "ls",
		Short: "List the exchanges on the tape, newest last.",
		Long: `List the exchanges on the tape, newest last, also while it is being recorded.

With --filter only those that match; docs/filter.md has the language.`,
		Example: `  wiretape ls
  wiretape ls --filter 'kind:websocket host:*.example.com'
  wiretape ls --filter 'status>=500 or end:reset'
  wiretape ls --json | jq -r .url`,
		Args: needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			if f.json {
				return a.ls(&f)
			}
			return a.paged(func() error { return a.ls(&f) })
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.session, "session", "", "only the session with this `N|LABEL`")
	fs.StringVar(&f.filter, "filter", "", "only what matches `EXPR`")
	fs.Uint64Var(&f.from, "from", 1, "begin at exchange `ID`")
	fs.UintVar(&f.limit, "limit", 0, "at most `N` exchanges (default: all)")
	fs.BoolVar(&f.json, "json", false, "one JSON object a line")
	return c
}

func (a *app) ls(f *lsFlags) error {
	keep, err := parseFilter(f.filter)
	if err != nil {
		return err
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	var only capture.SessionID
	if f.session != "" {
		if only, err = session(tape, f.session); err != nil {
			return err
		}
	}
	out := bufio.NewWriterSize(a.out, 64<<10)
	defer out.Flush()
	row, done := exchangeRows(out, f.json, a.style())
	shown := uint(0)
	for ex, err := range tape.Exchanges(capture.ExchangeID(max(f.from, 1)-1), !keep.NeedsHead()) {
		if err != nil {
			return err
		}
		if only != 0 && ex.Session != only {
			continue
		}
		if ok, err := a.matches(keep, tape, ex); err != nil {
			return err
		} else if !ok {
			continue
		}
		if err := row(ex); err != nil {
			return err
		}
		if shown++; shown == f.limit {
			break
		}
	}
	if err := done(); err != nil {
		return err
	}
	if shown == 0 && !f.json {
		a.say("no exchanges%s", tern(f.filter != "" || only != 0, " match", " on "+a.tape))
	}
	return out.Flush()
}

// exchangeRows returns how one exchange is written, and what ends the list.
func exchangeRows(out io.Writer, asJSON bool, st view.Style) (row func(*capture.Exchange) error, done func() error) {
	if asJSON {
		var line []byte
		return func(ex *capture.Exchange) error {
			line = append(view.AppendExchange(line[:0], ex), '\n')
			_, err := out.Write(line)
			return err
		}, func() error { return nil }
	}
	table := view.Exchanges(out, st)
	return table.Row, table.Close
}

// parseFilter reads a filter; the empty one matches everything.
func parseFilter(expr string) (*filter.Filter, error) {
	f, err := filter.Parse(expr)
	if err != nil {
		return nil, &exitError{exitMisuse, err}
	}
	return f, nil
}

// matches reports whether an exchange is wanted. A filter on payloads wants the
// exchanges in which at least one row matches.
func (a *app) matches(f *filter.Filter, tape capture.Reader, ex *capture.Exchange) (bool, error) {
	return reading.Matches(f, a.transcript(tape, ex))
}

// style says how a listing for people looks where it goes. COLUMNS sets the
// width where there is no terminal to ask.
func (a *app) style() view.Style {
	if a.screen != nil {
		return *a.screen
	}
	width, ok := isTerminal(a.out)
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && !ok {
		width = n
	}
	return view.Style{Width: width, Color: ok && colorWanted()}
}

func tern(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
