package merge

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/nesting"
)

// maxRules is how long a rules file may be, in bytes.
const maxRules = 1 << 20

// Rules say how streams from certain places are merged. They are not changed
// after ParseRules, and may be used concurrently.
type Rules struct{ list []Rule }

// Rule is one of the Rules: which streams it is for, and one way to merge them.
type Rule struct {
	// Host, Path and Type are patterns with * for any run of characters, and
	// "" for anything; the rule is for streams that fit all three. Host is
	// without the port, Type the media type of the response.
	Host string `yaml:"host,omitempty" json:"host,omitempty"`
	Path string `yaml:"path,omitempty" json:"path,omitempty"`
	Type string `yaml:"type,omitempty" json:"type,omitempty"`
	// Exchange is the one exchange that the rule is for; 0 for any.
	Exchange capture.ExchangeID `yaml:"exchange,omitempty" json:"exchange,omitempty"`

	Text      string `yaml:"text,omitempty" json:"text,omitempty"`           // a JSONPath
	Reasoning string `yaml:"reasoning,omitempty" json:"reasoning,omitempty"` // a JSONPath
	Script    string `yaml:"script,omitempty" json:"script,omitempty"`       // a file
	Source    string `yaml:"source,omitempty" json:"source,omitempty"`       // a script itself
	Format    string `yaml:"format,omitempty" json:"format,omitempty"`       // one of Formats

	Line int `yaml:"-" json:"-"` // where the rule stands in its file
}

// RuleError says what is wrong in a rules file, and where.
type RuleError struct {
	Line, Column int
	Err          error
}

// Error implements error.
func (e *RuleError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("merge rules: %v", e.Err)
	}
	return fmt.Sprintf("merge rules, line %d: %v", e.Line, e.Err)
}

// Unwrap returns Err.
func (e *RuleError) Unwrap() error { return e.Err }

// Hint says what a person can do about it.
func (e *RuleError) Hint() string {
	return "a rule has host, path, type or exchange, and one of text and reasoning, script, source, or format"
}

// ParseRules reads a rules file: a YAML list of rules, of which the first that
// fits a stream counts. Errors are *RuleError.
//
//   - host: llm.example.com
//     path: /v1/answer*
//     text: $.answer.delta
//     reasoning: $.thought
//   - type: application/x-tokens
//     script: tokens.js
func ParseRules(r io.Reader) (*Rules, error) {
	source, err := io.ReadAll(io.LimitReader(r, maxRules+1))
	if err != nil {
		return nil, fmt.Errorf("read the merge rules: %w", err)
	}
	if len(source) > maxRules {
		return nil, &RuleError{Err: fmt.Errorf("more than %d bytes", maxRules)}
	}
	if nesting.Depth(source) > nesting.Limit {
		return nil, &RuleError{Err: errors.New("nested too deep")}
	}
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		return nil, yamlError(err)
	}
	rules := &Rules{}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		list, ok := doc.Body.(*ast.SequenceNode)
		if !ok {
			return nil, &RuleError{Line: line(doc.Body), Err: errors.New("want a list of rules")}
		}
		for _, node := range list.Values {
			rule, err := parseRule(node)
			if err != nil {
				return nil, err
			}
			rules.list = append(rules.list, rule)
		}
	}
	return rules, nil
}

// parseRule reads one rule and checks it, so that a wrong one is found when the
// file is read and not when a stream comes.
func parseRule(node ast.Node) (Rule, error) {
	var r Rule
	if err := yaml.NodeToValue(node, &r, yaml.Strict()); err != nil {
		return r, yamlError(err)
	}
	r.Line = line(node)
	fail := func(err error) (Rule, error) { return r, &RuleError{Line: r.Line, Err: err} }
	ways := 0
	for _, way := range [...]bool{r.Text != "" || r.Reasoning != "", r.Script != "", r.Source != "", r.Format != ""} {
		if way {
			ways++
		}
	}
	switch {
	case ways != 1:
		return fail(errors.New("want one of text and reasoning, script, source, or format"))
	case r.Host == "" && r.Path == "" && r.Type == "" && r.Exchange == 0:
		return fail(errors.New("want host, path, type or exchange"))
	case r.Format != "" && !isFormat(r.Format):
		return fail(&FormatError{Format: r.Format})
	}
	if _, err := newPaths(r.Text, r.Reasoning); err != nil {
		return fail(err)
	}
	return r, nil
}

// line returns the line on which a node begins.
func line(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken().Position.Line
	}
	if t := n.GetToken(); t != nil {
		return t.Position.Line
	}
	return 0
}

// yamlError takes the place out of an error of the YAML reader.
func yamlError(err error) error {
	var at yaml.Error
	if errors.As(err, &at) {
		e := &RuleError{Err: errors.New(at.GetMessage())}
		if t := at.GetToken(); t != nil {
			e.Line, e.Column = t.Position.Line, t.Position.Column
		}
		return e
	}
	return &RuleError{Err: err}
}

// List returns the rules in order.
func (r *Rules) List() []Rule { return append([]Rule(nil), r.list...) }

// Then returns the rules with those of more behind them. Either may be nil.
func (r *Rules) Then(more *Rules) *Rules {
	switch {
	case r == nil:
		return more
	case more == nil:
		return r
	}
	return &Rules{append(r.List(), more.list...)}
}

// WriteRules writes rules as ParseRules reads them.
func WriteRules(w io.Writer, rules []Rule) error {
	out, err := yaml.MarshalWithOptions(rules, yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return fmt.Errorf("write the merge rules: %w", err)
	}
	_, err = w.Write(out)
	return err
}

// apply sets the options that the first rule that fits asks for.
func (r *Rules) apply(o *Options, s source) error {
	for _, rule := range r.list {
		if !rule.fits(s) {
			continue
		}
		o.Path, o.ReasoningPath, o.Format = rule.Text, rule.Reasoning, rule.Format
		var err error
		if o.Script, err = rule.script(o); err != nil {
			return &RuleError{Line: rule.Line, Err: err}
		}
		return nil
	}
	return nil
}

// script opens the script of the rule, or returns nil where it has none.
func (r *Rule) script(o *Options) (Script, error) {
	switch {
	case r.Script != "" && o.OpenScript != nil:
		return o.OpenScript(r.Script)
	case r.Source != "" && o.NewScript != nil:
		return o.NewScript(r.Source)
	case r.Script != "" || r.Source != "":
		return nil, ErrNoOpenScript
	}
	return nil, nil
}

// fits reports whether the rule is for this stream.
func (r *Rule) fits(s source) bool {
	return (r.Exchange == 0 || r.Exchange == s.id) && like(strings.ToLower(r.Host), s.host) && like(r.Path, s.path) && like(strings.ToLower(r.Type), s.essence)
}

// like reports whether s fits the pattern, in which * stands for any run of
// characters. Each * takes as little as it can, so that the time is linear in
// the pattern for one s.
func like(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return s == pattern
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for {
		piece, more, wild := strings.Cut(rest, "*")
		if !wild {
			return strings.HasSuffix(s, piece)
		}
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(piece):], more
	}
}
