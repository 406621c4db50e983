package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/redact"
)

// exportFormats are the values of --format.
var exportFormats = []string{"har", "ndjson", "curl", "asyncapi", "openapi", "html"}

// exportFlags are the flags of wiretape export.
type exportFlags struct {
	session, filter, format, out string
	title                        string
	exchanges                    []uint
	split, rules                 string
	redact, noRedact, dryRun     bool
	sameLength                   bool
	controlFrames, rawBodies     bool
}

func (a *app) exportCommand() *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export",
		Short: "Write exchanges as HAR, as JSON lines or as curl commands.",
		Long: `Write exchanges as a HAR that opens in browsers' developer tools with its
frames and events in it, as the JSON lines of wiretape show, or as the command
lines that make the same requests again (curl, and websocat for sockets).

Or write what the API is that was recorded: its sockets and streams as AsyncAPI
3.1, its requests as OpenAPI 3.2, in YAML, and in JSON where the file's name ends
in .json; or all of it as one HTML page to share, with nothing in it that runs.
docs/api-pages.md says what is found out, and how.

Secrets are taken out unless --no-redact is given: credentials, cookies, tokens
in addresses, login messages. What went is said on stderr.`,
		Example: `  wiretape export -o session.har
  wiretape export --filter 'kind:websocket' -o sockets.har
  wiretape export --exchange 3 --format ndjson | jq .text
  wiretape export --exchange 1 --format curl
  wiretape export --format asyncapi -o api.yaml
  wiretape export --format html -o api.html
  wiretape export --format openapi --filter 'host:api.example.com' --title Shop
  wiretape export --split recordings/
  wiretape export --redact-dry-run
  wiretape export --no-redact -o private.har`,
		Args: needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.export(&f) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.session, "session", "", "only the session with this `N|LABEL`")
	fs.UintSliceVar(&f.exchanges, "exchange", nil, "only exchange `N` (may be repeated)")
	fs.StringVar(&f.filter, "filter", "", "only what matches `EXPR`")
	fs.StringVar(&f.format, "format", "har", strings.Join(exportFormats, ", "))
	fs.StringVar(&f.title, "title", "", "AsyncAPI, OpenAPI, HTML: call the document `TEXT`")
	fs.BoolVar(&f.redact, "redact", true, "take secrets out")
	fs.BoolVar(&f.noRedact, "no-redact", false, "keep everything, secrets too")
	fs.StringVar(&f.rules, "redact-rules", "", "take out what the rules in `FILE` name, too")
	fs.BoolVar(&f.sameLength, "redact-same-length", false, "put as many characters as were taken out")
	fs.BoolVar(&f.dryRun, "redact-dry-run", false, "only list what would be taken out")
	fs.BoolVar(&f.controlFrames, "control-frames", false, "HAR: pings, pongs and closes among the messages, too")
	fs.BoolVar(&f.rawBodies, "raw-bodies", false, "HAR: bodies as they were on the wire, too")
	fs.StringVar(&f.split, "split", "", "HAR: one file for each exchange, in `DIR`")
	fs.StringVarP(&f.out, "output", "o", "-", "write to `FILE`")
	return c
}

func (a *app) export(f *exportFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	o, err := a.exportOptions(f, tape)
	if err != nil {
		return err
	}
	if f.redact && !f.noRedact || f.dryRun {
		if o.Redactor, err = redactor(f.rules, redact.Options{SameLength: f.sameLength}); err != nil {
			return err
		}
	}
	switch {
	case f.dryRun:
		if err := a.exportTo(io.Discard, f.format, tape, o); err != nil {
			return err
		}
		return a.listRedacted(o.Redactor)
	case f.split != "":
		err = a.exportSplit(f.split, tape, o)
	case slices.Contains(describingFormats, f.format):
		err = a.writeFile(f.out, func(w io.Writer) error { return a.describe(w, f.described(), f.title, tape, o) })
	default:
		err = a.writeFile(f.out, func(w io.Writer) error { return a.exportTo(w, f.format, tape, o) })
	}
	if err == nil {
		a.sayRedacted(o.Redactor)
	}
	return err
}

