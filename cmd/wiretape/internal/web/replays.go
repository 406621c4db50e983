package web

import (
	"context"
	"net/http"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

// Replayer starts mock servers: what wiretape replay does, in this process.
type Replayer interface {
	// Replay serves what a request selects until the mock is closed; the tape is
	// read as long as ctx lasts. Errors that say what is wrong with the request
	// have a Hint.
	Replay(ctx context.Context, q *ReplayRequest) (*Mock, error)
	// Command returns the command line that does the same, and an error where
	// Replay would fail without having looked at the tape.
	Command(q *ReplayRequest) (string, error)
}

// ReplayRequest says what a mock serves and how, in the words of the flags of
// wiretape replay. What is left out is as there.
type ReplayRequest struct {
	Session     capture.SessionID    `json:"session,omitempty"`
	Exchanges   []capture.ExchangeID `json:"exchanges,omitempty"`
	Listen      string               `json:"listen,omitempty"` // on loopback
	Speed       string               `json:"speed,omitempty"`
	Level       string               `json:"level,omitempty"`
	Timing      string               `json:"timing,omitempty"`
	OnMiss      string               `json:"on_miss,omitempty"` // only "fail": nothing is dialled
	OnReconnect string               `json:"on_reconnect,omitempty"`
	OnExhausted string               `json:"on_exhausted,omitempty"`
	MaxGap      string               `json:"max_gap,omitempty"` // as in "500ms"
	Jitter      string               `json:"jitter,omitempty"`
	RequireAll  bool                 `json:"require_all,omitempty"`
	ShiftTime   bool                 `json:"shift_time,omitempty"`
	Faults      []string             `json:"faults,omitempty"` // as in "close:1012@after=3"
	Seed        uint64               `json:"seed,omitempty"`
	Fields      []replay.FieldRule   `json:"fields,omitempty"`  // classes that correct the plan
	DryRun      bool                 `json:"dry_run,omitempty"` // only tell the command line
}

func (s *Server) registerReplays() {
	s.handle("POST /replays", s.startReplay)
	s.handle("GET /replays", s.listReplays)
	s.handle("GET /replays/{replay}", s.oneReplay)
	s.handle("PATCH /replays/{replay}", s.changeReplay)
	s.handle("DELETE /replays/{replay}", s.stopReplay)
	s.handle("POST /replays/{replay}/drop", s.dropConnections)
	s.handle("GET /replays/{replay}/report", s.reportReplay)
}

// startReplay starts a mock.
func (s *Server) startReplay(w http.ResponseWriter, r *http.Request) error {
	if s.o.Replayer == nil {
		return problem(http.StatusConflict, "nothing can be replayed from here", "", "")
	}
	var q ReplayRequest
	if err := take(w, r, &q); err != nil {
		return err
	}
	if q.DryRun {
		command, err := s.o.Replayer.Command(&q)
		if err != nil {
			return badRequest("the mock cannot be started so", err)
		}
		return answer(w, map[string]string{"command": command})
	}
	run, err := s.mocks.start(s.ctx, s.o.Replayer, &q)
	if err != nil {
		return badRequest("the mock was not started", err)
	}
	s.publish("replay", run.Replay, run)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return answer(w, run)
}

// badRequest makes a 400 of an error that is not a Problem yet.
func badRequest(title string, err error) error {
	p := problemOf(err)
	if p.Status != http.StatusInternalServerError {
		return p
	}
	return problem(http.StatusBadRequest, title, err.Error(), p.hint)
}

func (s *Server) listReplays(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, struct {
		Items []mockRun `json:"items"`
	}{s.mocks.all()})
}

func (s *Server) oneReplay(w http.ResponseWriter, r *http.Request) error {
	run, err := s.mocks.one(r.PathValue("replay"))
	if err != nil {
		return err
	}
	return answer(w, run)
}

// changeReplay changes the speed.
func (s *Server) changeReplay(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		Speed string `json:"speed"`
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	speed, err := replay.ParseSpeed(q.Speed)
	if err != nil {
		return problem(http.StatusBadRequest, "the speed was not changed", err.Error(), `as in "original", "max" or "2.5"`)
	}
	m, err := s.mocks.running(r.PathValue("replay"))
	if err != nil {
		return err
	}
	m.Server.SetSpeed(speed)
	run, err := s.mocks.one(r.PathValue("replay"))
	if err != nil {
		return err
	}
	s.publish("replay", run.Replay, run)
	return answer(w, run)
}

// dropConnections disturbs what is under way.
func (s *Server) dropConnections(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		How    string `json:"how"`
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	}
	if err := take(w, r, &q); err != nil {
		return err
	}
	ways := map[string]replay.Disturbance{
		"close": replay.DoClose, "fin": replay.DoFIN, "reset": replay.DoReset, "silence": replay.DoStall,
	}
	do, ok := ways[q.How]
	if !ok {
		return problem(http.StatusBadRequest, "there is no such way to drop connections", q.How, "how is close, fin, reset or silence")
	}
	f := replay.Fault{Do: do}
	if do == replay.DoClose {
		f.Code, f.Reason = q.Code, q.Reason
	}
	m, err := s.mocks.running(r.PathValue("replay"))
	if err != nil {
		return err
	}
	n, err := m.Server.Disturb(f)
	if err != nil {
		return problem(http.StatusBadRequest, "the connections were not dropped", err.Error(), "close codes go from 1000 to 4999")
	}
	return answer(w, map[string]int{"dropped": n})
}

// stopReplay stops a mock and answers with what is left of it.
func (s *Server) stopReplay(w http.ResponseWriter, r *http.Request) error {
	run, err := s.mocks.stop(r.PathValue("replay"))
	if err != nil {
		return err
	}
	s.publish("replay", run.Replay, run)
	return answer(w, run)
}

// reportReplay answers what wiretape replay --report writes; with ?texts=1 what
// came stands in it as text.
func (s *Server) reportReplay(w http.ResponseWriter, r *http.Request) error {
	report, err := s.mocks.report(r.PathValue("replay"), r.URL.Query().Get("texts") != "")
	if err != nil {
		return err
	}
	return answerJSON(w, report)
}
