package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/view"
)

// builtinRules is what --redact takes in place of a file.
const builtinRules = "default"

// redactor returns a redactor with the rules of a file beside the built-in
// ones; "" and "default" are those alone.
func redactor(file string, o redact.Options) (*redact.Redactor, error) {
	if file != "" && file != builtinRules {
		f, err := os.Open(file)
		if err != nil {
			return nil, &hinted{
				fmt.Errorf("read the rules: %w", err),
				"name a file with rules, or " + builtinRules + " for the built-in ones; docs/redaction.md says what a file may hold",
			}
		}
		defer f.Close()
		if o.Rules, err = redact.ParseRules(f); err != nil {
			return nil, fmt.Errorf("read the rules in %s: %w", file, err)
		}
	}
	return redact.New(&o)
}

// sayRedacted tells which secrets were taken out.
func (a *app) sayRedacted(r *redact.Redactor) {
	if r == nil {
		return
	}
	if found := r.Found(); len(found) > 0 {
		a.say("took out %s; --no-redact keeps them", redact.Sum(found))
	}
}

// listRedacted prints what redaction takes out, and where.
func (a *app) listRedacted(r *redact.Redactor) error {
	found := r.Found()
	for _, f := range found {
		if err := a.print(fmt.Sprintf("%6d  %-16s %s\n", f.Count, f.Rule, view.Sanitize(f.Place))); err != nil {
			return err
		}
	}
	a.say("would take out %s", redact.Sum(found))
	return nil
}

// fileName turns an exchange's address into a part of a file's name.
func fileName(address string) string {
	if _, rest, found := strings.Cut(address, "://"); found {
		address = rest
	}
	address, _, _ = strings.Cut(address, "?")
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, address)
	return strings.Trim(name[:min(len(name), 80)], "_.")
}
