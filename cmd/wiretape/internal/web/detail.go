package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

func (s *Server) registerDetail() {
	s.handle("GET /exchanges/{id}/rows/{seq}", s.row)
	s.handle("GET /exchanges/{id}/rows/{seq}/view", s.view)
	s.handle("GET /exchanges/{id}/rows/{seq}/raw", s.rawBytes)
}

// part is what a request wants of an exchange: a row, or one of the bodies.
type part struct {
	line *line
	dir  capture.Direction
	body *view.Body
}

// part looks up what the path names: a row's number, "request" or "response".
func (s *Server) part(r *http.Request) (*reel, *part, error) {
	id, err := exchangeOf(r)
	if err != nil {
		return nil, nil, err
	}
	level, err := parseLevel(r.FormValue("level"))
	if err != nil {
		return nil, nil, err
	}
	reel, err := s.reel(id, level)
	if err != nil {
		return nil, nil, err
	}
	p, err := reel.part(r.PathValue("seq"))
	return reel, p, err
}

func noRow(name string) *Problem {
	return problem(http.StatusNotFound, "the exchange has no such row", name, "its rows are numbered from 1; request and response are the bodies")
}

// has reports whether an exchange may have a part of that name.
func (r *reel) has(name string) bool {
	switch name {
	case "request":
		return r.ex.Sent.Bytes > 0 && r.ex.Kind != capture.KindWebSocket
	case "response":
		return r.ex.Received.Bytes > 0 && r.ex.Kind != capture.KindWebSocket
	}
	seq, err := strconv.ParseUint(name, 10, 64)
	return err == nil && seq > 0
}

// holds returns an error where an exchange has no part of that name. Bodies are
// not read for it.
func (r *reel) holds(name string) error {
	if !r.has(name) {
		return noRow(name)
	}
	if name == "request" || name == "response" {
		return nil
	}
	_, err := r.part(name)
	return err
}

func (r *reel) part(name string) (*part, error) {
	none := noRow(name)
	switch name {
	case "request":
		if b := reading.Body(r.script, capture.Send); b != nil {
			return &part{dir: capture.Send, body: b}, nil
		}
		return nil, none
	case "response":
		if b := reading.Body(r.script, capture.Receive); b != nil && r.ex.Kind != capture.KindWebSocket {
			return &part{dir: capture.Receive, body: b}, nil
		}
		return nil, none
	}
	seq, err := strconv.ParseUint(name, 10, 64)
	if err != nil || seq == 0 {
		return nil, none
	}
	for l, err := range r.from(seq) {
		if err != nil {
			return nil, err
		}
		if l.seq == seq {
			return &part{line: l, dir: l.dir}, nil
		}
		break
	}
	return nil, none
}

// bytes returns what the part holds, and what its type is said to be.
func (p *part) bytes(ex *capture.Exchange) (data []byte, mediaType string) {
	if p.line != nil {
		return p.line.payload(), ""
	}
	return p.body.Data, capture.Get(reading.Header(ex, p.dir), "Content-Type")
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
	reel, p, err := s.part(r)
	if err != nil {
		return err
	}
	if p.line == nil {
		return problem(http.StatusNotFound, "a body is no row", r.PathValue("seq"), "the exchange itself has it")
	}
	out, err := rowObject(p.line)
	if err != nil {
		return err
	}
	data := p.line.payload()
	out["default_as"] = raw(view.Detect(data, "").String())
	if p.line.message != nil {
		list, err := framesOf(reel, p.line.message)
		if err != nil {
			return err
		}
		out["frames"] = raw(list)
	}
	return answer(w, out)
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
	id, err := exchangeOf(r)
	if err != nil {
		return err
	}
	level, err := parseLevel(r.FormValue("level"))
	if err != nil {
		return err
	}
	reel, err := s.reel(id, level)
	if err != nil {
		return err
	}
	return reel.download(w, r.PathValue("seq"))
}

// download writes a part of an exchange as a file. A body is not held in memory.
func (r *reel) download(w http.ResponseWriter, name string) error {
	var body io.Reader
	switch {
	case name == "request" || name == "response" && r.ex.Kind != capture.KindWebSocket:
		dir := capture.Send
		if name == "response" {
			dir = capture.Receive
		}
		opened := r.script.Body(dir)
		defer opened.Close()
		body = opened
	default:
		p, err := r.part(name)
		if err != nil {
			return err
		}
		data := p.line.payload()
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		body = bytes.NewReader(data)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="exchange-`+strconv.FormatUint(uint64(r.ex.ID), 10)+"-"+name+`.bin"`)
	if _, err := io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler) // the answer has begun and cannot be finished
	}
	return nil
}
