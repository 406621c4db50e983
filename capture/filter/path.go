package filter

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/theory/jsonpath"
)

// pathTerm reads a JSONPath query (RFC 9535) and the comparison that may follow
// it. Alone it passes if it selects something.
func (p *parser) pathTerm() (node, error) {
	start := p.pos
	expr := p.path()
	query, err := jsonpath.Parse(expr)
	if err != nil {
		return nil, p.pathFail(start, len(expr), err)
	}
	v := &value{parser: p, field: &field{name: expr, example: `$.op=="order"`, single: true}, pos: p.pos}
	names := memberNames(expr)
	if v.op = p.operator(); v.op == none {
		if p.rest() != "" && strings.IndexByte(" \t\r\n)", p.rest()[0]) < 0 {
			return nil, p.fail(p.pos, "want the end of the JSONPath, or an operator and a value")
		}
		return &term{row: func(s *scan) bool {
			return s.row.mayHold(names) && s.docs.any(s.row, query, func(any) bool { return true })
		}}, nil
	}
	if err := p.value(v); err != nil {
		return nil, err
	}
	test, err := v.json()
	if err != nil {
		return nil, err
	}
	if text, ok := literal(v).(string); ok && v.op == equals && !jsonNumber(text) && !strings.ContainsRune(text, utf8.RuneError) {
		names = append(names, text) // an equal string is there, too, or has escapes
	}
	return &term{row: func(s *scan) bool {
		return s.row.mayHold(names) && s.docs.any(s.row, query, test)
	}}, nil
}

// pathFail points at the place in a JSONPath that its parser names.
func (p *parser) pathFail(start, length int, err error) error {
	msg := strings.TrimPrefix(err.Error(), "jsonpath: ")
	at := start + length
	if i := strings.LastIndex(msg, " at position "); i >= 0 {
		if n, err := strconv.Atoi(msg[i+len(" at position "):]); err == nil && n >= 1 {
			at = start + min(n-1, length)
			msg = msg[:i]
		}
	}
	e := p.fail(at, "this JSONPath is wrong: "+msg)
	e.hint = `JSONPath is that of RFC 9535: $.data[0].price, $..id, $.args[?@.channel=="tickers"]`
	return e
}

// memberNames returns the names outside brackets in a JSONPath: a document in
// which one does not occur cannot match.
func memberNames(expr string) []string {
	var names []string
	outside, _, _ := strings.Cut(expr, "[")
	for name := range strings.SplitSeq(outside[1:], ".") {
		if name != "" && name != "*" {
			names = append(names, name)
		}
	}
	return names
}

// mayHold reports whether all names occur in the payload, or may be there in
// escapes. It spares decoding what cannot match.
func (r *Row) mayHold(names []string) bool {
	for _, n := range names {
		if !r.contains(n) && !r.contains(`\`) {
			return false
		}
	}
	return true
}

// documents are the JSON texts of a row's payload, decoded once.
type documents struct {
	list    []any
	decoded bool
}

// any reports whether query selects something for which test is true.
func (d *documents) any(r *Row, query *jsonpath.Path, test func(any) bool) bool {
	if !d.decoded {
		d.list, d.decoded = decode(r.bytes()), true
	}
	for _, doc := range d.list {
		for _, n := range query.Select(doc) {
			if test(n) {
				return true
			}
		}
	}
	return false
}

// decode reads the JSON texts of a payload: one as a rule, several where they
// come one a line, behind a number (Socket.IO) or with record separators
// between (SignalR). What follows the first that is none is left out.
func decode(p []byte) []any {
	var list []any
	for {
		p = bytes.TrimLeft(p, " \t\r\n\x1e")
		if len(p) == 0 {
			return list
		}
		dec := json.NewDecoder(bytes.NewReader(p))
		dec.UseNumber()
		for {
			var doc any
			if err := dec.Decode(&doc); err == io.EOF {
				return list
			} else if err != nil {
				break
			}
			list = append(list, doc)
		}
		n := dec.InputOffset()
		rest := bytes.TrimLeft(p[n:], " \t\r\n")
		if len(rest) == 0 || rest[0] != 0x1e {
			return list
		}
		p = rest
	}
}

// json compiles the value of a JSONPath comparison to a test of what was
// selected. A value in quotes is a string; without them it is a number, true,
// false or null if it looks like one.
func (v *value) json() (func(any) bool, error) {
	switch v.op {
	case matches, matchesNot:
		want := v.op == matches
		return func(n any) bool {
			s, ok := scalar(n)
			return ok && v.re.MatchString(s) == want
		}, nil
	case is:
		same := pattern(v.text, true, !v.quoted)
		return func(n any) bool {
			s, ok := scalar(n)
			return ok && same(s)
		}, nil
	}
	if number := json.Number(v.text); !v.quoted && jsonNumber(v.text) {
		return func(n any) bool {
			other, ok := n.(json.Number)
			return ok && holds(v.op, compareNumbers(other, number)) || !ok && v.op == differs
		}, nil
	}
	if v.op.ordered() {
		return func(n any) bool {
			s, ok := n.(string)
			return ok && holds(v.op, strings.Compare(s, v.text))
		}, nil
	}
	want := literal(v)
	return func(n any) bool { return (n == want) == (v.op == equals) }, nil
}

// literal returns the value as encoding/json would decode it.
func literal(v *value) any {
	if !v.quoted {
		switch v.text {
		case "true":
			return true
		case "false":
			return false
		case "null":
			return nil
		}
	}
	return v.text
}

func jsonNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}

// scalar returns what is selected as text, if it is no object and no array.
func scalar(n any) (string, bool) {
	switch n := n.(type) {
	case string:
		return n, true
	case json.Number:
		return n.String(), true
	case bool:
		return strconv.FormatBool(n), true
	case nil:
		return "null", true
	}
	return "", false
}

func holds(o op, order int) bool {
	switch o {
	case equals:
		return order == 0
	case differs:
		return order != 0
	case above:
		return order > 0
	case below:
		return order < 0
	case atLeast:
		return order >= 0
	}
	return order <= 0
}

// compareNumbers compares integers digit by digit, so that no 19-digit id is
// rounded, and other numbers as float64.
func compareNumbers(a, b json.Number) int {
	if integral(a) && integral(b) {
		return compareIntegers(a.String(), b.String())
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func integral(n json.Number) bool { return !strings.ContainsAny(n.String(), ".eE") }

// compareIntegers compares integers as they are written: JSON allows neither a
// plus nor leading zeros.
func compareIntegers(a, b string) int {
	negA, negB := a[0] == '-' && a != "-0", b[0] == '-' && b != "-0"
	if negA != negB {
		if negA {
			return -1
		}
		return 1
	}
	a, b = strings.TrimLeft(a, "-"), strings.TrimLeft(b, "-")
	order := len(a) - len(b)
	if order == 0 {
		order = strings.Compare(a, b)
	}
	if negA {
		return -order
	}
	return order
}
