package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// pageExporter exports for the page, as wiretape export does.
type pageExporter struct {
	*app
	tape capture.Reader
}

var _ web.Exporter = (*pageExporter)(nil)

// exportTitles says what the formats are, in few words, and how their files end
// where that is not the format's name.
var exportTitles = map[string]web.ExportFormat{
	"har":      {Title: "HAR: opens in browsers' developer tools"},
	"ndjson":   {Title: "JSON lines, as wiretape show prints them"},
	"curl":     {Title: "Commands that make the requests again", Ending: "sh"},
	"asyncapi": {Title: "AsyncAPI 3: channels and messages", Ending: "asyncapi.yaml"},
	"openapi":  {Title: "OpenAPI 3.2: paths and schemas", Ending: "openapi.yaml"},
	"html":     {Title: "One page to share, without script"},
}

// Formats implements web.Exporter.
func (p *pageExporter) Formats() []web.ExportFormat {
	var out []web.ExportFormat
	for _, name := range exportFormats {
		f := exportTitles[name]
		f.Format = name
		if f.Ending == "" {
			f.Ending = name
		}
		if f.Title == "" {
			f.Title = name
		}
		out = append(out, f)
	}
	return out
}

// Export implements web.Exporter.
func (p *pageExporter) Export(ctx context.Context, w io.Writer, q *web.ExportRequest) error {
	tape := reading.Until(ctx, p.tape)
	o, err := p.options(q, tape)
	if err != nil {
		return err
	}
	if !q.Redacts() {
		o.Redactor = nil
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := p.quiet().exportTo(out, q.Format, tape, o); err != nil {
		return err
	}
	return out.Flush()
}

// Preview implements web.Exporter.
func (p *pageExporter) Preview(ctx context.Context, q *web.ExportRequest) (*web.ExportPreview, error) {
	tape := reading.Until(ctx, p.tape)
	o, err := p.options(q, tape)
	if err != nil {
		return nil, err
	}
	if err := p.quiet().exportTo(io.Discard, q.Format, tape, o); err != nil {
		return nil, err
	}
	out := &web.ExportPreview{Items: []web.Redaction{}, Command: exportCommandOf(q, p.app.tape)}
	unreadable := 0
	for _, f := range o.Redactor.Found() {
		if f.Rule == "unreadable" {
			unreadable += f.Count
			continue
		}
		out.Items = append(out.Items, web.Redaction{Rule: f.Rule, Place: f.Place, Count: f.Count, Sample: f.Sample})
	}
	if out.Exchanges, out.NotSearched, err = notSearched(tape, o); err != nil {
		return nil, err
	}
	if unreadable > 0 {
		out.NotSearched = append(out.NotSearched, fmt.Sprintf("%s that cannot be inflated: left out", count(uint64(unreadable), "message")))
	}
	return out, nil
}

// options turns a request of the page into those of the export. Nothing in it
// names a file.
func (p *pageExporter) options(q *web.ExportRequest, tape capture.Reader) (*har.ExportOptions, error) {
	f := &exportFlags{format: q.Format, filter: q.Filter, controlFrames: q.ControlFrames, rawBodies: q.RawBodies}
	if q.Session > 0 {
		f.session = strconv.FormatUint(uint64(q.Session), 10)
	}
	for _, id := range q.Exchanges {
		f.exchanges = append(f.exchanges, uint(id))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	o, err := p.exportOptions(f, tape)
	if err != nil {
		return nil, err
	}
	r := redact.Options{SameLength: q.SameLength}
	if q.Rules != "" {
		if r.Rules, err = redact.ParseRules(strings.NewReader(q.Rules)); err != nil {
			return nil, err
		}
	}
	o.Redactor, err = redact.New(&r)
	return o, err
}

// opaque are the media types in which redaction finds nothing.
var opaque = []string{"image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf", "application/zip", "application/grpc", "application/x-protobuf", "application/wasm"}

// notSearched counts what is exported, and names that of it in which nobody
// looks for secrets.
func notSearched(tape capture.Reader, o *har.ExportOptions) (exchanges int, names []string, err error) {
	bodies := map[string]uint64{}
	tunnels := uint64(0)
	for ex, err := range selected(tape, o) {
		if err != nil {
			return 0, nil, err
		}
		if ex.Kind == capture.KindTunnel {
			tunnels++
			continue
		}
		exchanges++
		heads := map[*[]capture.Field]uint64{&ex.Request.Header: ex.Sent.Bytes}
		if ex.Response != nil && ex.Kind != capture.KindWebSocket {
			heads[&ex.Response.Header] = ex.Received.Bytes
		}
		for head, n := range heads {
			essence := content.ParseMediaType(capture.Get(*head, "Content-Type")).Essence
			if n > 0 && slices.ContainsFunc(opaque, func(prefix string) bool { return strings.HasPrefix(essence, prefix) }) {
				bodies[essence]++
			}
		}
	}
	names = []string{}
	for essence, n := range bodies {
		name := "1 body"
		if n > 1 {
			name = fmt.Sprintf("%d bodies", n)
		}
		names = append(names, name+" of type "+essence)
	}
	slices.Sort(names)
	if tunnels > 0 {
		names = append(names, count(tunnels, "tunnel")+" that were not looked into: left out")
	}
	return exchanges, names, nil
}

// exportCommandOf writes the command line that does the same.
func exportCommandOf(q *web.ExportRequest, tape string) string {
	var b strings.Builder
	b.WriteString("wiretape export -t " + shellQuote(tape))
	if q.Session > 0 {
		fmt.Fprintf(&b, " --session %d", q.Session)
	}
	for _, id := range q.Exchanges {
		fmt.Fprintf(&b, " --exchange %d", id)
	}
	if q.Filter != "" {
		b.WriteString(" --filter " + shellQuote(q.Filter))
	}
	b.WriteString(" --format " + q.Format)
	for flag, on := range map[string]bool{" --no-redact": !q.Redacts(), " --redact-rules rules.yaml": q.Redacts() && q.Rules != ""} {
		if on {
			b.WriteString(flag)
		}
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{{"--redact-same-length", q.SameLength}, {"--control-frames", q.ControlFrames}, {"--raw-bodies", q.RawBodies}} {
		if flag.on {
			b.WriteString(" " + flag.name)
		}
	}
	ending := exportTitles[q.Format].Ending
	if ending == "" {
		ending = q.Format
	}
	return b.String() + " -o export." + ending
}
