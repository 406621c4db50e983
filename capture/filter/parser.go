package filter

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// parser reads
//
//	or    = and { "or" and }
//	and   = not { [ "and" ] not }
//	not   = [ "not" | "!" ] ( "(" or ")" | term )
//	term  = string | "/" regexp "/" | JSONPath [ op value ] | flag | field op value
type parser struct {
	lexer
	depth int
}

// maxDepth bounds how deep parentheses and nots may nest.
const maxDepth = 100

func (p *parser) fail(pos int, want string) *SyntaxError {
	return &SyntaxError{Pos: pos, Expr: p.expr, Want: want}
}

func (p *parser) parse() (node, error) {
	p.blanks()
	if p.rest() == "" {
		return yes, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.rest() != "" {
		return nil, p.fail(p.pos, `this ")" closes nothing`)
	}
	return n, nil
}

func (p *parser) or() (node, error) {
	var list or
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if !p.keyword("or") && !p.take("||") {
			break
		}
		p.blanks()
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

// and reads terms side by side, up to an "or", a parenthesis or the end.
func (p *parser) and() (node, error) {
	var list and
	for {
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		p.blanks()
		if p.keyword("and") || p.take("&&") {
			p.blanks()
			continue
		}
		if p.rest() == "" || p.rest()[0] == ')' || p.atOr() {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

// atOr reports whether an "or" comes next, without taking it.
func (p *parser) atOr() bool {
	at := p.pos
	defer func() { p.pos = at }()
	return p.keyword("or") || p.take("||")
}

func (p *parser) not() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.pos, "parentheses and nots are nested too deeply")
	}
	defer func() { p.depth-- }()
	if p.keyword("not") || p.take("!") {
		p.blanks()
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		return not{n}, nil
	}
	if open := p.pos; p.take("(") {
		p.blanks()
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			return nil, p.fail(open, `this "(" is not closed`)
		}
		return n, nil
	}
	return p.term()
}

// term reads what the first character tells: a text, a regular expression, a
// JSONPath, or a field.
func (p *parser) term() (node, error) {
	if p.rest() == "" {
		return nil, p.fail(p.pos, "a term is missing at the end")
	}
	start := p.pos
	switch c := p.expr[p.pos]; c {
	case '"', '\'':
		s, err := p.quotedValue()
		if err != nil {
			return nil, err
		}
		return textTerm(is, s), nil
	case '/':
		pattern, ok := p.regexp()
		if !ok {
			return nil, p.fail(start, "this regular expression is not closed by a slash that ends the word")
		}
		re, err := p.compileRegexp(start, pattern)
		if err != nil {
			return nil, err
		}
		return regexpTerm(re), nil
	case '$':
		return p.pathTerm()
	case ')':
		return nil, p.fail(start, "a term is missing before the parenthesis")
	}
	name := p.name()
	if name == "" {
		return nil, p.fail(start, `want a term, as in kind:ws, status>=400 or "text"`)
	}
	return p.field(start, name)
}

// field reads what follows a name that began at start.
func (p *parser) field(start int, name string) (node, error) {
	name = strings.ToLower(name)
	all := fields()
	i := slices.IndexFunc(all, func(f field) bool { return f.name == name || slices.Contains(f.aliases, name) })
	at := p.pos
	o := p.operator()
	if i < 0 {
		return nil, p.unknown(start, name, o, all)
	}
	f := &all[i]
	if o == none {
		if f.flag == nil {
			return nil, p.fail(at, "want a value after "+name+", as in "+f.example)
		}
		return f.flag, nil
	}
	if f.compile == nil {
		return nil, p.fail(at, name+" stands alone, without a value")
	}
	v := &value{op: o, parser: p, field: f, pos: at}
	if f.named {
		if err := p.member(v); err != nil {
			return nil, err
		}
	}
	if v.op != none {
		if err := p.value(v); err != nil {
			return nil, err
		}
	}
	t, err := f.compile(v)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// member reads the name after "header:" or "param:" and the operator after it,
// which may be missing: then it is enough that there is one.
func (p *parser) member(v *value) error {
	if v.op != is {
		return p.fail(v.pos, "want a name after "+v.field.name+", as in "+v.field.example)
	}
	v.member = p.name()
	if v.member == "" {
		return p.fail(p.pos, "want a name after "+v.field.name+", as in "+v.field.example)
	}
	v.pos = p.pos
	v.op = p.operator()
	return nil
}

// value reads what stands behind an operator.
func (p *parser) value(v *value) error {
	v.at = p.pos
	if p.rest() == "" || strings.IndexByte(" \t\r\n)", p.rest()[0]) >= 0 {
		return p.fail(p.pos, "want a value here, as in "+v.field.example)
	}
	regular := v.op == matches || v.op == matchesNot
	switch c := p.rest()[0]; {
	case c == '"' || c == '\'':
		s, err := p.quotedValue()
		if err != nil {
			return err
		}
		v.text, v.quoted = s, true
	case regular && c == '/':
		// what looks like a path and not like /pattern/ is the pattern itself
		pattern, ok := p.regexp()
		if !ok {
			pattern = p.bare()
		}
		v.text = pattern
	default:
		v.text = p.bare()
	}
	if !regular {
		return nil
	}
	re, err := p.compileRegexp(v.at, v.text)
	v.re = re
	return err
}

// quotedValue reads a text in quotes, or says what is wrong with it.
func (p *parser) quotedValue() (string, error) {
	start := p.pos
	s, ok := p.quoted()
	if ok {
		return s, nil
	}
	if p.pos != start {
		return "", p.fail(p.pos, `want an escape JSON knows after the backslash: \" \\ \/ \n \r \t \u0041, or \x41`)
	}
	return "", p.fail(start, "this quote is not closed")
}

// compileRegexp compiles a pattern that stands at pos, and points into it where it
// is wrong.
func (p *parser) compileRegexp(pos int, pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err == nil {
		return re, nil
	}
	e := p.fail(pos, "this regular expression is wrong: "+err.Error())
	if se, ok := err.(*syntax.Error); ok {
		e.Want = "this regular expression is wrong: " + se.Code.String()
		if i := strings.Index(p.expr[pos:], se.Expr); i > 0 && se.Expr != "" {
			e.Pos += i
		}
	}
	e.hint = "regular expressions are those of Go and RE2: https://golang.org/s/re2syntax"
	return nil, e
}

// unknown is the error for a name that is no field's.
func (p *parser) unknown(start int, name string, o op, all []field) error {
	e := p.fail(start, "there is no field "+quote(name))
	if near := nearest(name, all); near != "" {
		e.hint = "did you mean " + near + "?"
	} else if o == none {
		e.hint = "to search for a word in payloads, put it in quotes: " + `"` + name + `"`
	}
	return e
}

func quote(s string) string { return `"` + s + `"` }
