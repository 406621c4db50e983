package replay

import (
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// cut reports whether the recorded body was cut off by its server.
func (p *playback) cut() bool {
	e := p.rec.ex.End
	return e != nil && e.How != capture.HowClose && e.By != capture.Client
}

// finish ends the answer as the recorded one ended.
func (p *playback) finish(w http.ResponseWriter, r *http.Request, clock *pacer) {
	ex := p.rec.ex
	switch p.broken {
	case DoClose, DoTruncate:
		return
	case DoStall:
		p.hold(w, r, clock)
		return
	case DoFIN, DoReset:
		p.breakOff(w, r, p.broken == DoReset)
		return
	}
	for _, f := range ex.Response.Trailer {
		w.Header().Add(http.TrailerPrefix+f.Name, f.Value)
	}
	if p.cut() {
		if clock.until(ex.End.At, 0) {
			p.abort(w, r)
		}
	} else if p.held() {
		p.hold(w, r, clock)
		return
	} else if ex.End != nil && p.stream() {
		clock.until(ex.End.At, 0)
	}
	if clock.ordered {
		p.finish(w, r, clock)
	}
}

func (p *playback) stream() bool {
	return p.rec.ex.Kind == capture.KindSSE || p.rec.ex.Kind == capture.KindNDJSON
}

// held reports whether a stream stays open after the last recorded event: where
// its client left while it went on, or where the options say so.
func (p *playback) held() bool {
	if !p.stream() {
		return false
	}
	switch p.server.options.OnExhausted {
	case ExhaustedHold:
		return true
	case ExhaustedEnd, ExhaustedFail:
		return false
	}
	e := p.rec.ex.End
	return e == nil || e.By == capture.Client && e.How != capture.HowClose
}

// unanswered ends what was broken off by order before its head.
func (p *playback) unanswered(w http.ResponseWriter, r *http.Request, clock *pacer) {
	if !clock.ordered {
		return
	}
	if p.broken == DoClose {
		p.broken = DoFIN // there is nothing to end cleanly yet
	}
	p.finish(w, r, clock)
}

// hold waits until the client or the server goes away, or the answer is to end
// by order.
func (p *playback) hold(w http.ResponseWriter, r *http.Request, clock *pacer) {
	clock.ordered = false
	select {
	case <-r.Context().Done():
	case <-p.server.closing.Done():
	case f := <-p.live.orders:
		clock.obey(f)
		p.finish(w, r, clock)
	}
}

// abort breaks the connection off as it was when recorded: with RST, or before
// the message was complete.
func (p *playback) abort(w http.ResponseWriter, r *http.Request) {
	end := p.rec.ex.End
	if end != nil && p.rec.ex.Response == nil && !p.server.wait(r.Context(), time.Until(p.began.Add(p.server.Speed().scale(end.At)))) {
		return
	}
	p.breakOff(w, r, end != nil && end.How == capture.HowReset)
}

// breakOff ends the connection inside of the message.
func (p *playback) breakOff(w http.ResponseWriter, r *http.Request, withReset bool) {
	http.NewResponseController(w).Flush()
	if withReset && r.ProtoMajor == 1 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			reset(conn)
			return
		}
	}
	panic(http.ErrAbortHandler) // net/http closes the connection, or resets the stream
}
