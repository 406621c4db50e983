package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/merge/script"
)

// RulesDocument is the key under which a tape keeps its merge rules: a list as
// docs/merge.md describes it. wiretape show --merge uses them too, before those
// of the user's own file.
const RulesDocument = "rules"

// rulesFile is the user's own rules file, as the page shows it.
type rulesFile struct {
	Path  string       `json:"path"`
	Items []merge.Rule `json:"items"`
	Error string       `json:"error,omitempty"` // why it cannot be read
}

func (s *Server) registerRules() {
	s.handle("GET /rules", s.readRules)
	s.handle("PUT /rules", s.writeRules)
}

// readRules answers the rules on the tape and those of the user's own file, in
// the order in which they count.
func (s *Server) readRules(w http.ResponseWriter, _ *http.Request) error {
	v := struct {
		Items    []merge.Rule `json:"items"`
		Error    string       `json:"error,omitempty"`
		File     *rulesFile   `json:"file,omitempty"`
		Writable bool         `json:"writable"`
		Formats  []string     `json:"formats"`
	}{Items: []merge.Rule{}, Writable: s.o.Documents != nil, Formats: merge.Formats()}
	if s.o.Documents != nil {
		text, err := s.o.Documents.Document(RulesDocument)
		if err != nil {
			return err
		}
		rules, err := merge.ParseRules(bytes.NewReader(text))
		if err != nil {
			v.Error = err.Error()
		} else {
			v.Items = append(v.Items, rules.List()...)
		}
	}
	if s.o.RulesFile != nil {
		path, rules, err := s.o.RulesFile()
		v.File = &rulesFile{Path: path, Items: []merge.Rule{}}
		if err != nil {
			v.File.Error = err.Error()
		} else if rules != nil {
			v.File.Items = append(v.File.Items, rules.List()...)
		}
	}
	return answer(w, &v)
}

// writeRules keeps rules on the tape, if each of them can be used.
func (s *Server) writeRules(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		Items []merge.Rule `json:"items"`
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	if s.o.Documents == nil {
		return problem(http.StatusConflict, "nothing can be kept on this tape", "", "import the HAR into a tape, or write the rule to merge.yaml in your config folder")
	}
	for i := range q.Items {
		if err := checkRule(&q.Items[i]); err != nil {
			return problem(http.StatusUnprocessableEntity, "the rule cannot be used", fmt.Sprintf("rule %d: %s", i+1, err), problemOf(err).hint)
		}
	}
	var text []byte
	if len(q.Items) > 0 {
		var err error
		if text, err = rulesText(q.Items); err != nil {
			return err
		}
	}
	if err := s.o.Documents.SetDocument(RulesDocument, text); err != nil {
		return badRequest("the rules were not kept", err)
	}
	s.mergers.forget()
	return s.readRules(w, r)
}

// rulesText writes rules as a rules file.
func rulesText(rules []merge.Rule) ([]byte, error) {
	var b bytes.Buffer
	err := merge.WriteRules(&b, rules)
	return b.Bytes(), err
}

// checkRule says what is wrong with a rule. No file is opened for the page.
func checkRule(r *merge.Rule) error {
	if r.Script != "" {
		return errors.New("a rule on the tape holds its script itself, in source")
	}
	text, err := rulesText([]merge.Rule{*r})
	if err != nil {
		return err
	}
	var rule *merge.RuleError
	if _, err = merge.ParseRules(bytes.NewReader(text)); errors.As(err, &rule) {
		return rule.Err
	}
	if err == nil && r.Source != "" {
		_, err = script.New("script", r.Source, nil)
	}
	return err
}
