package mitm

import (
	"net"
	"net/http"
	"strings"
)

// passBy leads a request in absolute form past us, to a host that is not to be
// looked into. As no CONNECT marks where the client's connection goes from
// here, it is given to this one request, which the server is asked to end the
// connection after.
func (p *Proxy) passBy(w http.ResponseWriter, r *http.Request, scheme string) {
	a, ok := w.(*answer1)
	if !ok || scheme != "http" {
		http.Error(w, "wiretape: "+r.URL.Host+" is excluded, and this way leads only through the recorder; use CONNECT", http.StatusForbidden)
		return
	}
	h := a.conn.current
	if _, _, err := a.Hijack(); err != nil {
		return
	}
	c := a.conn
	c.unread(h.lastOnConnection(r.URL.Host))
	if c.target = r.URL.Host; r.URL.Port() == "" {
		c.target = net.JoinHostPort(r.URL.Hostname(), "80")
	}
	p.spawn(c, func() { p.tunnel(c, noteExcluded) })
}

// lastOnConnection returns the head as its server is to get it, in origin form
// and as the last request on the connection, unless that leaves HTTP. All other
// lines stay as they are.
func (h *requestHead) lastOnConnection(host string) []byte {
	target := h.target
	if _, rest, ok := strings.Cut(target, "://"); ok {
		target = "/"
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			target += strings.TrimPrefix(rest[i:], "/")
		}
	}
	var b strings.Builder
	b.WriteString(h.method + " " + target + " " + h.proto + "\r\nHost: " + host + "\r\n")
	for line := range strings.SplitSeq(string(h.raw[h.fields:]), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "", "host", "proxy-connection", "proxy-authorization":
			continue
		case "connection", "keep-alive":
			if !h.leaves {
				continue
			}
		}
		b.WriteString(line + "\r\n")
	}
	if !h.leaves {
		b.WriteString("Connection: close\r\n")
	}
	return []byte(b.String() + "\r\n")
}
