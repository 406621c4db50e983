package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
)

// TestHelpTexts holds every command to a short text, examples, and examples
// that name flags and arguments that exist.
func TestHelpTexts(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "completion" || c.Name() == "help" {
			return
		}
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: no help text, or no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			for _, words := range calls(line) {
				if err := parses(words); err != nil {
					t.Errorf("%s: the example %q: %v", c.CommandPath(), strings.TrimSpace(line), err)
				}
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cli.Root())
}

// calls returns the calls of wiretape that stand in one line of an example.
func calls(line string) [][]string {
	line = strings.TrimSpace(line)
	if before, _, found := strings.Cut(line, "   "); found {
		line = before // what follows is said about it
	}
	var all [][]string
	for _, part := range regexp.MustCompile(`[|>]|\$\(|\)"`).Split(hideQuoted(line), -1) {
		words := strings.Fields(part)
		for i, w := range words {
			if w == "wiretape" && (i == 0 || words[i-1] == "sudo") {
				all = append(all, words[i+1:])
			}
		}
	}
	return all
}

// hideQuoted puts a word for each quoted text, so that it stays one argument.
func hideQuoted(line string) string {
	return regexp.MustCompile(`'[^']*'`).ReplaceAllString(line, "QUOTED")
}

// parses checks the flags and the number of arguments of a call.
func parses(words []string) error {
	c, rest, err := cli.Root().Find(words)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	return c.ValidateArgs(c.Flags().Args())
}
