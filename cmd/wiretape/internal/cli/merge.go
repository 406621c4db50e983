package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/merge/script"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// mergeFlags say how the fragments of an answer are joined.
type mergeFlags struct {
	on                                 bool
	format, path, reasoning, js, rules string
}

func (f *mergeFlags) add(c *cobra.Command) {
	fs := c.Flags()
	fs.BoolVar(&f.on, "merge", false, "the answer of a language model, joined from its fragments")
	fs.StringVar(&f.format, "merge-format", "", "take the stream to be in `FORMAT`: "+strings.Join(merge.Formats(), ", "))
	fs.StringVar(&f.path, "merge-path", "", "join what `JSONPATH` selects of each event")
	fs.StringVar(&f.reasoning, "merge-reasoning-path", "", "join what `JSONPATH` selects of each event as the reasoning")
	fs.StringVar(&f.js, "merge-script", "", "join what the JavaScript function merge(event, state) in `FILE` returns for each event")
	fs.StringVar(&f.rules, "merge-rules", "", "rules by host, path and media type in `FILE` (default: merge.yaml in your config folder)")
}

// wanted reports whether any flag asks for merging.
func (f *mergeFlags) wanted() bool {
	return f.on || f.format != "" || f.path != "" || f.reasoning != "" || f.js != ""
}

// documents are the texts that a tape keeps beside what was recorded.
type documents interface {
	Document(key string) ([]byte, error)
}

// options reads the script and the rules: those on the tape, then those of the
// file.
func (f *mergeFlags) options(tape documents) (*merge.Options, error) {
	o := &merge.Options{
		Format: f.format, Path: f.path, ReasoningPath: f.reasoning, OpenScript: openScript,
		NewScript: func(source string) (merge.Script, error) { return script.New("rule", source, nil) },
	}
	var err error
	if f.js != "" {
		if o.Script, err = openScript(f.js); err != nil {
			return nil, err
		}
	}
	kept, err := keptRules(tape)
	if err != nil {
		return nil, err
	}
	file, err := f.readRules()
	o.Rules = kept.Then(file)
	return o, err
}

// keptRules reads the rules that the page keeps on the tape.
func keptRules(tape documents) (*merge.Rules, error) {
	if tape == nil {
		return nil, nil
	}
	text, err := tape.Document(web.RulesDocument)
	if err != nil || text == nil {
		return nil, err
	}
	rules, err := merge.ParseRules(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read the rules on the tape: %w", err)
	}
	return rules, nil
}

func openScript(file string) (merge.Script, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the script: %w", err)
	}
	return script.New(filepath.Base(file), string(source), nil)
}

// readRules reads the rules file that was named, or the user's own where there
// is one.
func (f *mergeFlags) readRules() (*merge.Rules, error) {
	file := f.rules
	if file == "" {
		file = ownRules()
	}
	r, err := os.Open(file)
	if f.rules == "" && (file == "" || errors.Is(err, fs.ErrNotExist)) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the rules: %w", err)
	}
	defer r.Close()
	rules, err := merge.ParseRules(r)
	if err != nil {
		return nil, fmt.Errorf("read the rules in %s: %w", file, err)
	}
	return rules, nil
}

// ownRules returns where the user's own rules file is looked for; "" where
// there is no config folder.
func ownRules() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "wiretape", "merge.yaml")
}

// merged writes the answer: as it comes with --follow, else whole.
func (s *showing) merged(ex *capture.Exchange) error {
	o, err := s.merge.options(s.documents)
	if err != nil {
		return err
	}
	grow := &growth{showing: s}
	if s.follow && !s.json {
		o.Delta = grow.delta
	}
	result, err := merge.Merge(s.transcript, o)
	if err != nil {
		return err
	}
	if s.json {
		line, err := json.Marshal(result)
		if err != nil {
			return err
		}
		return s.write(line)
	}
	if o.Delta == nil {
		for i := range result.Choices {
			s.choice(&result.Choices[i], len(result.Choices) > 1)
		}
	}
	grow.end()
	s.verdict(result)
	if err := s.out.Flush(); err != nil || result.Format != merge.Scripted || len(result.Error) == 0 {
		return err
	}
	var why string
	if json.Unmarshal(result.Error, &why) != nil {
		why = string(result.Error)
	}
	return &hinted{fmt.Errorf("the script failed: %s", why), "what it made of the events before stands above"}
}

