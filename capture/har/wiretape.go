package har

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// formatVersion is the version of everything under _wiretape.
const formatVersion = 1

// creatorName is how the log names its maker.
const creatorName = "wiretape"

// mark writes log._wiretape, which marks the log as ours: _wiretape in entries
// means something only where it stands.
func (e *exporter) mark(entries []chosen) error {
	used := map[capture.SessionID]bool{e.Session: true}
	for _, c := range entries {
		used[c.session] = true
	}
	sessions, err := e.tape.Sessions()
	if err != nil {
		return err
	}
	e.object("_wiretape")
	e.number("v", formatVersion)
	e.text("version", e.version())
	e.array("sessions")
	for i := range sessions {
		s := &sessions[i]
		if !used[s.ID] {
			continue
		}
		e.flatElement()
		e.text("id", strconv.FormatUint(uint64(s.ID), 10))
		e.exact("label", s.Label)
		e.ns("startNs", s.Started.UnixNano())
		if !s.Ended.IsZero() {
			e.ns("endNs", s.Ended.UnixNano())
		}
		e.exact("creator", s.Creator)
		e.exact("note", s.Note)
		e.tags(s.Tags)
		e.close("}")
	}
	e.close("]")
	e.close("}")
	return nil
}

func (p *printer) tags(tags []string) {
	if len(tags) == 0 {
		return
	}
	p.key("tags")
	p.openFlat("[")
	for _, tag := range tags {
		p.item()
		p.exactValue(tag)
	}
	p.close("]")
}

// exact is a member with a string, in base64 where JSON cannot hold it; left out
// where it is empty.
func (p *printer) exact(name, s string) {
	switch {
	case s == "":
	case utf8.ValidString(s):
		p.text(name, s)
	default:
		p.key(name)
		p.exactValue(s)
	}
}

func (p *printer) exactValue(s string) {
	if utf8.ValidString(s) {
		p.string(s)
		return
	}
	p.openFlat("{")
	p.base64("base64", []byte(s))
	p.close("}")
}

// fields is a member with header fields as they were.
func (p *printer) fields(name string, fields []capture.Field) {
	if len(fields) == 0 {
		return
	}
	p.array(name)
	for _, f := range fields {
		p.item()
		p.openFlat("[")
		p.item()
		p.exactValue(f.Name)
		p.item()
		p.exactValue(f.Value)
		p.close("]")
	}
	p.close("]")
}

// plain reports whether JSON can hold all fields.
func plain(fields []capture.Field) bool {
	for _, f := range fields {
		if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
			return false
		}
	}
	return true
}

// wiretape writes entry._wiretape: all that HAR has no field for.
func (n *entry) wiretape() error {
	ex := n.ex
	n.object("_wiretape")
	n.number("v", formatVersion)
	n.text("session", strconv.FormatUint(uint64(ex.Session), 10))
	n.count("exchange", uint64(ex.ID))
	n.text("kind", ex.Kind.String())
	n.ns("startNs", ex.Started.UnixNano())
	n.ns("at", int64(ex.At))
	n.ns("duration", int64(ex.Duration))
	n.flag("open", ex.Open)
	n.flag("cut", ex.Cut)
	n.exact("client", ex.Client)
	n.exact("server", ex.Server)
	n.phases(&ex.Timing)
	n.counts("sent", &ex.Sent)
	n.counts("received", &ex.Received)
	n.requestHead()
	n.responseHead()
	err := n.pieces()
	n.end()
	if ex.Lost != (capture.Loss{}) {
		n.key("lost")
		n.openFlat("{")
		n.count("gaps", ex.Lost.Gaps)
		n.count("bytes", ex.Lost.Bytes)
		n.close("}")
	}
	n.exact("fault", ex.Fault)
	n.exact("note", ex.Note)
	n.tags(ex.Tags)
	n.close("}")
	return err
}

