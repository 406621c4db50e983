package filter

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// Field describes a field of the language, for completion and documentation.
type Field struct {
	Name    string
	About   string   // what it is, in a few words
	Example string   // a term
	Values  []string // what it may be compared with, where that is a short list
	Row     bool     // about a row, not about the exchange
	Flag    bool     // may stand alone
}

// Fields returns the fields in the order in which they are documented.
func Fields() []Field {
	var out []Field
	for _, f := range fields() {
		out = append(out, Field{
			Name: f.name, About: f.about, Example: f.example, Values: f.values, Row: f.row, Flag: f.flag != nil,
		})
	}
	return out
}

// field is a name the parser knows.
type field struct {
	name    string
	aliases []string
	about   string
	example string
	values  []string
	row     bool
	single  bool // a comma does not part values
	named   bool // takes a name first, as header: does
	flag    *term
	compile func(*value) (*term, error) // nil: a flag only
}

func fields() []field { return append(exchangeFields(), rowFields()...) }

// text is a field of exchanges that is a string.
func text(get func(*capture.Exchange) string) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		test, err := v.strings()
		if err != nil {
			return nil, err
		}
		return &term{exchange: func(ex *capture.Exchange) bool { return test(get(ex)) }}, nil
	}
}

// oneOf is a field that is several strings. It passes if one of them does;
// with != and !~ if none fails to.
func oneOf(get func(*capture.Exchange, string) []string, head bool) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		all := v.op == differs || v.op == matchesNot
		test, err := v.strings()
		if err != nil {
			return nil, err
		}
		member := v.member
		return &term{head: head, exchange: func(ex *capture.Exchange) bool {
			for _, s := range get(ex, member) {
				if test(s) != all {
					return !all
				}
			}
			return all
		}}, nil
	}
}

// integer is a field of exchanges that is a number.
func integer(get func(*capture.Exchange) int64, read func(string) (span, bool), want string) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		test, err := v.numbers(read, want)
		if err != nil {
			return nil, err
		}
		return &term{exchange: func(ex *capture.Exchange) bool { return test(get(ex)) }}, nil
	}
}

// choice is a field of exchanges that is one of a few words.
func choice(names map[string]int64, get func(*capture.Exchange) int64) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		test, err := v.set(names)
		if err != nil {
			return nil, err
		}
		return &term{exchange: func(ex *capture.Exchange) bool { return test(get(ex)) }}, nil
	}
}

// flag is a field of exchanges that stands alone.
func flag(is func(*capture.Exchange) bool) *term { return &term{exchange: is} }

// rowText, rowInteger, rowChoice and rowFlag are the same for rows. A row that
// has no such thing fails.

func rowText(get func(*Row) (string, bool)) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		test, err := v.strings()
		if err != nil {
			return nil, err
		}
		return &term{row: func(s *scan) bool {
			text, ok := get(s.row)
			return ok && test(text)
		}}, nil
	}
}

func rowInteger(get func(*Row) int64, read func(string) (span, bool), want string) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		test, err := v.numbers(read, want)
		if err != nil {
			return nil, err
		}
		return &term{row: func(s *scan) bool { return test(get(s.row)) }}, nil
	}
}

func rowChoice(names map[string]int64, get func(*Row) (int64, bool)) func(*value) (*term, error) {
	return func(v *value) (*term, error) {
		test, err := v.set(names)
		if err != nil {
			return nil, err
		}
		return &term{row: func(s *scan) bool {
			n, ok := get(s.row)
			return ok && test(n)
		}}, nil
	}
}

func rowFlag(is func(*Row) bool) *term {
	return &term{row: func(s *scan) bool { return is(s.row) }}
}

// hostname returns a URL's host with and without its port.
func hostname(url string) (host, hostPort string) {
	hostPort = url
	if _, rest, ok := strings.Cut(url, "://"); ok {
		hostPort = rest
	}
	if i := strings.IndexAny(hostPort, "/?#"); i >= 0 {
		hostPort = hostPort[:i]
	}
	hostPort = hostPort[strings.LastIndexByte(hostPort, '@')+1:]
	host = hostPort
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.Trim(host, "[]"), hostPort
}

// pathQuery returns a URL's path and its query, both as they are written.
func pathQuery(url string) (path, query string) {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if i := strings.IndexAny(url, "/?#"); i >= 0 {
		url = url[i:]
	} else {
		return "/", ""
	}
	url, _, _ = strings.Cut(url, "#")
	path, query, _ = strings.Cut(url, "?")
	if path == "" {
		path = "/"
	}
	return path, query
}
