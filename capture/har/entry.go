package har

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
)

// entry is one exchange on its way into the log.
type entry struct {
	*exporter
	tape   capture.Reader
	copied pieceStore
	ex     *capture.Exchange
	script *transcript.Transcript
	survey survey
	links  [2]links      // which message a frame belongs to, by direction
	closed time.Duration // when the first close frame was there; 0: there was none
}

func (n *entry) free() {
	n.copied.close()
	for i := range n.links {
		n.links[i].free()
	}
}

// write writes the entry. Messages and events come before _wiretape, which
// refers to them.
func (n *entry) write() error {
	n.script = transcript.Of(n.tape, n.ex, nil)
	if err := n.survey.take(n.tape, n.ex); err != nil {
		return err
	}
	n.element()
	n.text("startedDateTime", n.ex.Started.UTC().Format("2006-01-02T15:04:05.000Z"))
	t := timingsOf(n.ex)
	n.milliseconds("time", t.sum())
	if err := n.request(); err != nil {
		return err
	}
	if err := n.response(); err != nil {
		return err
	}
	n.object("cache")
	n.close("}")
	n.timings(&t)
	n.connection()
	n.text("_resourceType", resourceType(n.ex))
	if err := n.conversation(); err != nil {
		return err
	}
	n.some("comment", n.ex.Note)
	if err := n.wiretape(); err != nil {
		return err
	}
	n.close("}")
	return nil
}

// connection writes what is known of the way to the server. Formats are those
// that HAR 1.2 readers check: an address without brackets, the port as text.
func (n *entry) connection() {
	host, port := splitHostPort(n.ex.Server)
	if addr, err := netip.ParseAddr(host); err == nil {
		n.text("serverIPAddress", addr.WithZone("").String())
	}
	n.some("connection", port)
	n.some("_connectionId", n.ex.Client)
}

// splitHostPort takes host:port apart; it is net.SplitHostPort without its errors.
func splitHostPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, ""
	}
	host = strings.TrimSuffix(strings.TrimPrefix(s[:i], "["), "]")
	return host, s[i+1:]
}

// conversation writes what passed on an open socket or stream.
func (n *entry) conversation() error {
	switch n.ex.Kind {
	case capture.KindWebSocket:
		if err := n.messages(); err != nil {
			return err
		}
		n.socketEnd()
	case capture.KindSSE:
		return n.events()
	}
	return nil
}

// resourceType names the kind of resource as DevTools does. Whether a program
// was an EventSource or a fetch cannot be told for certain.
func resourceType(ex *capture.Exchange) string {
	switch {
	case ex.Kind == capture.KindWebSocket || isSocketURL(ex.Request.URL):
		return "websocket"
	case ex.Kind == capture.KindSSE && ex.Request.Method == "GET" && ex.Sent.Bytes == 0 &&
		strings.Contains(capture.Get(ex.Request.Header, "Accept"), "text/event-stream"):
		return "eventsource"
	case ex.Response == nil:
		return "fetch"
	}
	mime := strings.ToLower(capture.Get(ex.Response.Header, "Content-Type"))
	for _, t := range [...][2]string{
		{"text/html", "document"},
		{"text/css", "stylesheet"},
		{"javascript", "script"},
		{"image/", "image"},
		{"font/", "font"},
		{"audio/", "media"},
		{"video/", "media"},
	} {
		if strings.Contains(mime, t[0]) {
			return t[1]
		}
	}
	return "fetch"
}

// timings is how the time of an exchange was spent, as HAR has it: connect
// includes TLS, and the sum of all but TLS is the entry's time.
type timings struct {
	blocked, dns, connect, ssl, send, wait, receive time.Duration
}

func timingsOf(ex *capture.Exchange) timings {
	k := ex.Timing
	t := timings{blocked: k.Blocked, dns: k.DNS, connect: k.Connect, ssl: k.TLS, send: max(k.Send, 0)}
	if t.ssl >= 0 {
		t.connect = max(t.connect, 0) + t.ssl
	}
	before := max(t.blocked, 0) + max(t.dns, 0) + max(t.connect, 0) + t.send
	until := ex.Duration
	if answered(ex) {
		until = min(ex.Response.At, ex.Duration)
	}
	t.wait = max(until-before, 0)
	t.receive = max(ex.Duration-max(until, before), 0)
	return t
}

func (t *timings) sum() time.Duration {
	return max(t.blocked, 0) + max(t.dns, 0) + max(t.connect, 0) + t.send + t.wait + t.receive
}

func (n *entry) timings(t *timings) {
	n.object("timings")
	n.milliseconds("blocked", t.blocked)
	n.milliseconds("dns", t.dns)
	n.milliseconds("connect", t.connect)
	n.milliseconds("ssl", t.ssl)
	n.milliseconds("send", t.send)
	n.milliseconds("wait", t.wait)
	n.milliseconds("receive", t.receive)
	n.close("}")
}

// answered reports whether a final response came.
func answered(ex *capture.Exchange) bool { return ex.Response != nil && ex.Response.Status != 0 }

// failure says in words what went wrong with an exchange, or "".
func failure(ex *capture.Exchange) string {
	e := ex.End
	switch {
	case e == nil:
		return ""
	case e.Err != "":
		return e.Err
	case ex.Kind != capture.KindWebSocket && isSocketURL(ex.Request.URL) && answered(ex):
		return "the WebSocket handshake was refused: " + cmp.Or(ex.Response.Reason, "no 101")
	}
	switch e.How {
	case capture.HowReset:
		return "connection reset by " + e.By.String()
	case capture.HowTimeout:
		return "timed out"
	case capture.HowError:
		return "failed"
	case capture.HowFIN:
		if ex.Kind == capture.KindWebSocket {
			return "connection closed by " + e.By.String() + " without a close frame"
		}
		return "cut short by " + e.By.String()
	}
	if !answered(ex) {
		return "no response"
	}
	return ""
}