func (p *printer) phases(t *capture.Timing) {
	if *t == capture.NoTiming {
		return
	}
	p.key("timing")
	p.openFlat("{")
	for _, phase := range [...]struct {
		name string
		took time.Duration
	}{{"blocked", t.Blocked}, {"dns", t.DNS}, {"connect", t.Connect}, {"tls", t.TLS}, {"send", t.Send}, {"wait", t.Wait}} {
		if phase.took != -1 {
			p.ns(phase.name, int64(phase.took))
		}
	}
	p.close("}")
}

func (p *printer) counts(name string, c *capture.Counts) {
	p.key(name)
	p.openFlat("{")
	p.count("messages", c.Messages)
	p.count("control", c.Control)
	p.count("frames", c.Frames)
	p.count("bytes", c.Bytes)
	p.close("}")
}

// requestHead writes what the entry's request does not tell.
func (n *entry) requestHead() {
	q := &n.ex.Request
	n.object("request")
	if q.URL != address(n.ex) {
		n.exact("url", q.URL)
	}
	if !utf8.ValidString(q.Method) {
		n.exact("method", q.Method)
	}
	n.exact("proto", q.Proto)
	if !plain(q.Header) {
		n.fields("headers", q.Header)
	}
	n.fields("trailers", q.Trailer)
	if q.Raw != nil {
		n.base64("raw", q.Raw)
	}
	n.close("}")
}

// responseHead writes what the entry's response does not tell.
func (n *entry) responseHead() {
	r := n.ex.Response
	if r == nil {
		return
	}
	n.object("response")
	n.ns("at", int64(r.At))
	n.exact("proto", r.Proto)
	if !utf8.ValidString(r.Reason) {
		n.exact("reason", r.Reason)
	}
	if !plain(r.Header) || r.Status == 0 {
		n.fields("headers", r.Header)
	}
	n.fields("trailers", r.Trailer)
	if r.Raw != nil {
		n.base64("raw", r.Raw)
	}
	if len(r.Early) > 0 {
		n.array("early")
		for i := range r.Early {
			n.element()
			n.ns("at", int64(r.Early[i].At))
			n.number("status", int64(r.Early[i].Status))
			n.fields("headers", r.Early[i].Header)
			n.close("}")
		}
		n.close("]")
	}
	n.close("}")
}

func (n *entry) end() {
	e := n.ex.End
	if e == nil {
		return
	}
	n.object("end")
	n.some("by", e.By.String())
	n.some("how", e.How.String())
	n.ns("at", int64(e.At))
	if e.Code != 0 {
		n.number("code", int64(e.Code))
	}
	n.exact("reason", e.Reason)
	n.flag("noNotify", e.NoNotify)
	n.exact("err", e.Err)
	n.close("}")
}

// pieces writes what was read and when: frames for a socket, chunks for bodies.
func (n *entry) pieces() error {
	if n.ex.Kind == capture.KindWebSocket {
		n.deflate()
		return n.frames()
	}
	if n.survey.chunks == [2]uint64{} && !n.survey.gaps {
		return nil
	}
	var keep [2]bool
	for dir := range keep {
		dir := capture.Direction(dir)
		keep[dir] = n.RawBodies || !n.hasBody(dir) || len(codings(n.ex, dir)) > 0
	}
	n.array("chunks")
	for p, err := range n.tape.Pieces(n.ex.ID, capture.Mark{Clean: true}) {
		if err != nil {
			return err
		}
		n.chunk(p, keep[p.Dir])
	}
	n.close("]")
	return nil
}

func (n *entry) chunk(p *capture.Piece, keep bool) {
	n.flatElement()
	n.ns("t", int64(p.At))
	if p.Dir == capture.Send {
		n.text("dir", p.Dir.String())
	}
	if p.Type == capture.PieceGap {
		n.gap(p)
	} else {
		n.number("len", int64(len(p.Data)))
		if keep && len(p.Data) > 0 {
			n.base64("data", p.Data)
		}
	}
	n.close("}")
}

func (n *entry) gap(p *capture.Piece) {
	n.count("lost", p.Lost)
	if p.Frames > 0 {
		n.count("frames", p.Frames)
	}
}
