package web

import (
	"net/http"
	"strconv"

	"github.com/wiretape/wiretape/capture"
)

func (s *Server) registerNotes() {
	s.handle("PATCH /exchanges/{id}", s.noteExchange)
	s.handle("PATCH /sessions/{id}", s.noteSession)
}

// notesJSON is what a person changes; what is left out stays.
type notesJSON struct {
	Label *string   `json:"label"`
	Note  *string   `json:"note"`
	Tags  *[]string `json:"tags"`
}

func (c *notesJSON) apply(n *capture.Notes) {
	if c.Note != nil {
		n.Note = *c.Note
	}
	if c.Tags != nil {
		n.Tags = *c.Tags
	}
}

// writable takes the change of a request, unless the tape can only be read.
func (s *Server) writable(w http.ResponseWriter, r *http.Request) (*notesJSON, error) {
	if s.o.Annotator == nil {
		return nil, problem(http.StatusConflict, "this tape can only be read", string(s.o.Mode), "import a HAR into a tape to keep notes: wiretape import FILE")
	}
	var c notesJSON
	return &c, take(w, r, &c)
}

// noteExchange writes the note and the tags of an exchange.
func (s *Server) noteExchange(w http.ResponseWriter, r *http.Request) error {
	id, err := exchangeOf(r)
	if err != nil {
		return err
	}
	c, err := s.writable(w, r)
	if err != nil {
		return err
	}
	ex, err := s.tape.Exchange(id)
	if err != nil {
		return err
	}
	notes := capture.Notes{Note: ex.Note, Tags: ex.Tags}
	c.apply(&notes)
	if err := s.o.Annotator.Annotate(id, notes); err != nil {
		return err
	}
	if ex, err = s.tape.Exchange(id); err != nil {
		return err
	}
	return answerJSON(w, listItem(ex, 0))
}

// noteSession writes the label, the note and the tags of a session.
func (s *Server) noteSession(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return problem(http.StatusNotFound, "that is not the number of a session", r.PathValue("id"), "/sessions lists them")
	}
	c, err := s.writable(w, r)
	if err != nil {
		return err
	}
	sessions, err := s.tape.Sessions()
	if err != nil {
		return err
	}
	for i := range sessions {
		known := &sessions[i]
		if known.ID != capture.SessionID(n) {
			continue
		}
		notes := capture.Notes{Note: known.Note, Tags: known.Tags}
		c.apply(&notes)
		label := known.Label
		if c.Label != nil {
			label = *c.Label
		}
		if err := s.o.Annotator.Label(known.ID, label, notes); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return problem(http.StatusNotFound, "there is no such session on the tape", r.PathValue("id"), "/sessions lists them")
}
