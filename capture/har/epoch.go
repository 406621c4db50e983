package har

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// epoch reads a point in time, a number since 1970, to the nanosecond. Tools
// differ in the unit: seconds, as DevTools writes; milliseconds, as Playwright;
// and finer ones. The size tells, for any time between 1973 and 5138.
func epoch(digits string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(digits, ".")
	if strings.ContainsAny(digits, "eE") || len(whole) > 20 {
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil || math.Abs(f) > 1e19 {
			return time.Time{}, false
		}
		whole, fraction, _ = strings.Cut(strconv.FormatFloat(f, 'f', -1, 64), ".")
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, false
	}
	unit := 9 // digits behind the point until nanoseconds
	switch {
	case n >= 1e17:
		unit = 0
	case n >= 1e14:
		unit = 3
	case n >= 1e11:
		unit = 6
	}
	for len(fraction) < unit {
		fraction += "0"
	}
	rest, err := strconv.ParseInt("0"+fraction[:unit], 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	for range unit {
		n *= 10
	}
	return time.Unix(0, n+rest).UTC(), true
}

// moment reads a date and time in ISO 8601; zoned tells that it said where.
func moment(s string) (at time.Time, zoned, ok bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true, countable(at)
		}
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, false, countable(at)
		}
	}
	return time.Time{}, false, false
}

// countable reports whether nanoseconds can count to a time.
func countable(t time.Time) bool { return t.Year() > 1678 && t.Year() < 2262 }

// milliseconds turns a span of HAR into nanoseconds; -1, and what is no span,
// into -1.
func milliseconds(ms float64) time.Duration {
	if ms < 0 || math.IsNaN(ms) || ms > 1e15/2 {
		return -1
	}
	return time.Duration(math.Round(ms * 1e6))
}
