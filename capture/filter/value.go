package filter

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// value is what stands behind a field: an operator and what to compare with.
type value struct {
	parser *parser
	field  *field
	pos    int    // of the operator
	at     int    // of the value
	member string // of header: and param:
	op     op     // none: it is enough that the field is there
	text   string
	quoted bool
	re     *regexp.Regexp // op matches or matchesNot
}

// element is one of the alternatives of a value, with its place.
type element struct {
	text string
	at   int
}

// elements cuts a value at its commas.
func (v *value) elements() []element {
	if v.quoted || v.field.single {
		return []element{{v.text, v.at}}
	}
	var list []element
	at := v.at
	for part := range strings.SplitSeq(v.text, ",") {
		list = append(list, element{part, at})
		at += len(part) + 1
	}
	return list
}

func (v *value) fail(e element, want string) error { return v.parser.fail(e.at, want) }

// operatorFail is the error for an operator the field has no use for.
func (v *value) operatorFail(can string) error {
	return v.parser.fail(v.pos, v.field.name+" is compared with "+can)
}

// strings compiles the value to a test of texts. A "*" stands for any run of
// characters, and alone for one at least.
func (v *value) strings() (func(string) bool, error) {
	switch v.op {
	case none:
		return func(string) bool { return true }, nil
	case matches:
		return v.re.MatchString, nil
	case matchesNot:
		return func(s string) bool { return !v.re.MatchString(s) }, nil
	case is, equals, differs:
	default:
		return nil, v.operatorFail(": = != ~ !~")
	}
	var tests []func(string) bool
	for _, e := range v.elements() {
		tests = append(tests, pattern(e.text, v.op == is, !v.quoted))
	}
	found := func(s string) bool {
		for _, t := range tests {
			if t(s) {
				return true
			}
		}
		return false
	}
	if v.op == differs {
		return func(s string) bool { return !found(s) }, nil
	}
	return found, nil
}

// pattern returns the test whether a text is p.
func pattern(p string, fold, wild bool) func(string) bool {
	if !wild || !strings.Contains(p, "*") {
		if fold {
			return func(s string) bool { return strings.EqualFold(s, p) }
		}
		return func(s string) bool { return s == p }
	}
	if p == "*" {
		return func(s string) bool { return s != "" }
	}
	parts := strings.Split(p, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	flags := "(?s)"
	if fold {
		flags = "(?is)"
	}
	return regexp.MustCompile(flags + "^" + strings.ToValidUTF8(strings.Join(parts, ".*"), "\ufffd") + "$").MatchString
}

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

// set compiles the value to a test of a small number, by the names it may have.
func (v *value) set(names map[string]int64) (func(int64) bool, error) {
	if v.op.ordered() || v.op == matches || v.op == matchesNot {
		return nil, v.operatorFail(": = !=")
	}
	want := map[int64]bool{}
	for _, e := range v.elements() {
		n, ok := names[strings.ToLower(e.text)]
		if !ok {
			err := v.parser.fail(e.at, "want one of "+strings.Join(v.field.values, ", "))
			if near := closest(e.text, v.field.values); near != "" {
				err.hint = "did you mean " + near + "?"
			}
			return nil, err
		}
		want[n] = true
	}
	equal := v.op != differs
	return func(n int64) bool { return want[n] == equal }, nil
}

// nearest returns the field whose name is most like name, "" if none is.
func nearest(name string, all []field) string {
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	return closest(name, names)
}

// closest returns the candidate that is at most two edits away from s, and
// nearer than half its length.
func closest(s string, candidates []string) string {
	best, found := 3, ""
	for _, c := range candidates {
		if d := edits(strings.ToLower(s), c); d < best && 2*d < utf8.RuneCountInString(c) {
			best, found = d, c
		}
	}
	return found
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
