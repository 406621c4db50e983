package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// exporter writes "one two", and fails before or behind it if told so.
type exporter struct{ before, behind error }

func (e *exporter) Formats() []web.ExportFormat {
	return []web.ExportFormat{{Format: "har", Ending: "har"}}
}

func (e *exporter) Export(_ context.Context, w io.Writer, q *web.ExportRequest) error {
	if e.before != nil {
		return e.before
	}
	text := "one two"
	if e.behind != nil {
		text = strings.Repeat(text, 10000) // more than waits to be sent
	}
	_, err := io.WriteString(w, text)
	return errors.Join(err, e.behind)
}

func (e *exporter) Preview(context.Context, *web.ExportRequest) (*web.ExportPreview, error) {
	return &web.ExportPreview{Items: []web.Redaction{{Rule: "jwt", Place: "query token", Count: 3, Sample: "eyJh…"}}}, e.before
}

// fetch asks for a path without the token.
func (d *driven) fetch(path string) (*http.Response, string, error) {
	d.t.Helper()
	res, err := http.Get(d.base + path)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestExportsAreDownloadedOnce(t *testing.T) {
	d := drive(t, web.Options{Exporter: &exporter{}, Tape: "/tmp/my tape.tape"})
	var got struct{ Ticket, Name string }
	no := false
	d.want(200, "POST", "/exports", web.ExportRequest{Format: "har", Session: 3, Redact: &no}, &got)
	if got.Name != "my_tape-session-3-with-secrets.har" || !strings.HasPrefix(got.Ticket, "/download/") {
		t.Fatalf("%+v", got)
	}
	res, body, err := d.fetch(got.Ticket)
	if err != nil || body != "one two" || res.Header.Get("Content-Disposition") != "attachment; filename="+got.Name ||
		res.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q %v %v", body, err, res.Header)
	}
	for _, path := range []string{got.Ticket, "/download/guess", "/download/"} {
		if res, _, err := d.fetch(path); err != nil || res.StatusCode != 404 {
			t.Errorf("%s: %v %v", path, res, err)
		}
	}
	d.want(400, "POST", "/exports", web.ExportRequest{Format: "doc"}, nil)
}

func TestExportsArePreviewed(t *testing.T) {
	d := drive(t, web.Options{Exporter: &exporter{}})
	var got web.ExportPreview
	d.want(200, "POST", "/exports", web.ExportRequest{Format: "har", DryRun: true}, &got)
	if len(got.Items) != 1 || got.Items[0].Count != 3 {
		t.Errorf("%+v", got)
	}
	d = drive(t, web.Options{Exporter: &exporter{before: errors.New("no such session")}})
	d.want(400, "POST", "/exports", web.ExportRequest{Format: "har", DryRun: true}, nil)
	d = drive(t, web.Options{})
	d.want(409, "POST", "/exports", web.ExportRequest{Format: "har"}, nil)
}

func TestExportsThatFail(t *testing.T) {
	for name, tt := range map[string]struct {
		with   *exporter
		status int
		cut    bool
	}{
		"before the first byte": {&exporter{before: errors.New("gone")}, 400, false},
		"in the middle":         {&exporter{behind: errors.New("gone")}, 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := drive(t, web.Options{Exporter: tt.with})
			var got struct{ Ticket string }
			d.want(200, "POST", "/exports", web.ExportRequest{Format: "har"}, &got)
			res, _, err := d.fetch(got.Ticket)
			if (err != nil) != tt.cut || err == nil && res.StatusCode != tt.status {
				t.Errorf("%v %v", res, err)
			}
		})
	}
}

// importer takes all that begins with a brace.
type importer struct{ name string }

func (i *importer) Import(_ context.Context, r io.Reader, name string) (*web.ImportReport, error) {
	i.name = name
	text, err := io.ReadAll(r)
	if err != nil || text[0] != '{' {
		return nil, errors.New("no HAR")
	}
	report := &web.ImportReport{Sessions: []capture.SessionID{4}, Entries: 2, Defects: []web.ImportDefect{{Entry: 1, What: "odd"}}}
	if len(text) > 1 {
		return report, nil
	}
	return report, io.ErrUnexpectedEOF
}

func TestImports(t *testing.T) {
	with := &importer{}
	d := drive(t, web.Options{Importer: with})
	var got web.ImportReport
	d.want(200, "POST", "/imports?name=..%2Fmy%20log.har", []byte("{}"), &got)
	if with.name != "my_log.har" || got.Entries != 2 || got.Sessions[0] != 4 || len(got.Defects) != 1 || got.Error != "" {
		t.Errorf("%q %+v", with.name, got)
	}
	d.want(200, "POST", "/imports?name=x.har", []byte("{"), &got)
	if got.Error == "" {
		t.Error("an import that was cut off says nothing")
	}
	d.want(400, "POST", "/imports?name=x.har", []byte("PNG"), nil)
	for _, mode := range []web.Mode{web.ModeRecord, web.ModeTape, web.ModeHAR} {
		var p struct{ Title, Hint string }
		drive(t, web.Options{Mode: mode}).want(409, "POST", "/imports?name=x.har", []byte("{}"), &p)
		if p.Title == "" || !strings.Contains(p.Hint, "wiretape import") {
			t.Errorf("%s: %+v", mode, p)
		}
	}
}
