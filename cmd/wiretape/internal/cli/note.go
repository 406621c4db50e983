package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// annotator writes what people note, onto the file or through its recorder.
type annotator interface {
	Annotate(id capture.ExchangeID, n capture.Notes) error
	Label(id capture.SessionID, label string, n capture.Notes) error
	SetDocument(key string, value []byte) error
}

func (a *app) noteCommand() *cobra.Command {
	var name string
	var e endpointFlags
	c := &cobra.Command{
		Use:   "note ID TEXT…",
		Short: "Write a note on an exchange, or with --session on a session.",
		Long: `Write a note on an exchange, or with --session on a session.

With --endpoint, say what an endpoint is, for the pages that export makes of an
API: its title, how far it is, whose it is, tags, and a description in Markdown.
What is not given stays as it is. A path written with {name} for a part that
varies sorts the paths it stands for into one endpoint from then on.`,
		Example: `  wiretape note 4 the order that was never filled
  wiretape note --session 2 before the upgrade
  wiretape note 4 ''
  wiretape note --endpoints
  wiretape note --endpoint 'GET api.example.com /ws' --title Orders --status released
  wiretape note --endpoint 'GET api.example.com /users/{name}' --description-file users.md`,
		Args: func(c *cobra.Command, args []string) error {
			if e.list || e.key != "" {
				return needs(0, "no arguments beside --endpoint")(c, args)
			}
			return atLeast(1, "the ID of an exchange and a text")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case e.list:
				return a.listEndpoints(&e)
			case e.key != "":
				return a.noteEndpoint(&e, c.Flags().Changed)
			}
			return a.annotate(name, args, func(n *capture.Notes, words []string) {
				n.Note = strings.Join(words, " ")
			})
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&name, "session", "", "on the session with this `N|LABEL`")
	e.add(c.Flags())
	return c
}

func (a *app) tagCommand() *cobra.Command {
	var name string
	var remove bool
	c := &cobra.Command{
		Use:   "tag ID TAG…",
		Short: "Tag an exchange, or with --session a session.",
		Example: `  wiretape tag 4 bug flaky
  wiretape tag 4 flaky --remove
  wiretape ls --filter tag:bug`,
		Args: atLeast(1, "the ID of an exchange and tags"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.annotate(name, args, func(n *capture.Notes, words []string) {
				n.Tags = slices.DeleteFunc(n.Tags, func(t string) bool { return slices.Contains(words, t) })
				if !remove {
					n.Tags = append(n.Tags, words...)
				}
			})
		},
	}
	c.Flags().StringVar(&name, "session", "", "the session with this `N|LABEL`")
	c.Flags().BoolVar(&remove, "remove", false, "take the tags away")
	return c
}

// atLeast returns an argument check that names what is missing.
func atLeast(n int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return &misuse{c.CommandPath() + " takes " + names, "see " + c.CommandPath() + " --help"}
	}
}

func (a *app) tapeLabelCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "label SESSION NAME",
		Short:   "Give a session another label.",
		Example: "  wiretape tape label 3 before-the-upgrade",
		Args:    needs(2, "a session and its new label"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.write(func(tape capture.Reader) (func(annotator) error, error) {
				s, err := theSession(tape, args[0])
				if err != nil {
					return nil, err
				}
				notes := capture.Notes{Note: s.Note, Tags: s.Tags}
				return func(w annotator) error { return w.Label(s.ID, args[1], notes) }, nil
			})
		},
	}
}

// theSession returns the session with a number or a label.
func theSession(tape capture.Reader, name string) (*capture.Session, error) {
	id, err := session(tape, name)
	if err != nil {
		return nil, err
	}
	sessions, err := tape.Sessions()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(sessions, func(s capture.Session) bool { return s.ID == id })
	return &sessions[i], nil
}

// annotate changes the notes of a session, or of the exchange that the first
// word names.
func (a *app) annotate(name string, words []string, change func(*capture.Notes, []string)) error {
	return a.write(func(tape capture.Reader) (func(annotator) error, error) {
		return a.noteTaking(tape, name, words, change)
	})
}

// write reads the tape to find out what is to be written, and writes it, through
// the recorder where one holds the tape.
func (a *app) write(prepare func(capture.Reader) (func(annotator) error, error)) error {
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			_ = tape.Close()
		}
	}()
	write, err := prepare(tape)
	if err != nil {
		return err
	}
	if tape.live != nil {
		return write(tape.live)
	}
	// The file is open for reading, which keeps it from being written to.
	closed = true
	if err := tape.Close(); err != nil {
		return err
	}
	w, err := store.Open(a.tape, &store.Options{Fault: a.sayFault})
	if err != nil {
		return a.taken(err)
	}
	err = write(w)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	return err
}

// noteTaking reads the notes as they are and returns what writes the new ones.
func (a *app) noteTaking(tape capture.Reader, name string, words []string,
	change func(*capture.Notes, []string),
) (func(annotator) error, error) {
	if name != "" {
		s, err := theSession(tape, name)
		if err != nil {
			return nil, err
		}
		n := capture.Notes{Note: s.Note, Tags: s.Tags}
		change(&n, words)
		return func(w annotator) error { return w.Label(s.ID, s.Label, n) }, nil
	}
	if len(words) < 2 {
		return nil, &misuse{"there is nothing to write", fmt.Sprintf("put it behind the %s", words[0])}
	}
	id, err := exchangeID(words[0])
	if err != nil {
		return nil, err
	}
	ex, err := tape.Exchange(id)
	if err != nil {
		return nil, missing(id, a.tape, err)
	}
	n := capture.Notes{Note: ex.Note, Tags: ex.Tags}
	change(&n, words[1:])
	return func(w annotator) error { return w.Annotate(id, n) }, nil
}
