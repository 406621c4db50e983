package web

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// Exporter writes exchanges in other formats: what wiretape export does.
type Exporter interface {
	// Formats returns the formats, the first one first.
	Formats() []ExportFormat
	// Export writes to w. It ends early with ctx.
	Export(ctx context.Context, w io.Writer, q *ExportRequest) error
	// Preview tells what Export would take out, and writes nothing.
	Preview(ctx context.Context, q *ExportRequest) (*ExportPreview, error)
}

// ExportFormat is a format and how its files end, as in "har".
type ExportFormat struct {
	Format string `json:"format"`
	Ending string `json:"ending"`
	Title  string `json:"title"`
}

// ExportRequest says what is exported and how, in the words of the flags of
// wiretape export.
type ExportRequest struct {
	Session   capture.SessionID    `json:"session"`
	Exchanges []capture.ExchangeID `json:"exchanges"`
	Filter    string               `json:"filter"`
	Format    string               `json:"format"`
	Redact    *bool                `json:"redact"` // left out: true
	Rules     string               `json:"rules"`  // redaction rules as in docs/redaction.md
	DryRun    bool                 `json:"dry_run"`

	SameLength    bool `json:"same_length"`
	ControlFrames bool `json:"control_frames"`
	RawBodies     bool `json:"raw_bodies"`
}

// Redacts reports whether secrets are taken out.
func (q *ExportRequest) Redacts() bool { return q.Redact == nil || *q.Redact }

// ExportPreview is what an export would take out.
type ExportPreview struct {
	Items       []Redaction `json:"items"`
	NotSearched []string    `json:"not_searched"`
	Exchanges   int         `json:"exchanges"`
	Command     string      `json:"command"`
}

// Redaction counts what a rule takes out in one place.
type Redaction struct {
	Rule   string `json:"rule"`
	Place  string `json:"place"`
	Count  int    `json:"count"`
	Sample string `json:"sample"`
}

// maxExports is how many exports and previews are under way at most.
const maxExports = 2

func (s *Server) registerExports() {
	s.handle("GET /exports", s.listFormats)
	s.handle("POST /exports", s.export)
	s.mux.HandleFunc("GET /download/", s.serveTicket)
}

func (s *Server) listFormats(w http.ResponseWriter, _ *http.Request) error {
	formats := []ExportFormat{}
	if s.o.Exporter != nil {
		formats = s.o.Exporter.Formats()
	}
	return answer(w, struct {
		Items []ExportFormat `json:"items"`
	}{formats})
}

// export answers what would be taken out, or gives a ticket for the file.
func (s *Server) export(w http.ResponseWriter, r *http.Request) error {
	var q ExportRequest
	if err := take(w, r, &q); err != nil {
		return err
	}
	if s.o.Exporter == nil {
		return problem(http.StatusConflict, "nothing can be exported from here", "", "")
	}
	formats := s.o.Exporter.Formats()
	at := slices.IndexFunc(formats, func(f ExportFormat) bool { return f.Format == q.Format })
	if at < 0 {
		return problem(http.StatusBadRequest, "there is no such format", q.Format, "GET /exports lists them")
	}
	if !q.DryRun {
		name := s.exportName(&q, formats[at].Ending)
		return answer(w, map[string]string{"ticket": s.tickets.issue("/download", func(w http.ResponseWriter, r *http.Request) error {
			return s.download(w, r, &q, name)
		}), "name": name})
	}
	done, err := s.exporting()
	if err != nil {
		return err
	}
	defer done()
	preview, err := s.o.Exporter.Preview(r.Context(), &q)
	if err != nil {
		return badRequest("it cannot be exported", err)
	}
	return answer(w, preview)
}

// exporting takes one of the places for exports, until done is called.
func (s *Server) exporting() (done func(), err error) {
	if s.exports.Add(1) > maxExports {
		s.exports.Add(-1)
		return nil, problem(http.StatusTooManyRequests, "other exports are under way", "", "wait until they are done")
	}
	return func() { s.exports.Add(-1) }, nil
}

// exportName returns the name of the file: the tape's and what of it.
func (s *Server) exportName(q *ExportRequest, ending string) string {
	name := strings.TrimSuffix(filepath.Base(s.o.Tape), filepath.Ext(s.o.Tape))
	switch {
	case len(q.Exchanges) == 1:
		name += fmt.Sprintf("-exchange-%d", q.Exchanges[0])
	case q.Session > 0:
		name += fmt.Sprintf("-session-%d", q.Session)
	}
	if !q.Redacts() {
		name += "-with-secrets"
	}
	return cleanName(name) + "." + ending
}

// cleanName keeps of a file's name what is harmless everywhere.
func cleanName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, name)
	if clean = strings.Trim(clean[:min(len(clean), 100)], "._"); clean == "" {
		return "wiretape"
	}
	return clean
}

// download streams an export. What fails after its first byte breaks the
// download off, so that no half of a file is taken for the whole.
func (s *Server) download(w http.ResponseWriter, r *http.Request, q *ExportRequest, name string) error {
	done, err := s.exporting()
	if err != nil {
		return err
	}
	defer done()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	out := &counted{w: w}
	if err := s.o.Exporter.Export(r.Context(), out, q); err != nil {
		if out.n == 0 {
			h.Del("Content-Disposition")
			return badRequest("it cannot be exported", err)
		}
		s.log.Warn("the export was broken off: " + err.Error())
		panic(http.ErrAbortHandler)
	}
	return nil
}

// counted counts what is written.
type counted struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
