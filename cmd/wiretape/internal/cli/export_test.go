package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// Root returns the tree of commands for tests to walk.
func Root() *cobra.Command {
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, maxMessage: 1}
	return a.root()
}

// PageReplayer returns what starts the page's mocks of a tape.
func PageReplayer(tape capture.Reader, caDir string) web.Replayer {
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, tape: "a.tape", maxMessage: 1 << 20}
	return &pageReplayer{app: a, tape: tape, caDir: caDir}
}

// PageExporter returns what exports a tape for the page.
func PageExporter(tape capture.Reader) web.Exporter {
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, tape: "a.tape", maxMessage: 1 << 20}
	return &pageExporter{app: a, tape: tape}
}
