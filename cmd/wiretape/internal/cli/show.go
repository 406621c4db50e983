package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// showFlags are the flags of wiretape show.
type showFlags struct {
	frames, messages, hex, raw bool
	json, follow, absolute     bool
	filter                     string
	from                       uint64
	limit                      uint
	merge                      mergeFlags
	message                    uint64
	as                         string
	units, paired              bool
	fold, foldGiven            bool
}

func (a *app) showCommand() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show one exchange: its heads, and what was said, in order.",
		Long: `Show one exchange: its heads, and what was said, in order.

Sockets show their messages (or --frames), event streams their events, streams
of JSON texts their records, plain exchanges their bodies. ID is the number in
the first column of wiretape ls.`,
		Example: `  wiretape show 1
  wiretape show 1 --filter 'dir:send $.op=="order"'
  wiretape show 1 --from 500 --limit 20
  wiretape show 1 --follow
  wiretape show 1 --message 7
  wiretape show 1 --message 7 --as hex
  wiretape show 1 --pairs
  wiretape show 2 --merge
  wiretape show 2 --merge-path '$.choices[0].delta.content'
  wiretape show 3 --raw > body`,
		Args: needs(1, "the ID of an exchange"),
		RunE: func(c *cobra.Command, args []string) error {
			f.foldGiven = c.Flags().Changed("fold")
			return a.show(&f, args[0])
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.BoolVar(&f.messages, "messages", false, "messages, assembled and inflated (the default for sockets)")
	fs.BoolVar(&f.frames, "frames", false, "frames, as they were on the wire")
	fs.BoolVar(&f.units, "units", false, "messages as the application's protocol has them: several of one, or one of several")
	fs.BoolVar(&f.paired, "pairs", false, "requests with their answers and latencies; heartbeats and subscriptions summed up")
	f.merge.add(c)
	fs.Uint64Var(&f.message, "message", 0, "row `SEQ` alone, in full (of a plain exchange: 1 the request's body, 2 the response's)")
	fs.StringVar(&f.as, "as", view.AsNames()[0], "with --message: "+strings.Join(view.AsNames(), ", "))
	fs.BoolVar(&f.hex, "hex", false, "payloads as hex dumps")
	fs.BoolVar(&f.raw, "raw", false, "the bytes that were received, and nothing else")
	fs.StringVar(&f.filter, "filter", "", "only rows that match `EXPR`")
	fs.BoolVar(&f.follow, "follow", false, "go on as long as the exchange does")
	fs.Uint64Var(&f.from, "from", 1, "begin at row `SEQ`")
	fs.UintVar(&f.limit, "limit", 0, "at most `N` rows (default: all)")
	fs.BoolVar(&f.absolute, "absolute", false, "times of day, not times since the start")
	fs.BoolVar(&f.fold, "fold", false, "one line for a run of heartbeats (the default on a terminal; --fold=false shows them all)")
	fs.BoolVar(&f.json, "json", false, "one JSON object a line: the exchange, then its rows")
	c.MarkFlagsMutuallyExclusive("messages", "frames", "units", "pairs", "raw", "merge")
	c.MarkFlagsMutuallyExclusive("json", "hex", "raw")
	return c
}

func (a *app) show(f *showFlags, arg string) error {
	id, err := exchangeID(arg)
	if err != nil {
		return err
	}
	keep, err := parseFilter(f.filter)
	if err != nil {
		return err
	}
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	ex, err := tape.Exchange(id)
	if err != nil {
		return missing(id, a.tape, err)
	}
	if f.follow || f.raw || f.json {
		return a.showTo(f, keep, tape, ex)
	}
	return a.paged(func() error { return a.showTo(f, keep, tape, ex) })
}

func (a *app) showTo(f *showFlags, keep *filter.Filter, tape *recording, ex *capture.Exchange) error {
	out := bufio.NewWriterSize(a.out, 64<<10)
	defer out.Flush()
	var reader capture.Reader = tape
	if f.follow && ex.Open && tape.live != nil {
		reader = &follower{Reader: tape, source: tape.source, ex: ex, idle: func() { _ = out.Flush() }}
	}
	s := &showing{
		showFlags: f, keep: keep.Within(ex), out: out, style: a.style(),
		transcript: a.transcript(reader, ex), now: a.transcript(tape, ex), documents: tape,
	}
	s.style.Absolute, s.style.Started = f.absolute, ex.Started
	_, s.terminal = isTerminal(a.out)
	s.terminal = s.terminal || a.screen != nil
	if err := s.run(); err != nil {
		return err
	}
	return out.Flush()
}

// showing is one run of show.
type showing struct {
	*showFlags
	keep       *filter.Filter
	out        *bufio.Writer
	style      view.Style
	transcript *transcript.Transcript
	now        *transcript.Transcript // the same without what is still to come
	timeline   *view.TimelineTable
	documents  documents // nil: the tape keeps none
	line       []byte
	shown      uint
	terminal   bool
	passed     func(dir capture.Direction, answer bool) // told of each row of a stream; nil: nobody
}

