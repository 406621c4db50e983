package cli

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/store"
)

func (a *app) importCommand() *cobra.Command {
	var label string
	c := &cobra.Command{
		Use:   "import FILE.har|FILE.zip…",
		Short: "Read HARs of browsers and other tools onto the tape.",
		Long: `Read HARs of browsers and other tools onto the tape, each as a session of its
own. What breaks HAR's rules is named with its entry, and read as far as it can
be.`,
		Example: `  wiretape import chrome.har
  wiretape import -t bug.tape firefox.har playwright.zip`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &misuse{"wiretape import takes at least one file", "see wiretape import --help"}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.importFiles(args, label) },
	}
	c.Flags().StringVar(&label, "label", "", "a `NAME` for the session (default: the file's)")
	return c
}

func (a *app) importFiles(files []string, label string) error {
	tape, err := store.Open(a.tape, &store.Options{Fault: a.sayFault, Tool: "wiretape " + Version()})
	if err != nil {
		return a.taken(err)
	}
	var failed error
	for _, file := range files {
		report, err := importFile(file, tape, &har.ImportOptions{Label: label})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		a.sayDefects(file, report)
		a.say("%s: %d entries with %d messages and %d events, written by %s",
			file, report.Entries, report.Messages, report.Events, cmp.Or(report.Tool, "an unnamed program"))
	}
	return errors.Join(failed, tape.Close())
}
