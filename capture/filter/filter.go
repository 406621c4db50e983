// Package filter stands between the tape and those who read it, on the path
// bytes → mitm → capture → show, export: it is the language in which ls, show,
// export and the UI are told which exchanges and which rows to take. The
// language is described in docs/filter.md.
//
// A term is about an exchange (kind, host, status …) or about a row inside one:
// a message, a frame, an event, a record or a body (dir, opcode, text …).
// Inside an exchange, a row passes if the expression holds for both. In a list
// of exchanges, an exchange passes if the expression holds for it and at least
// one of its rows; where the terms about the exchange settle it alone, no row
// is asked for.
package filter

import "github.com/wiretape/wiretape/capture"

// Filter is a compiled expression. It may be used concurrently. A nil *Filter
// lets everything pass.
type Filter struct {
	expr string
	root node
}

// maxExpr is the longest expression read, in bytes.
const maxExpr = 16 << 10

// Parse compiles an expression. The empty one lets everything pass. The error
// is a *SyntaxError.
func Parse(expr string) (*Filter, error) {
	p := &parser{lexer: lexer{expr: expr}}
	if len(expr) > maxExpr {
		return nil, p.fail(maxExpr, "the expression is too long")
	}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Filter{expr: expr, root: root}, nil
}

// String returns the expression.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.expr
}

// NeedsRows reports whether a term is about rows, so that an exchange may have
// to be read to be judged.
func (f *Filter) NeedsRows() bool {
	return f != nil && f.root.needs(func(t *term) bool { return t.row != nil })
}

// NeedsHead reports whether a term needs more of the heads than the method,
// the URL, the protocol, the status and the content type.
func (f *Filter) NeedsHead() bool {
	return f != nil && f.root.needs(func(t *term) bool { return t.head })
}

// Exchange reports whether ex passes as far as its own facts tell: it is false
// only if no row could make it pass.
func (f *Filter) Exchange(ex *capture.Exchange) bool { return f.Judge(ex) != Fail }

// Verdict is what is known of an exchange before its rows are read.
type Verdict uint8

// The verdicts.
const (
	Fail Verdict = iota // no row could make it pass
	Pass                // it passes, whatever its rows
	Rows                // it passes if one of its rows does
)

// Judge tells whether ex passes, and whether its rows must be read to know.
func (f *Filter) Judge(ex *capture.Exchange) Verdict {
	if f == nil {
		return Pass
	}
	switch f.root.eval(&scan{ex: ex}) {
	case no:
		return Fail
	case yes:
		return Pass
	}
	return Rows
}

// Row reports whether a row of ex passes.
func (f *Filter) Row(ex *capture.Exchange, row Row) bool {
	return f == nil || f.root.eval(&scan{ex: ex, row: &row}) == yes
}

// Within returns f for the rows of one exchange: what it says of the exchange
// is settled, which saves asking again for each row. Only rows of ex may be
// given to it.
func (f *Filter) Within(ex *capture.Exchange) *Filter {
	if f == nil {
		return nil
	}
	return &Filter{expr: f.expr, root: f.root.settle(&scan{ex: ex})}
}