// choice writes one answer, the reasoning set apart.
func (s *showing) choice(c *merge.Choice, several bool) {
	if several {
		fmt.Fprintf(s.out, "answer %d\n", c.Index)
	}
	s.block("reasoning", c.Reasoning)
	s.block("", c.Text)
	s.block("refusal", c.Refusal)
	for _, t := range c.ToolCalls {
		fmt.Fprintf(s.out, "tool call %s %s\n", view.Sanitize(t.Name), view.Sanitize(t.ID))
		s.payload([]byte(t.Arguments))
		if len(t.Output) > 0 {
			fmt.Fprintln(s.out, "  returned")
			s.payload(t.Output)
		}
	}
	if c.Audio != nil {
		s.block("spoken", c.Audio.Transcript)
		fmt.Fprintf(s.out, "audio %s, %s\n", view.Size(uint64(len(c.Audio.Bytes))), view.Sanitize(c.Audio.MIME))
	}
	for _, citation := range c.Citations {
		fmt.Fprintf(s.out, "citation %s\n", view.Preview(citation, s.style.Width))
	}
	if c.FinishReason != "" && several {
		fmt.Fprintf(s.out, "finish %s\n", view.Sanitize(c.FinishReason))
	}
}

// block writes a text under its name, indented; the answer itself has no name
// and no indentation.
func (s *showing) block(name, text string) {
	if text == "" {
		return
	}
	indent := ""
	if name != "" {
		fmt.Fprintln(s.out, name)
		indent = "  "
	}
	for line := range strings.Lines(text) {
		fmt.Fprintf(s.out, "%s%s\n", indent, view.Sanitize(strings.TrimSuffix(line, "\n")))
	}
}

func (s *showing) payload(p []byte) {
	var b strings.Builder
	if err := view.Format(&b, p, view.Auto, "application/json", s.style); err != nil {
		b.Reset()
		b.Write(p)
	}
	s.block(" ", b.String())
}

// verdict writes what is said about the answer as a whole.
func (s *showing) verdict(r *merge.Result) {
	fmt.Fprintln(s.out)
	parts := []string{r.Format}
	if r.Model != "" {
		parts = append(parts, "model "+r.Model)
	}
	if len(r.Choices) == 1 && r.Choices[0].FinishReason != "" {
		parts = append(parts, "finish "+r.Choices[0].FinishReason)
	}
	if u := r.Usage; u != nil {
		for _, n := range []struct{ name, value string }{
			{"input", u.Input.String()},
			{"output", u.Output.String()},
			{"reasoning", u.Reasoning.String()},
			{"cached", u.Cached.String()},
		} {
			if n.value != "" {
				parts = append(parts, n.name+" "+n.value+" tokens")
			}
		}
	}
	if !r.Complete {
		parts = append(parts, "not complete: the stream ended with "+tern(r.Terminator == "", "nothing", r.Terminator))
	}
	fmt.Fprintln(s.out, view.Sanitize(strings.Join(parts, ", ")))
	if len(r.Error) > 0 {
		fmt.Fprintf(s.out, "error %s\n", view.Sanitize(string(r.Error)))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(s.out, "note: %s\n", view.Sanitize(note))
	}
}

// growth writes an answer while it comes.
type growth struct {
	*showing
	kind    merge.Kind
	choice  int
	tool    int
	started bool
}

func (g *growth) delta(d merge.Delta) {
	if !g.started || d.Kind != g.kind || d.Choice != g.choice || d.Kind == merge.ToolInput && d.Tool != g.tool {
		if g.started {
			fmt.Fprintln(g.out)
		}
		if d.Kind != merge.Text {
			fmt.Fprintf(g.out, "%s\n", strings.TrimSpace(d.Kind.String()+" "+view.Sanitize(d.Name)))
		}
		g.started, g.kind, g.choice, g.tool = true, d.Kind, d.Choice, d.Tool
	}
	for line := range strings.Lines(d.Text) {
		text, ends := strings.CutSuffix(line, "\n")
		fmt.Fprint(g.out, view.Sanitize(text))
		if ends {
			fmt.Fprintln(g.out)
		}
	}
	_ = g.out.Flush()
}

func (g *growth) end() {
	if g.started {
		fmt.Fprintln(g.out)
	}
}
