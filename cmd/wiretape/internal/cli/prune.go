package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/view"
)

// limits say how much a tape may hold: the oldest closed sessions go first.
type limits struct {
	age  time.Duration // 0: any
	size int64         // bytes of blocks; 0: any
}

func (a *app) tapePruneCommand() *cobra.Command {
	var older, larger string
	var sessions []string
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove sessions: by name, by age, or the oldest until the tape is small enough.",
		Long: `Remove sessions: by name, by age, or the oldest until the tape is small enough.
Sessions that are being recorded stay. The space is used again by the next
recording; wiretape tape compact gives it back to the disk.`,
		Example: `  wiretape tape prune --older 7d
  wiretape tape prune --larger-than 10GB
  wiretape tape prune --session 3`,
		Args: needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			l, err := parseLimits(older, larger)
			if err != nil {
				return err
			}
			if l == (limits{}) && len(sessions) == 0 {
				return &misuse{"nothing says what is to go", "give --older, --larger-than or --session"}
			}
			return a.prune(l, sessions)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&older, "older", "", "sessions that ended longer than `D` ago, as in 7d or 12h")
	fs.StringVar(&larger, "larger-than", "", "the oldest sessions, until the rest takes less than `SIZE`, as in 10GB")
	fs.StringArrayVar(&sessions, "session", nil, "the session with this `N|LABEL` (may be repeated)")
	return c
}

func (a *app) prune(l limits, names []string) error {
	reading, err := a.open(a.tape) // also says when there is no tape
	if err != nil {
		return err
	}
	live := reading.live != nil
	var ids []capture.SessionID
	for _, name := range names {
		id, err := session(reading, name)
		if err != nil {
			_ = reading.Close()
			return err
		}
		ids = append(ids, id)
	}
	if err := reading.Close(); err != nil {
		return err
	}
	if live {
		return &hinted{
			fmt.Errorf("%s is being recorded to", a.tape),
			"end the recorder first, or start it with --max-size and --max-age",
		}
	}
	tape, err := store.Open(a.tape, &store.Options{Fault: a.sayFault})
	if err != nil {
		return a.taken(err)
	}
	for _, id := range ids {
		if err == nil {
			err = a.remove(tape, id, "as asked")
		}
	}
	if err == nil {
		err = a.enforce(tape, l, 0)
	}
	if closeErr := tape.Close(); err == nil {
		err = closeErr
	}
	return err
}

// enforce removes the oldest closed sessions until the tape is within its
// limits. keep is never removed.
func (a *app) enforce(tape *store.Tape, l limits, keep capture.SessionID) error {
	if l == (limits{}) {
		return nil
	}
	info, err := tape.Info()
	if err != nil {
		return err
	}
	var total int64
	for _, s := range info.Sessions {
		total += int64(s.Stored)
	}
	for _, s := range info.Sessions {
		why := ""
		switch {
		case s.ID == keep:
			continue
		case l.age > 0 && time.Since(latest(s.Started, s.Ended)) > l.age:
			why = "older than the limit"
		case l.size > 0 && total > l.size:
			why = "the tape is larger than the limit"
		default:
			continue
		}
		if err := a.remove(tape, s.ID, why); err != nil {
			return err
		}
		total -= int64(s.Stored)
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (a *app) remove(tape *store.Tape, id capture.SessionID, why string) error {
	if err := tape.Remove(id); err != nil {
		return err
	}
	a.say("removed session %d from %s: %s", id, a.tape, why)
	return nil
}

// parseLimits reads an age and a size; "" is no limit.
func parseLimits(age, size string) (limits, error) {
	var l limits
	var err error
	if age != "" {
		if l.age, err = parseAge(age); err != nil {
			return l, &misuse{fmt.Sprintf("%q is not an age", age), "as in 7d, 12h or 30m"}
		}
	}
	if size != "" {
		if l.size, err = parseSize(size); err != nil {
			return l, &misuse{fmt.Sprintf("%q is not a size", size), "as in 10GB, 500MB or 64MiB; " + view.Size(1e9) + " is 1GB"}
		}
	}
	return l, nil
}

// parseAge reads a duration with days.
func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || n <= 0 {
			return 0, strconv.ErrSyntax
		}
		return time.Duration(n * float64(24*time.Hour)), nil
	}
	d, err := time.ParseDuration(s)
	if err == nil && d <= 0 {
		err = strconv.ErrRange
	}
	return d, err
}

// size is the value of a flag that takes a number of bytes.
type size int64

// String returns the size with a binary unit where it is a whole number of them.
func (s *size) String() string {
	for i := 4; i > 0; i-- {
		if unit := int64(1) << (10 * i); int64(*s) >= unit && int64(*s)%unit == 0 {
			return fmt.Sprintf("%d%ciB", int64(*s)/unit, " KMGT"[i])
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Set reads a size.
func (s *size) Set(text string) error {
	n, err := parseSize(text)
	if err != nil {
		return fmt.Errorf("%q is not a size, as in 10GB, 500MB or 64MiB", text)
	}
	*s = size(n)
	return nil
}

// Type names the value in help texts.
func (s *size) Type() string { return "SIZE" }

// parseSize reads a number of bytes with a decimal or a binary unit.
func parseSize(s string) (int64, error) {
	units := []struct {
		name  string
		bytes float64
	}{
		{"KiB", 1 << 10},
		{"MiB", 1 << 20},
		{"GiB", 1 << 30},
		{"TiB", 1 << 40},
		{"kB", 1e3},
		{"KB", 1e3},
		{"MB", 1e6},
		{"GB", 1e9},
		{"TB", 1e12},
		{"k", 1e3},
		{"M", 1e6},
		{"G", 1e9},
		{"B", 1},
		{"", 1},
	}
	for _, u := range units {
		number, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || n <= 0 {
			return 0, strconv.ErrSyntax
		}
		return int64(n * u.bytes), nil
	}
	return 0, strconv.ErrSyntax
}
