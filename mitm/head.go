package mitm

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// maxHead is how long a head may be, in bytes, where nothing else was said.
const maxHead = 1 << 20

// requestHead is the head of an HTTP/1 request.
type requestHead struct {
	raw    []byte // byte for byte as it came
	method string
	target string // as it came
	proto  string

	fields  int   // where the first field line begins
	length  int64 // Content-Length, 0 without one
	chunked bool
	leaves  bool     // the connection may leave HTTP after this request: CONNECT, or an upgrade
	expect  []string // what the client expects (RFC 9110 §10.1.1)

	trailer []capture.Field // of its body, once that has come

	refusal *refusal // why the request is not let through
}

// refusal says why a head is not let through: two servers might read it in two
// ways, and then one of them would see requests the other does not (RFC 9112
// §11.2).
type refusal struct {
	status int
	rule   string
}

func (e *refusal) Error() string { return e.rule }

func refuse(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// headEnd returns where the head at the start of b ends, after the blank line,
// or -1 when it does not yet. Bare line feeds count, so that a head that is
// going to be refused is not waited for. The first from bytes were searched
// before.
func headEnd(b []byte, from int) int {
	for i := max(from-2, 0); ; {
		lf := bytes.IndexByte(b[i:], '\n')
		if lf < 0 {
			return -1
		}
		i += lf + 1
		switch {
		case i < len(b) && b[i] == '\n':
			return i + 1
		case i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n':
			return i + 2
		}
	}
}

// parseRequestHead reads a whole head, which it keeps. A head that is ambiguous has a
// refusal; what else is wrong with it net/http will say.
func parseRequestHead(raw []byte) *requestHead {
	h := &requestHead{raw: raw}
	lines, bad := cutLines(raw)
	if bad != nil {
		h.refusal = bad
		return h
	}
	h.fields = len(lines[0]) + len("\r\n")
	if h.refusal = h.requestLine(lines[0]); h.refusal == nil {
		h.refusal = h.framing(lines[1 : len(lines)-1])
	}
	return h
}

// cutLines cuts a head into lines without their ends. The last is empty.
func cutLines(raw []byte) ([]string, *refusal) {
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, refuse("a NUL byte in the head (RFC 9110 5.5)")
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for i, line := range lines {
		text, ok := strings.CutSuffix(line, "\r")
		switch {
		case !ok:
			return nil, refuse("a line of the head ends in a bare LF (RFC 9112 2.2)")
		case strings.Contains(text, "\r"):
			return nil, refuse("a bare CR in the head (RFC 9112 2.2)")
		case i > 0 && text != "" && (text[0] == ' ' || text[0] == '\t'):
			return nil, refuse("a folded field line (RFC 9112 5.2)")
		}
		lines[i] = text
	}
	return lines, nil
}

// requestLine reads the request line (RFC 9112 §3).
func (h *requestHead) requestLine(line string) *refusal {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return refuse("the request line is not a method, a target and a version (RFC 9112 3)")
	}
	h.method, h.target, h.proto = parts[0], parts[1], parts[2]
	if i := strings.IndexFunc(h.target, func(r rune) bool { return r < ' ' }); i >= 0 {
		return refuse("a control character in the request target (RFC 9112 3.2)")
	}
	return nil
}

// framing reads the fields that say where the request ends (RFC 9112 §6), or
// that it ends HTTP on the connection.
func (h *requestHead) framing(lines []string) *refusal {
	var lengths, codings, hosts []string
	var upgrade, connection string
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.TrimRight(name, " \t") != name {
			return refuse("a field line without a name and a colon right after it (RFC 9112 5.1)")
		}
		value = strings.Trim(value, " \t")
		switch strings.ToLower(name) {
		case "content-length":
			lengths = append(lengths, value)
		case "transfer-encoding":
			codings = append(codings, value)
		case "host":
			hosts = append(hosts, value)
		case "expect":
			h.expect = append(h.expect, value)
		case "upgrade":
			upgrade = value
		case "connection":
			connection += "," + value
		}
	}
	if len(hosts) > 1 {
		return refuse("more than one Host field (RFC 9112 3.2)")
	}
	if bad := h.body(lengths, codings); bad != nil {
		return bad
	}
	hasBody := h.length > 0 || h.chunked
	switch {
	case h.method == http.MethodConnect && hasBody:
		return refuse("CONNECT with a body (RFC 9110 9.3.6)")
	case strings.EqualFold(upgrade, "websocket") && hasBody:
		return refuse("a websocket handshake with a body (RFC 6455 4.1)")
	}
	h.leaves = h.method == http.MethodConnect || !hasBody && upgrade != "" && lists(connection, "upgrade")
	return nil
}

// body reads how long the body is (RFC 9112 §6.3). Anything that has two
// readings is refused.
func (h *requestHead) body(lengths, codings []string) *refusal {
	switch {
	case len(codings) > 0 && len(lengths) > 0:
		return refuse("both Transfer-Encoding and Content-Length (RFC 9112 6.1)")
	case len(codings) > 1 || len(codings) == 1 && h.proto == "HTTP/1.0":
		return refuse("Transfer-Encoding twice, or in HTTP/1.0 (RFC 9112 6.1)")
	case len(codings) == 1 && !strings.EqualFold(codings[0], "chunked"):
		return &refusal{http.StatusNotImplemented, fmt.Sprintf("the transfer coding %q (RFC 9112 6.1)", codings[0])}
	case len(lengths) > 1:
		return refuse("more than one Content-Length (RFC 9112 6.3)")
	}
	h.chunked = len(codings) == 1
	if len(lengths) == 0 {
		return nil
	}
	n, err := strconv.ParseUint(lengths[0], 10, 64) // takes no sign
	if err != nil || n > math.MaxInt64 {
		return refuse("the Content-Length %q (RFC 9110 8.6)", lengths[0])
	}
	h.length = int64(n)
	return nil
}

// lists reports whether a comma-separated list names token, in any case.
func lists(list, token string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(item, " \t"), token) {
			return true
		}
	}
	return false
}

// forServer returns the head as net/http gets to read it. It is the raw head,
// but for percent signs in the path that net/url would stumble over, and what
// the client expects; both are put back once the request is parsed.
func (h *requestHead) forServer() []byte {
	target := readablePath(h.target)
	if target == h.target && h.expect == nil {
		return h.raw
	}
	out := make([]byte, 0, len(h.raw)+len(target)-len(h.target))
	out = append(out, h.method+" "+target+" "+h.proto+"\r\n"...)
	for line := range bytes.Lines(h.raw[h.fields:]) {
		if name, _, _ := bytes.Cut(line, []byte{':'}); !strings.EqualFold(string(name), "Expect") {
			out = append(out, line...)
		}
	}
	return out
}

// readablePath escapes the percent signs in the path of a request target that
// are not followed by two hex digits.
func readablePath(target string) string {
	if !strings.ContainsAny(target, "%\x7f") {
		return target
	}
	path, _, _ := strings.Cut(target, "?")
	query := target[len(path):]
	start := 0
	if i := strings.Index(path, "://"); i > 0 && path[0] != '/' {
		start = i + len("://")
		if j := strings.IndexByte(path[start:], '/'); j >= 0 {
			start += j
		} else {
			start = len(path)
		}
	}
	var b strings.Builder
	b.WriteString(path[:start])
	for i := start; i < len(path); i++ {
		switch {
		case path[i] == '%' && !(i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2])):
			b.WriteString("%25")
		case path[i] == 0x7f:
			b.WriteString("%7F")
		default:
			b.WriteByte(path[i])
		}
	}
	return b.String() + query
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
