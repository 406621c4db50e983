package filter

import (
	"regexp"
	"strings"
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
