package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/diff"
)

// diffFlags are the flags of wiretape diff.
type diffFlags struct {
	sessions, all, json, merge bool
	with, level, filter        string
	ignore, headers            []string
}

func (a *app) diffCommand() *cobra.Command {
	var f diffFlags
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two exchanges, or two sessions, field by field.",
		Long: `Compare two exchanges, or with --sessions two sessions, field by field. Messages
are aligned as a replay matches them; ids, times, tokens and counters, which vary
from run to run, are set apart. The exit code is 0 where nothing else differs, and
1 where something does. docs/diff.md tells more.`,
		Example: `  wiretape diff 3 7
  wiretape diff 3 3 --with yesterday.har
  wiretape diff --sessions                   the last session and the one before
  wiretape diff --sessions before after --filter 'host:api.example.com'
  wiretape diff 3 7 --ignore times,'$.data[*].px'
  wiretape diff 3 7 --json | jq 'select(.status=="changed")'`,
		Args: func(c *cobra.Command, args []string) error {
			if n := len(args); n == 2 || f.sessions && n == 0 {
				return nil
			}
			return needs(2, "the IDs of two exchanges")(c, args)
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(&f, args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.BoolVar(&f.sessions, "sessions", false, "A and B are sessions, by number or label (default: the last two)")
	fs.StringVar(&f.with, "with", "", "B is on another tape, or in a HAR: `FILE`")
	fs.StringVar(&f.level, "level", "match", "how much may differ: match, ordered or bytes")
	fs.StringSliceVar(&f.ignore, "ignore", nil, "leave out `WHAT`: ids, times, tokens, signatures, sequences, or the path of a field")
	fs.StringSliceVar(&f.headers, "header", nil, "compare the header field `NAME` too; * is all")
	fs.BoolVar(&f.merge, "merge", false, "compare the joined answers of language models, not their fragments")
	fs.StringVar(&f.filter, "filter", "", "with --sessions: only exchanges that match `EXPR`")
	fs.BoolVar(&f.all, "all", false, "show also what is alike")
	fs.BoolVar(&f.json, "json", false, "one JSON object a line, for all that stands side by side")
	return c
}

// diff runs the comparison. Trouble is not a difference: its exit code is 2.
func (a *app) diff(f *diffFlags, args []string) error {
	different, err := a.differences(f, args)
	var wrong *diff.OptionError
	switch {
	case errors.As(err, &wrong):
		return &misuse{wrong.Error(), wrong.Hint()}
	case err != nil:
		return &exitError{exitMisuse, err}
	case different:
		return &exitError{code: exitFailed}
	}
	return nil
}

func (a *app) differences(f *diffFlags, args []string) (different bool, err error) {
	o := &diff.Options{Ignore: f.ignore, Headers: f.headers, Merge: f.merge}
	if o.Level, err = replay.ParseLevel(f.level); err != nil {
		return false, &diff.OptionError{Option: "--level", Value: f.level}
	}
	keep, err := parseFilter(f.filter)
	if err != nil {
		return false, err
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return false, err
	}
	defer tape.Close()
	sides := [2]*recording{tape, tape}
	if f.with != "" {
		if sides[1], err = a.open(f.with); err != nil {
			return false, err
		}
		defer sides[1].Close()
	}
	compare := comparing(func(emit func(*diff.Row) error) (*diff.Summary, error) {
		return a.compareSessions(sides, keep, args, o, emit)
	})
	if !f.sessions {
		if compare, err = a.comparePair(f, sides, args, o); err != nil {
			return false, err
		}
	}
	var sum *diff.Summary
	run := func() (err error) {
		sum, err = a.side(f, sides, compare)
		return err
	}
	if f.json {
		err = run()
	} else {
		err = a.paged(run)
	}
	// Of a comparison that nobody read to its end nothing is known.
	return err == nil && (sum == nil || sum.Different()), err
}

// comparing is a comparison that is ready to run.
type comparing func(emit func(*diff.Row) error) (*diff.Summary, error)

// comparePair prepares the comparison of two exchanges.
func (a *app) comparePair(f *diffFlags, sides [2]*recording, args []string, o *diff.Options) (comparing, error) {
	one, err := a.pick(sides[0], a.tape, args[0])
	if err != nil {
		return nil, err
	}
	other, err := a.pick(sides[1], tern(f.with != "", f.with, a.tape), args[1])
	if err != nil {
		return nil, err
	}
	return func(emit func(*diff.Row) error) (*diff.Summary, error) { return diff.Exchanges(one, other, o, emit) }, nil
}

// pick returns the exchange with a number.
func (a *app) pick(tape *recording, name, arg string) (*transcript.Transcript, error) {
	id, err := exchangeID(arg)
	if err != nil {
		return nil, err
	}
	ex, err := tape.Exchange(id)
	if err != nil {
		return nil, missing(id, name, err)
	}
	return a.transcript(tape, ex), nil
}

// compareSessions compares two sessions, the last two where none are named.
func (a *app) compareSessions(sides [2]*recording, keep *filter.Filter, args []string, o *diff.Options, emit func(*diff.Row) error) (*diff.Summary, error) {
	var lists [2][]*transcript.Transcript
	for n, tape := range sides {
		name := ""
		if len(args) == 2 {
			name = args[n]
		} else {
			all, err := tape.Sessions()
			if err != nil {
				return nil, err
			}
			at := len(all) - 1
			if n == 0 && sides[0] == sides[1] {
				at--
			}
			if at < 0 {
				return nil, &hinted{errors.New("there are no two sessions to compare"), "record again, or name another tape with --with"}
			}
			name = fmt.Sprint(all[at].ID)
		}
		id, err := session(tape, name)
		if err != nil {
			return nil, err
		}
		if lists[n], err = a.exchangesOf(tape, id, keep); err != nil {
			return nil, err
		}
	}
	return diff.Sessions(lists[0], lists[1], o, emit)
}

// exchangesOf returns the exchanges of a session that match.
func (a *app) exchangesOf(tape *recording, id capture.SessionID, keep *filter.Filter) ([]*transcript.Transcript, error) {
	var list []*transcript.Transcript
	for ex, err := range tape.Exchanges(0, false) {
		if err != nil {
			return nil, err
		}
		if ex.Session != id {
			continue
		}
		if ok, err := a.matches(keep, tape, ex); err != nil {
			return nil, err
		} else if ok {
			list = append(list, a.transcript(tape, ex))
		}
	}
	return list, nil
}

// side writes what a comparison finds.
func (a *app) side(f *diffFlags, sides [2]*recording, compare comparing) (*diff.Summary, error) {
	out := bufio.NewWriterSize(a.out, 64<<10)
	defer out.Flush()
	if f.json {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		sum, err := compare(func(r *diff.Row) error { return e.Encode(r) })
		if err != nil {
			return nil, err
		}
		return sum, out.Flush()
	}
	t := &sidesTable{SidesTable: view.Sides(out, a.style()), sides: sides}
	t.All = f.all
	sum, err := compare(t.row)
	if err == nil {
		err = t.Flush()
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, verdictOf(sum))
	return sum, out.Flush()
}

// sidesTable puts a title before each pair of exchanges.
type sidesTable struct {
	*view.SidesTable
	sides [2]*recording
	a, b  capture.ExchangeID
}

func (t *sidesTable) row(r *diff.Row) error {
	if r.Part != diff.PartExchange && (r.ExchangeA != t.a || r.ExchangeB != t.b) {
		t.a, t.b = r.ExchangeA, r.ExchangeB
		title := fmt.Sprintf("exchanges %d and %d", t.a, t.b)
		if ex, err := t.sides[0].Exchange(t.a); err == nil {
			title += "  " + ex.Request.Method + " " + ex.Request.URL
		}
		if err := t.Title(title); err != nil {
			return err
		}
	}
	row := &view.SidesRow{A: r.A, B: r.B, Name: r.Kind, NoDir: r.Dir == "", Text: r.Text}
	if r.Dir == capture.Receive.String() {
		row.Dir = capture.Receive
	}
	if row.NoDir {
		row.Name = string(r.Part)
	}
	if r.Part == diff.PartExchange {
		row.Name = fmt.Sprintf("exchange %d", max(r.ExchangeA, r.ExchangeB))
	}
	for _, x := range r.Diff {
		row.Fields = append(row.Fields, view.SidesField{Path: x.Path, A: x.A, B: x.B, Class: x.Class, OK: x.OK})
	}
	return t.Row(row)
}

// verdictOf sums a comparison up.
func verdictOf(s *diff.Summary) string {
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words))
		}
	}
	add(s.Changed, "changed")
	add(s.OnlyA, "only in A")
	add(s.OnlyB, "only in B")
	add(s.Volatile, "alike but for what varies")
	add(s.Equal, "equal")
	if n := s.HeartbeatsA + s.HeartbeatsB; n > 0 {
		parts = append(parts, fmt.Sprintf("heartbeats (%d and %d) not compared", s.HeartbeatsA, s.HeartbeatsB))
	}
	if n := s.LeftA + s.LeftB; n > 0 {
		parts = append(parts, fmt.Sprintf("%d beyond the first million left out", n))
	}
	if len(parts) == 0 {
		return "nothing to compare"
	}
	return tern(s.Different(), "different: ", "alike: ") + strings.Join(parts, ", ")
}
