package web

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

func (s *Server) registerDetail() {
	s.handle("GET /exchanges/{id}/rows/{seq}", s.row)
	s.handle("GET /exchanges/{id}/rows/{seq}/view", s.view)
	s.handle("GET /exchanges/{id}/rows/{seq}/raw", s.rawBytes)
}

// partReel looks up the exchange and the level that a request is about.
func (s *Server) partReel(r *http.Request) (*reel, error) {
	id, level, err := subjectOf(r)
	if err != nil {
		return nil, err
	}
	return s.reel(id, level)
}

// subjectOf returns the exchange and the level that a request is about.
func subjectOf(r *http.Request) (id capture.ExchangeID, l level, err error) {
	if id, err = exchangeOf(r); err == nil {
		l, err = parseLevel(r.FormValue("level"))
	}
	return id, l, err
}

// frameJSON is one frame of a message, as on the wire.
type frameJSON struct {
	Seq       uint64 `json:"seq"`
	Fin       bool   `json:"fin"`
	RSV       uint8  `json:"rsv"`
	Opcode    uint8  `json:"opcode"`
	Masked    bool   `json:"masked"`
	Head      uint8  `json:"head"`
	Len       uint64 `json:"len"`
	Wire      uint64 `json:"wire"`
	At        int64  `json:"t_ns"`
	Took      int64  `json:"took_ns"`
	Violation string `json:"violation,omitempty"`
}

// row answers one row in full, up to a limit.
func (s *Server) row(w http.ResponseWriter, r *http.Request) error {
	reel, err := s.partReel(r)
	if err != nil {
		return err
	}
	name := r.PathValue("seq")
	if name == "request" || name == "response" {
		return problem(http.StatusNotFound, "a body is no row", name, "the exchange itself has it")
	}
	out, err := s.wholeRow(r.Context(), reel, name)
	if err != nil {
		return err
	}
	return answer(w, out)
}

// wholeRow returns what is answered about a row.
func (s *Server) wholeRow(ctx context.Context, reel *reel, name string) (map[string]json.RawMessage, error) {
	done, err := s.reading.take(ctx, reel.ex)
	if err != nil {
		return nil, err
	}
	defer done()
	p, err := reel.part(name)
	if err != nil {
		return nil, err
	}
	out, err := rowObject(p.line)
	if err != nil {
		return nil, err
	}
	out["default_as"] = raw(view.Detect(p.line.payload(), "").String())
	if p.line.message != nil {
		list, err := framesOf(reel, p.line.message)
		if err != nil {
			return nil, err
		}
		out["frames"] = raw(list)
	}
	return out, nil
}

// rowObject is the object of show --json for a row, its payload cut where it is
// long.
func rowObject(l *line) (map[string]json.RawMessage, error) {
	var text []byte
	cut := len(l.payload()) > shownBody
	switch {
	case l.message != nil:
		m := *l.message
		m.Data = m.Data[:min(len(m.Data), shownBody)]
		text = view.AppendMessage(nil, &m)
	case l.frame != nil:
		f := *l.frame
		f.Payload = f.Payload[:min(len(f.Payload), shownBody)]
		text = view.AppendFrame(nil, &f)
	case l.event != nil:
		e := *l.event
		e.Data = e.Data[:min(len(e.Data), shownBody)]
		if l.record {
			text = view.AppendRecord(nil, &e)
		} else {
			text = view.AppendEvent(nil, &e)
		}
	default:
		text = raw(map[string]any{
			"seq": l.seq, "dir": l.dir.String(), "t_ns": l.at, "len": len(l.piece.Data), "lost": l.piece.Lost,
			"base64": l.piece.Data[:min(len(l.piece.Data), shownBody)],
		})
	}
	out := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	if cut {
		out["cut"] = raw(true)
	}
	return out, nil
}

// framesOf returns the frames of a message. Between them may be frames of the
// other direction, and control frames.
func framesOf(r *reel, m *capture.Message) ([]frameJSON, error) {
	list := []frameJSON{}
	if m.FirstFrame == 0 {
		return list, nil
	}
	for f, err := range r.script.Frames(m.FirstFrame) {
		if err != nil {
			return nil, err
		}
		if f.Dir != m.Dir || f.Opcode.Control() != m.Opcode.Control() {
			continue
		}
		list = append(list, frameJSON{
			Seq: f.Seq, Fin: f.Fin, RSV: f.RSV, Opcode: uint8(f.Opcode), Masked: f.Masked, Head: f.Size,
			Len: f.Length, Wire: uint64(f.Size) + f.Length, At: int64(f.At), Took: int64(f.Took), Violation: f.Violation,
		})
		if len(list) >= m.Fragments || len(list) == maxRows {
			break
		}
	}
	return list, nil
}

// raw marshals what cannot fail to be.
func raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

// rawBytes answers a payload as it is.
func (s *Server) rawBytes(w http.ResponseWriter, r *http.Request) error {
	reel, err := s.partReel(r)
	if err != nil {
		return err
	}
	return s.sendPart(r.Context(), w, reel, r.PathValue("seq"))
}
