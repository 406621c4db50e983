package diff

import (
	"fmt"
	"strings"

	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Options says what is compared and how. The zero value, and nil, compare at
// replay.LevelMatch all but the headers that no one chose.
type Options struct {
	// Level says how much two recordings may differ. LevelMatch: messages may
	// come in another order. LevelOrdered: those of one direction may not.
	// LevelBytes: neither may what varies from run to run differ. The other
	// levels are not for comparing.
	Level replay.Level
	// Ignore is what is not looked at: "ids", "times", "tokens", "signatures",
	// "sequences" for what varies from run to run, or paths of fields as the
	// rows have them, "$.data[*].px", "headers.server", and "$..px" for a name
	// wherever it stands.
	Ignore []string
	// Headers are header fields that are compared beside the usual ones; "*" is
	// all of them.
	Headers []string
	// Merge compares the answers of language models, joined from their
	// fragments, in place of the events. Other streams are compared as ever.
	Merge bool
	// MaxMessages is how many messages of a side are compared, the first ones; 0
	// means 1,000,000. Summary.Left tells how many were left out.
	MaxMessages int
}

// ignorance is Options.Ignore in a form that can be asked.
type ignorance struct {
	classes map[replay.Class]bool
	paths   map[string]bool
	names   map[string]bool
}

// classNames are the words for what varies from run to run. Ids and tokens are
// one class: values made for one run.
var classNames = map[string]replay.Class{
	"ids": replay.ClassToken, "tokens": replay.ClassToken, "times": replay.ClassTime,
	"signatures": replay.ClassSign, "sequences": replay.ClassSeq,
}

// OptionError is an option that says nothing.
type OptionError struct{ Option, Value string }

// Error implements error.
func (e *OptionError) Error() string { return fmt.Sprintf("%s knows no %q", e.Option, e.Value) }

// Hint says what may stand there.
func (e *OptionError) Hint() string {
	if e.Option == "--level" {
		return "match, ordered or bytes"
	}
	return "ids, times, tokens, signatures, sequences, or paths as in $.data[*].px, $..px, headers.server"
}

func parseIgnore(list []string) (*ignorance, error) {
	g := &ignorance{map[replay.Class]bool{}, map[string]bool{}, map[string]bool{}}
	for _, item := range list {
		item = strings.TrimSpace(item)
		class, isClass := classNames[item]
		name, anywhere := strings.CutPrefix(item, "$..")
		switch {
		case item == "":
		case isClass:
			g.classes[class] = true
		case anywhere && name != "":
			g.names[name] = true
		case strings.ContainsAny(item, "$.["), item == "method", item == "host", item == "status", item == "id", item == "code", item == "reason":
			g.paths[item] = true
		default:
			return nil, &OptionError{"--ignore", item}
		}
	}
	return g, nil
}

// field reports whether a scalar is not looked at.
func (g *ignorance) field(p *payload.Path) bool {
	return len(g.paths) > 0 && (g.paths[p.Text] || g.paths[p.Field]) || len(g.names) > 0 && g.names[p.Name]
}

// check fills in defaults and refuses what cannot be.
func (o *Options) check() (Options, *ignorance, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.MaxMessages <= 0 {
		c.MaxMessages = 1_000_000
	}
	if c.Level == replay.LevelNear || c.Level == replay.LevelTape {
		return c, nil, &OptionError{"--level", c.Level.String()}
	}
	g, err := parseIgnore(c.Ignore)
	return c, g, err
}
