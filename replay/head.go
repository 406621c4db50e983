package replay

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// early sends an informational response.
func (p *playback) early(w http.ResponseWriter, e capture.Early) {
	h := w.Header()
	for _, f := range e.Header {
		h[f.Name] = append(h[f.Name], f.Value)
	}
	w.WriteHeader(e.Status)
	clear(h)
}

// head sends the recorded head. Of its lines only those that frame the message
// may change, and the content coding where it was undone.
func (p *playback) head(w http.ResponseWriter, r *http.Request, length int, changed bool) {
	response := p.rec.ex.Response
	h := w.Header()
	h["Date"] = nil // none is added
	h["Content-Type"] = nil
	framed := false
	for i, f := range response.Header {
		if v, ok := p.heads[i]; ok {
			f.Value = v
		}
		switch strings.ToLower(f.Name) {
		case "connection":
			if strings.EqualFold(f.Value, "close") {
				h.Set("Connection", "close")
			}
			continue
		case "keep-alive", "proxy-connection", "upgrade", "trailer":
			continue
		case "transfer-encoding":
			framed = true
			continue
		case "content-encoding":
			if len(p.rec.body.codings) > 0 && p.decoded(r) {
				continue
			}
		case "content-length":
			framed = true
			if changed && r.Method != http.MethodHead && !p.short() {
				f.Value = strconv.Itoa(length)
			}
		case "location", "content-location":
			f.Value = p.server.location(p.origin, f.Value)
		case "date":
			if p.server.options.ShiftTime {
				f.Value, _ = shape.ShiftTime(f.Value, time.Since(p.rec.wall(response.At)))
			}
		}
		if !strings.HasPrefix(f.Name, ":") {
			h[f.Name] = append(h[f.Name], f.Value)
		}
	}
	if !framed && strings.HasPrefix(response.Proto, "HTTP/1") && length > 0 && r.ProtoMajor == 1 {
		h.Set("Transfer-Encoding", "identity") // the end of the connection was the end of the body
	}
	w.WriteHeader(response.Status)
}

// short reports whether the client is to see that some of the body is missing.
func (p *playback) short() bool {
	return p.cut() || p.broken == DoFIN || p.broken == DoReset || p.broken == DoStall
}