// check refuses what cannot be done, before anything is opened.
func (f *exportFlags) check() error {
	if _, err := parseFilter(f.filter); err != nil {
		return err
	}
	if !slices.Contains(exportFormats, f.format) {
		return &misuse{fmt.Sprintf("--format %s is not known", f.format), "the formats are " + strings.Join(exportFormats, ", ")}
	}
	if f.split != "" && slices.Contains(describingFormats, f.format) {
		return &misuse{"--split writes HARs, not --format " + f.format, "give -o FILE, and --exchange or --filter for a part of the tape"}
	}
	return nil
}

// exportOptions says what of the tape the flags select. Whether secrets are
// taken out is not in it.
func (a *app) exportOptions(f *exportFlags, tape capture.Reader) (*har.ExportOptions, error) {
	o := &har.ExportOptions{ControlFrames: f.controlFrames, RawBodies: f.rawBodies, Version: Version()}
	var err error
	if f.session != "" {
		if o.Session, err = session(tape, f.session); err != nil {
			return nil, err
		}
	}
	for _, id := range f.exchanges {
		id := capture.ExchangeID(id)
		if _, err := tape.Exchange(id); err != nil {
			return nil, missing(id, a.tape, err)
		}
		o.Exchanges = append(o.Exchanges, id)
	}
	if f.filter != "" {
		keep, err := parseFilter(f.filter)
		if err != nil {
			return nil, err
		}
		o.Keep = func(ex *capture.Exchange) bool { return a.keeps(keep, tape, ex) }
	}
	return o, nil
}

// exportSplit writes one HAR for each exchange, under a name that stays the
// same from export to export.
func (a *app) exportSplit(dir string, tape capture.Reader, o *har.ExportOptions) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	files := 0
	for ex, err := range selected(tape, o) {
		if err != nil {
			return err
		}
		if ex.Kind == capture.KindTunnel {
			continue
		}
		one := *o
		one.Exchanges, one.Keep = []capture.ExchangeID{ex.ID}, nil
		name := fmt.Sprintf("%06d-%s.har", ex.ID, fileName(ex.Request.URL))
		if err := a.writeFile(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := har.Export(w, tape, &one)
			return err
		}); err != nil {
			return err
		}
		files++
	}
	a.say("exported %s into %s", count(uint64(files), "file"), dir)
	return nil
}

// keeps is matches for those who cannot return an error: what cannot be read
// is kept, so that the export itself says what is wrong with it.
func (a *app) keeps(f *filter.Filter, tape capture.Reader, ex *capture.Exchange) bool {
	ok, err := a.matches(f, tape, ex)
	return ok || err != nil
}

func (a *app) exportTo(w io.Writer, format string, tape capture.Reader, o *har.ExportOptions) error {
	switch format {
	case "ndjson":
		return a.exportLines(w, tape, o)
	case "curl":
		return a.exportCommands(w, tape, o)
	case "har":
	default:
		return a.describe(w, format, "", tape, o)
	}
	step, end := a.progress("exporting")
	o.Progress = step
	summary, err := har.Export(w, tape, o)
	end()
	if err != nil {
		return err
	}
	a.say("exported %d entries with %d messages and %d events", summary.Entries, summary.Messages, summary.Events)
	return nil
}

// writeFile gives write a writer onto a file, or stdout for "-". A file appears
// only when it is complete. A pipe or a device is written to, not replaced, a
// link is followed, and the tape is not written over.
func (a *app) writeFile(name string, write func(io.Writer) error) (err error) {
	if name == "-" {
		out := bufio.NewWriterSize(a.out, 64<<10)
		if err := write(out); err != nil {
			return err
		}
		return out.Flush()
	}
	if info, err := os.Stat(name); err == nil {
		if tape, err := os.Stat(a.tape); err == nil && os.SameFile(info, tape) {
			return &misuse{name + " is the tape itself", "write to another file"}
		}
		if info.IsDir() {
			return &misuse{name + " is a directory", "name a file in it"}
		}
		if !info.Mode().IsRegular() {
			return writeDevice(name, write)
		}
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".wiretape-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Unwrap(err))
	}
	defer func() {
		_ = f.Close()
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	out := bufio.NewWriterSize(f, 256<<10)
	if err := write(out); err != nil {
		return err
	}
	if err := errors.Join(out.Flush(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(f.Name(), name)
}

// writeDevice writes to what is there and is no file.
func writeDevice(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	if err := write(out); err != nil {
		_ = f.Close()
		return err
	}
	if err := errors.Join(out.Flush(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