func (s *showing) run() error {
	ex := s.transcript.Exchange()
	if s.raw {
		return s.rawBytes(ex)
	}
	if s.merge.wanted() {
		return s.merged(ex)
	}
	if s.message > 0 {
		return s.one(ex)
	}
	plain := ex.Kind == capture.KindHTTP || ex.Kind == capture.KindTunnel
	if err := s.head(ex); err != nil {
		return err
	}
	s.timeline = view.Timeline(s.out, s.style)
	if !s.json && !plain {
		fmt.Fprintln(s.out)
	}
	var err error
	switch {
	case plain:
		return nil
	case ex.Kind != capture.KindWebSocket:
		err = s.events(ex)
	case s.units:
		return s.unitRows(ex)
	case s.paired:
		return s.pairs(ex)
	case s.frames:
		err = s.frameRows(ex)
	default:
		err = s.messageRows(ex)
	}
	if err != nil {
		return err
	}
	if !s.json && (s.limit == 0 || s.shown < s.limit) {
		return s.timeline.End(ex)
	}
	return nil
}

// head writes the exchange itself, with its bodies where they are not shown as
// rows.
func (s *showing) head(ex *capture.Exchange) error {
	whole := s.transcript
	if ex.Kind != capture.KindHTTP {
		whole = s.now // a follower must not wait for the end of the stream
	}
	bodies := reading.Bodies(whole, 0)
	if s.json {
		return s.write(view.AppendExchangeWhole(s.line[:0], ex, bodies))
	}
	if err := view.Head(s.out, ex, s.style); err != nil {
		return err
	}
	for _, part := range []struct {
		name   string
		header []capture.Field
		body   *view.Body
	}{
		{"request body", ex.Request.Header, bodies.Request},
		{"response body", reading.Header(ex, capture.Receive), bodies.Response},
	} {
		if part.body == nil {
			continue
		}
		if err := s.body(part.name, part.header, part.body); err != nil {
			return err
		}
	}
	return nil
}

func (s *showing) body(name string, header []capture.Field, b *view.Body) error {
	fmt.Fprintf(s.out, "\n%s, %s", name, view.Size(uint64(b.Len)))
	if b.Wire != b.Len {
		fmt.Fprintf(s.out, " (%s on the wire)", view.Size(uint64(b.Wire)))
	}
	fmt.Fprintln(s.out)
	as := view.Auto
	if s.hex {
		as = view.Hex
	}
	if err := view.Format(s.out, b.Data, as, capture.Get(header, "Content-Type"), s.style); err != nil {
		return err
	}
	if b.Err != "" {
		fmt.Fprintf(s.out, "(%s)\n", view.Sanitize(b.Err))
	}
	return nil
}

func (s *showing) messageRows(ex *capture.Exchange) error {
	if !s.json {
		return s.conversation(ex)
	}
	for m, err := range s.transcript.Messages(s.from) {
		if err != nil {
			return err
		}
		if !s.keep.Row(ex, filter.Message(m)) {
			continue
		}
		err = s.write(view.AppendMessage(s.line[:0], m))
		s.tell(m.Dir, !m.Opcode.Control())
		if err != nil || s.full() {
			return err
		}
	}
	return nil
}

func (s *showing) frameRows(ex *capture.Exchange) error {
	for fr, err := range s.transcript.Frames(s.from) {
		if err != nil {
			return err
		}
		if !s.keep.Row(ex, filter.Frame(fr)) {
			continue
		}
		if s.json {
			err = s.write(view.AppendFrame(s.line[:0], fr))
		} else {
			err = s.row(s.timeline.Frame(fr), fr.Payload)
		}
		if err != nil || s.full() {
			return err
		}
	}
	return nil
}

func (s *showing) events(ex *capture.Exchange) error {
	appendRow, tableRow := view.AppendEvent, s.timeline.Event
	if ex.Kind == capture.KindNDJSON {
		appendRow, tableRow = view.AppendRecord, s.timeline.Record
	}
	for e, err := range s.transcript.Events(s.from) {
		if err != nil {
			return err
		}
		if !s.keep.Row(ex, reading.EventRow(ex, e)) {
			continue
		}
		if s.json {
			err = s.write(appendRow(s.line[:0], e))
		} else {
			err = s.row(tableRow(e), []byte(e.Data))
		}
		s.tell(e.Dir, e.Dispatched || ex.Kind == capture.KindNDJSON)
		if err != nil || s.full() {
			return err
		}
	}
	return nil
}

// row finishes a row for people: the dump below it where one was asked for.
func (s *showing) row(err error, payload []byte) error {
	if err == nil && s.hex {
		err = view.Hexdump(s.out, payload, 0)
	}
	return err
}

func (s *showing) tell(dir capture.Direction, answer bool) {
	if s.passed != nil {
		s.passed(dir, answer)
	}
}

func (s *showing) write(line []byte) error {
	s.line = append(line, '\n')
	_, err := s.out.Write(s.line)
	return err
}

func (s *showing) full() bool {
	s.shown++
	return s.limit > 0 && s.shown >= s.limit
}

// rawBytes writes what was received: the body as decoded, or the payloads of
// the messages one after the other.
func (s *showing) rawBytes(ex *capture.Exchange) error {
	if ex.Kind != capture.KindWebSocket {
		body := s.transcript.Body(capture.Receive)
		defer body.Close()
		_, err := io.Copy(s.out, body)
		return err
	}
	for m, err := range s.transcript.Messages(s.from) {
		if err != nil {
			return err
		}
		if m.Dir != capture.Receive || m.Opcode.Control() || !s.keep.Row(ex, filter.Message(m)) {
			continue
		}
		if _, err := s.out.Write(m.Data); err != nil {
			return err
		}
		if s.full() {
			return nil
		}
	}
	return nil
}
