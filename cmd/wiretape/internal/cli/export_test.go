package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Root returns the tree of commands for tests to walk.
func Root() *cobra.Command {
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, maxMessage: 1}
	return a.root()
}
