package web

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func (s *Server) registerCompose() {
	s.handle("POST /connections", s.once(s.connect))
	s.handle("GET /connections", s.connections)
	s.handle("POST /connections/preview", s.previewText)
	s.handle("POST /connections/{connection}/messages", s.once(s.sendMessage))
	s.handle("POST /connections/{connection}/end", s.endConnection)
	s.handle("POST /format", s.format)
}

// newDesk returns the desk on which the page's connections lie, nil when that
// part is off.
func (s *Server) newDesk() *compose.Desk {
	if s.o.Compose == nil {
		return nil
	}
	o := *s.o.Compose
	o.Vars, o.Env = s.variables, s.vault.Env
	o.Changed = func(st compose.Status) { s.publish("connection", st.Connection, &st) }
	return compose.NewDesk(o)
}

// connect opens a connection.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) error {
	if s.desk == nil {
		return noDesk()
	}
	var t compose.Target
	if err := take(w, r, &t); err != nil {
		return err
	}
	st, err := s.desk.Open(r.Context(), t)
	if err != nil {
		p := composeProblem(err)
		p.Exchange = st.Exchange
		return p
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return answer(w, &st)
}

func noDesk() *Problem {
	return problem(http.StatusConflict, "nothing can be sent from here", "", "open the page of a recorder: wiretape record")
}

// composeProblem says what an error of package compose means to the page.
func composeProblem(err error) *Problem {
	var hint string
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		hint = hinted.Hint()
	}
	var (
		unknown     *compose.UnknownError
		template    *compose.TemplateError
		target      *compose.TargetError
		message     *compose.MessageError
		unreachable *compose.UnreachableError
		refused     *compose.RefusedError
		proxy       *compose.ProxyError
		closed      *compose.ClosedError
		limit       *compose.LimitError
	)
	is := func(status int, title string) *Problem { return problem(status, title, err.Error(), hint) }
	switch {
	case errors.As(err, &unknown):
		return is(http.StatusBadRequest, "a variable is not known")
	case errors.As(err, &template):
		p := is(http.StatusBadRequest, "a placeholder cannot be read")
		p.At = &template.At
		return p
	case errors.As(err, &message):
		p := is(http.StatusBadRequest, "the message cannot be sent like this")
		if message.At >= 0 {
			p.At = &message.At
		}
		return p
	case errors.As(err, &target):
		return is(http.StatusBadRequest, "this cannot be sent")
	case errors.As(err, &unreachable):
		switch unreachable.Status {
		case http.StatusForbidden, http.StatusLoopDetected:
			return is(http.StatusForbidden, "this is wiretape's own address")
		case http.StatusGatewayTimeout:
			return is(http.StatusGatewayTimeout, "the server did not answer in time")
		}
		return is(http.StatusBadGateway, "the server cannot be reached")
	case errors.As(err, &refused):
		p := is(http.StatusBadGateway, "the server refused the handshake")
		if len(refused.Body) > 0 && utf8.Valid(refused.Body) {
			p.Detail += "\n\n" + string(refused.Body)
		}
		return p
	case errors.As(err, &proxy):
		return is(http.StatusBadGateway, "the recorder's proxy did not let it through")
	case errors.As(err, &closed):
		return is(http.StatusConflict, "the connection is over")
	case errors.As(err, &limit):
		return is(http.StatusTooManyRequests, "too many connections are open")
	case errors.Is(err, compose.ErrNoConnection):
		return is(http.StatusNotFound, "there is no such connection")
	}
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		p.Status, p.Title = http.StatusBadGateway, "it could not be sent"
	}
	return p
}

// connections lists what was opened.
func (s *Server) connections(w http.ResponseWriter, _ *http.Request) error {
	items := []compose.Status{}
	if s.desk != nil {
		items = s.desk.Connections()
	}
	return answer(w, struct {
		Items []compose.Status `json:"items"`
	}{items})
}

// maxEcho is how much of what was sent is told again, in bytes.
const maxEcho = 64 << 10

// sendMessage sends one message.
func (s *Server) sendMessage(w http.ResponseWriter, r *http.Request) error {
	if s.desk == nil {
		return noDesk()
	}
	var m compose.Message
	if err := take(w, r, &m); err != nil {
		return err
	}
	sent, err := s.desk.Send(r.PathValue("connection"), m)
	if err != nil {
		return composeProblem(err)
	}
	v := struct {
		Sent     bool   `json:"sent"`
		Len      int    `json:"len"`
		Resolved string `json:"resolved,omitempty"` // up to 64 KiB
	}{Sent: true, Len: len(sent)}
	if m.Text != nil {
		v.Resolved = strings.ToValidUTF8(string(sent[:min(len(sent), maxEcho)]), "")
	}
	return answer(w, &v)
}

// endConnection closes or aborts a connection.
func (s *Server) endConnection(w http.ResponseWriter, r *http.Request) error {
	if s.desk == nil {
		return noDesk()
	}
	var q ending
	if err := take(w, r, &q); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	if err := s.desk.End(r.PathValue("connection"), q.How == "abort", q.Code, q.Reason); err != nil {
		return composeProblem(err)
	}
	return answer(w, map[string]bool{"ended": true})
}

// ending is how somebody wants a connection to be over.
type ending struct {
	To     string `json:"to"`  // of an injection: client, server or both
	How    string `json:"how"` // close or abort
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

func (e *ending) check() error {
	switch {
	case e.How == "":
		e.How = "close"
	case e.How != "close" && e.How != "abort":
		return problem(http.StatusBadRequest, "it cannot be ended like this", e.How, "close or abort")
	}
	if e.Code != 0 && (e.Code < 1000 || e.Code > 4999) || len(e.Reason) > 123 {
		return problem(http.StatusBadRequest, "this is no close frame", "", "the code is from 1000 to 4999, the reason has at most 123 bytes (RFC 6455 5.5.1)")
	}
	if e.Code == 0 && e.Reason != "" {
		e.Code = 1000
	}
	return nil
}

// payload returns the payload of the close frame.
func (e *ending) payload() []byte {
	if e.Code == 0 {
		return nil
	}
	return append([]byte{byte(e.Code >> 8), byte(e.Code)}, e.Reason...)
}

// previewText resolves a text, with secrets masked.
func (s *Server) previewText(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		Text string            `json:"text"`
		Vars map[string]string `json:"vars"`
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	scope := compose.Scope{Vars: []map[string]string{q.Vars, s.variables()}, Env: s.vault.Env}
	return answer(w, scope.Preview(q.Text))
}

// format lays a text out.
func (s *Server) format(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		As     string `json:"as"`
		Text   string `json:"text"`
		Minify bool   `json:"minify"`
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	text, err := compose.Format(q.As, q.Text, q.Minify)
	var wrong *compose.FormatError
	if errors.As(err, &wrong) {
		return answer(w, map[string]any{"error": wrong})
	}
	if err != nil {
		return composeProblem(err)
	}
	return answer(w, map[string]string{"text": text})
}
