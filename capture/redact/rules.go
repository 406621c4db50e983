package redact

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/goccy/go-yaml/ast"
	"github.com/theory/jsonpath"
	depth "github.com/wiretape/wiretape/capture/nesting"
)

// Rules are the rules of a file:
//
//	defaults: true               # keep the built-in rules; true where left out
//	same-length: false           # placeholders as long as what they replace
//	headers: [X-Session]         # header fields, in any case; * stands for anything
//	query: [ticket]              # query and form parameters
//	fields: [pin, "*_secret"]    # members of JSON objects, in any spelling
//	paths: ["$.data.owner.mail"] # JSONPath (RFC 9535)
//	patterns:                    # regular expressions (RE2); the first group is the secret
//	  - name: account
//	    match: 'acct_([0-9]+)'
//	keep:                        # what the built-in rules leave alone
//	  headers: [X-CSRF-Token]
//	  cookies: [theme]
//	  query: [code]
//	  fields: [signature]
type Rules struct {
	noDefaults, sameLength bool
	headers, query, fields []string
	paths                  []pathRule
	patterns               []pattern
	keep                   struct{ headers, cookies, query, fields []string }
}

// pattern is a regular expression of the user's.
type pattern struct {
	name  string
	match *regexp.Regexp
}

// pathRule is a JSONPath of the user's.
type pathRule struct {
	text string
	path *jsonpath.Path
}

// RulesError is a rule that cannot be used, and where it stands.
type RulesError struct {
	Line int // 1, 2, 3 …; 0 where it is not known
	What string
}

// Error implements error.
func (e *RulesError) Error() string {
	if e.Line == 0 {
		return "redaction rules: " + e.What
	}
	return fmt.Sprintf("redaction rules, line %d: %s", e.Line, e.What)
}

// Hint tells what rules look like.
func (e *RulesError) Hint() string {
	return "rules are lists called headers, query, fields, paths and patterns, and keep with lists of its own"
}

// maxRules is the longest file of rules, in bytes.
const maxRules = 1 << 20

// file is a file of rules as YAML has it. Nodes are kept for their lines.
type file struct {
	Defaults   *bool         `yaml:"defaults"`
	SameLength bool          `yaml:"same-length"`
	Headers    []text        `yaml:"headers"`
	Query      []text        `yaml:"query"`
	Fields     []text        `yaml:"fields"`
	Paths      []text        `yaml:"paths"`
	Patterns   []filePattern `yaml:"patterns"`
	Keep       struct {
		Headers []text `yaml:"headers"`
		Cookies []text `yaml:"cookies"`
		Query   []text `yaml:"query"`
		Fields  []text `yaml:"fields"`
	} `yaml:"keep"`
}

type filePattern struct {
	Name  string `yaml:"name"`
	Match text   `yaml:"match"`
}

// text is a string and the line on which it stands.
type text struct {
	value string
	line  int
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (t *text) UnmarshalYAML(n ast.Node) error {
	t.line = n.GetToken().Position.Line
	if _, ok := n.(ast.ScalarNode); !ok {
		return &RulesError{Line: t.line, What: "a name is expected here"}
	}
	t.value = n.GetToken().Value
	if t.value == "" {
		return &RulesError{Line: t.line, What: "an empty name"}
	}
	return nil
}

// ParseRules reads rules in YAML. Errors are a *RulesError and name the line.
func ParseRules(r io.Reader) (*Rules, error) {
	source, err := io.ReadAll(io.LimitReader(r, maxRules+1))
	if err != nil {
		return nil, fmt.Errorf("read redaction rules: %w", err)
	}
	if len(source) > maxRules {
		return nil, &RulesError{What: "more than 1 MiB of them"}
	}
	if depth.Depth(source) > depth.Limit {
		return nil, &RulesError{What: "nested too deep"}
	}
	var f file
	if err := yaml.UnmarshalWithOptions(source, &f, yaml.Strict()); err != nil && !errors.Is(err, io.EOF) {
		return nil, rulesError(err)
	}
	return f.rules()
}

// rulesError gives an error of the YAML parser our shape.
func rulesError(err error) error {
	var own *RulesError
	if errors.As(err, &own) {
		return own
	}
	var y yaml.Error
	if errors.As(err, &y) {
		line := 0
		if t := y.GetToken(); t != nil {
			line = t.Position.Line
		}
		return &RulesError{Line: line, What: y.GetMessage()}
	}
	return &RulesError{What: err.Error()}
}

func (f *file) rules() (*Rules, error) {
	r := &Rules{noDefaults: f.Defaults != nil && !*f.Defaults, sameLength: f.SameLength}
	r.headers = each(f.Headers, strings.ToLower)
	r.query = each(f.Query, glob)
	r.fields = each(f.Fields, glob)
	r.keep.headers = each(f.Keep.Headers, strings.ToLower)
	r.keep.cookies = each(f.Keep.Cookies, strings.ToLower)
	r.keep.query = each(f.Keep.Query, glob)
	r.keep.fields = each(f.Keep.Fields, glob)
	for _, p := range f.Paths {
		path, err := jsonpath.Parse(p.value)
		if err != nil {
			return nil, &RulesError{Line: p.line, What: err.Error()}
		}
		r.paths = append(r.paths, pathRule{text: p.value, path: path})
	}
	for _, p := range f.Patterns {
		match, err := regexp.Compile(p.Match.value)
		switch {
		case err != nil:
			return nil, &RulesError{Line: p.Match.line, What: err.Error()}
		case match.MatchString(""):
			return nil, &RulesError{Line: p.Match.line, What: fmt.Sprintf("%q matches nothing at all", p.Match.value)}
		case p.Name == "":
			p.Name = "pattern " + p.Match.value
		}
		r.patterns = append(r.patterns, pattern{name: p.Name, match: match})
	}
	return r, nil
}

func each(list []text, change func(string) string) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = change(t.value)
	}
	return out
}

// glob normalises a name that may hold stars.
func glob(name string) string {
	parts := strings.Split(name, "*")
	for i := range parts {
		parts[i] = normal(parts[i])
	}
	return strings.Join(parts, "*")
}
