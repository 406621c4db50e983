package filter

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// span is a range of numbers, both ends in it.
type span struct{ from, to int64 }

// numbers compiles the value to a test of numbers: one, a range (a..b, a..,
// ..b), or several with commas between.
func (v *value) numbers(read func(string) (span, bool), want string) (func(int64) bool, error) {
	if v.op == matches || v.op == matchesNot {
		return nil, v.operatorFail(": = != > >= < <=")
	}
	var spans []span
	for _, e := range v.elements() {
		s, ok := v.span(e, read)
		if !ok {
			return nil, v.fail(e, "want "+want+", as in "+v.field.example)
		}
		spans = append(spans, s)
	}
	if v.op.ordered() {
		if len(spans) > 1 {
			return nil, v.fail(v.elements()[1], "want one value to compare with, not a list")
		}
		return ordered(v.op, spans[0]), nil
	}
	found := func(n int64) bool {
		for _, s := range spans {
			if n >= s.from && n <= s.to {
				return true
			}
		}
		return false
	}
	if v.op == differs {
		return func(n int64) bool { return !found(n) }, nil
	}
	return found, nil
}

// ordered compares with the near end of a span: what is above 4xx begins at 500.
func ordered(o op, s span) func(int64) bool {
	switch o {
	case above:
		return func(n int64) bool { return n > s.to }
	case below:
		return func(n int64) bool { return n < s.from }
	case atLeast:
		return func(n int64) bool { return n >= s.from }
	}
	return func(n int64) bool { return n <= s.to }
}

// span reads one element, which may be a range.
func (v *value) span(e element, read func(string) (span, bool)) (span, bool) {
	low, high, isRange := strings.Cut(e.text, "..")
	if !isRange {
		return read(e.text)
	}
	if v.op.ordered() || low == "" && high == "" {
		return span{}, false
	}
	s := span{math.MinInt64, math.MaxInt64}
	if low != "" {
		from, ok := read(low)
		if !ok {
			return s, false
		}
		s.from = from.from
	}
	if high != "" {
		to, ok := read(high)
		if !ok {
			return s, false
		}
		s.to = to.to
	}
	return s, true
}

func readNumber(s string) (span, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return span{n, n}, err == nil
}

// readStatus reads a status, or a class of them: 404, 4xx.
func readStatus(s string) (span, bool) {
	if len(s) == 3 && (s[1:] == "xx" || s[1:] == "XX") && s[0] >= '1' && s[0] <= '9' {
		n := int64(s[0]-'0') * 100
		return span{n, n + 99}, true
	}
	return readNumber(s)
}

// readSize reads a number of bytes: 512, 10k, 1.5MB, 64KiB.
func readSize(s string) (span, bool) {
	digits := strings.TrimRight(s, "kKmMgGtTiIbB")
	unit := strings.TrimSuffix(strings.ToLower(s[len(digits):]), "b")
	factor, ok := map[string]float64{
		"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12,
		"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40,
	}[unit]
	n, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || !plainNumber(digits) || n*factor > math.MaxInt64/2 {
		return span{}, false
	}
	bytes := int64(math.Round(n * factor))
	return span{bytes, bytes}, true
}

// plainNumber keeps out what strconv reads beyond digits and a point: signs,
// exponents, "inf".
func plainNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789.") == "" }

// readDuration reads a duration with its unit: 250ms, 1.5s, 1m30s, 2d.
func readDuration(s string) (span, bool) {
	if s == "0" {
		return span{}, true
	}
	days := time.Duration(0)
	if before, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return span{}, false
		}
		if days = time.Duration(n) * 24 * time.Hour; after == "" {
			return span{int64(days), int64(days)}, true
		}
		s = after
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || s[0] == '+' || days+d < days {
		return span{}, false
	}
	return span{int64(days + d), int64(days + d)}, true
}

// readTime reads a moment, or the span of time that a shorter one stands for:
// 2026-11-21, 2026-11-21T10:30, an RFC 3339 time. Where no zone is given it is
// the local one.
func readTime(s string) (span, bool) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return span{t.UnixNano(), t.UnixNano()}, true
	}
	for _, f := range [...]struct {
		layout string
		until  func(time.Time) time.Time
	}{
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{"2006-01-02T15", func(t time.Time) time.Time { return t.Add(time.Hour) }},
		{"2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
		{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(time.Second) }},
	} {
		if t, err := time.ParseInLocation(f.layout, s, time.Local); err == nil {
			return span{t.UnixNano(), f.until(t).UnixNano() - 1}, true
		}
	}
	return span{}, false
}
