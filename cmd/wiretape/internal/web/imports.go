package web

import (
	"context"
	"io"
	"net/http"

	"github.com/wiretape/wiretape/capture"
)

// Importer reads archives of other tools onto the tape: what wiretape import
// does.
type Importer interface {
	// Import reads a HAR, or a zip that holds one. The report tells what was
	// read also where err says that the rest could not be; it may be nil then.
	Import(ctx context.Context, r io.Reader, name string) (*ImportReport, error)
}

// ImportReport is what came of an import.
type ImportReport struct {
	Sessions []capture.SessionID `json:"sessions"`
	Entries  int                 `json:"entries"`
	Messages int                 `json:"messages"`
	Events   int                 `json:"events"`
	Tool     string              `json:"tool"`
	Defects  []ImportDefect      `json:"defects"`
	Unlisted int                 `json:"unlisted,omitempty"` // defects that are not listed
	Error    string              `json:"error,omitempty"`    // why it ended early
}

// ImportDefect is a rule that an archive breaks.
type ImportDefect struct {
	Entry int    `json:"entry"`
	Where string `json:"where"`
	What  string `json:"what"`
}

func (s *Server) registerImports() {
	s.handle("POST /imports", s.importArchive)
}

// importArchive reads the body of the request onto the tape, one archive at a
// time.
func (s *Server) importArchive(w http.ResponseWriter, r *http.Request) error {
	if s.o.Importer == nil {
		title, hint := "this tape is only read here", "import from the command line: wiretape import -t NEW.tape FILE.har"
		switch s.o.Mode {
		case ModeRecord:
			title, hint = "the recorder of this tape is another program", "drop the file on the recorder's own page, or import it into another tape: wiretape import -t NEW.tape FILE.har"
		case ModeHAR:
			title, hint = "what is open is a HAR, which keeps nothing", "import both into a tape: wiretape import -t NEW.tape FILE.har"
		}
		return problem(http.StatusConflict, title, "", hint)
	}
	if !s.importing.CompareAndSwap(false, true) {
		return problem(http.StatusTooManyRequests, "another import is under way", "", "wait until it is done")
	}
	defer s.importing.Store(false)
	report, err := s.o.Importer.Import(r.Context(), r.Body, cleanName(r.URL.Query().Get("name")))
	if err != nil && (report == nil || report.Entries == 0) {
		return badRequest("the file could not be imported", err)
	}
	if err != nil {
		report.Error = err.Error()
	}
	return answer(w, report)
}
