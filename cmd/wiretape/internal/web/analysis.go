package web

import (
	"bytes"
	"net/http"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/lint"
	"github.com/wiretape/wiretape/capture/stats"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
	"github.com/wiretape/wiretape/replay"
)

func (s *Server) registerAnalysis() {
	s.handle("GET /exchanges/{id}/merge", s.merge)
	s.handle("GET /exchanges/{id}/plan", s.onReel(s.plan))
	s.handle("GET /exchanges/{id}/lint", s.onReel(s.lint))
	s.handle("GET /exchanges/{id}/stats", s.onReel(s.stats))
	s.handle("GET /exchanges/{id}/pairs", s.onReel(s.pairs))
	s.handle("GET /exchanges/{id}/bins", s.onReel(s.bins))
}

// onReel looks the exchange of a request up for what answers it.
func (s *Server) onReel(h func(w http.ResponseWriter, r *http.Request, reel *reel) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := exchangeOf(r)
		if err != nil {
			return err
		}
		reel, err := s.reel(id, messages)
		if err != nil {
			return err
		}
		return h(w, r, reel.until(r.Context(), s.options()))
	}
}

// plan answers what plan --json prints.
func (s *Server) plan(w http.ResponseWriter, _ *http.Request, r *reel) error {
	plan, err := replay.Compile(r.script)
	if err != nil {
		return problem(http.StatusUnprocessableEntity, "this cannot be replayed", err.Error(), "")
	}
	var out bytes.Buffer
	if err := plan.Rules().WriteJSON(&out); err != nil {
		return err
	}
	return answerJSON(w, out.Bytes())
}

// pairs answers what show --pairs --json prints.
func (s *Server) pairs(w http.ResponseWriter, _ *http.Request, r *reel) error {
	items, err := reading.Pairs(r.script)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"items": items})
}

// lint answers what lint --json prints.
func (s *Server) lint(w http.ResponseWriter, _ *http.Request, r *reel) error {
	findings, err := lint.Lint(r.script)
	if err != nil {
		return err
	}
	if findings == nil {
		findings = []lint.Finding{}
	}
	return answer(w, map[string]any{"items": findings})
}

// stats answers what stats --json prints.
func (s *Server) stats(w http.ResponseWriter, _ *http.Request, r *reel) error {
	if r.ex.Kind == capture.KindTunnel {
		return problem(http.StatusUnprocessableEntity, "what was said in a tunnel is not known", "", "")
	}
	measured, err := stats.Of(r.script)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"items": []*stats.Stats{measured}})
}
