package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// pageImporter imports what is dropped on the page.
type pageImporter struct{ tape capture.Writer }

var _ web.Importer = (*pageImporter)(nil)

// maxDropped is how long a zip may be that is dropped on the page, in bytes.
const maxDropped = 4 << 30

// zipMark is how a zip begins (APPNOTE.TXT 4.3.7).
const zipMark = "PK\x03\x04"

// Import implements web.Importer.
func (p *pageImporter) Import(ctx context.Context, r io.Reader, name string) (*web.ImportReport, error) {
	in := bufio.NewReaderSize(&readUntil{r, ctx}, 64<<10)
	o := &har.ImportOptions{Label: name}
	var report *har.Report
	var err error
	if head, _ := in.Peek(len(zipMark)); string(head) == zipMark {
		report, err = p.zip(in, o)
	} else {
		report, err = har.Import(in, p.tape, o)
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	if report == nil {
		return nil, err
	}
	return importReport(report), err
}

// zip reads a zip, whose table of contents stands at its end.
func (p *pageImporter) zip(r io.Reader, o *har.ImportOptions) (*har.Report, error) {
	f, err := os.CreateTemp("", "wiretape-import-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	size, err := io.Copy(f, io.LimitReader(r, maxDropped+1))
	if err != nil {
		return nil, err
	}
	if size > maxDropped {
		return nil, &hinted{fmt.Errorf("it is longer than %d bytes", int64(maxDropped)), "unpack it, and import the HAR in it"}
	}
	return har.ImportZip(f, size, p.tape, o)
}

func importReport(r *har.Report) *web.ImportReport {
	out := &web.ImportReport{
		Sessions: append([]capture.SessionID{}, r.Sessions...), Entries: r.Entries, Messages: r.Messages, Events: r.Events,
		Tool: r.Tool, Defects: []web.ImportDefect{}, Unlisted: r.Unlisted,
	}
	for _, d := range r.Defects {
		out.Defects = append(out.Defects, web.ImportDefect{Entry: d.Entry, Where: d.Where, What: strings.ToValidUTF8(d.What, "\ufffd")})
	}
	return out
}

// readUntil reads until ctx ends.
type readUntil struct {
	r   io.Reader
	ctx context.Context
}

// Read implements io.Reader.
func (u *readUntil) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
