package har

import (
	"strings"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// address returns the URL of an exchange as HAR wants it: absolute, without
// fragment and default port, and a URI by RFC 3986 wherever browsers make one.
func address(ex *capture.Exchange) string {
	url := ex.Request.URL
	if ex.Kind == capture.KindTunnel && !strings.Contains(url, "://") {
		url = "https://" + url + "/"
	}
	if i := strings.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	return escapeURL(withoutPort(url))
}

// defaultPort is the port that a URL of the scheme does not name.
func defaultPort(scheme string) string {
	switch strings.ToLower(scheme) {
	case "http", "ws":
		return ":80"
	case "https", "wss":
		return ":443"
	}
	return ""
}

func withoutPort(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	if port := defaultPort(scheme); port != "" {
		host = strings.TrimSuffix(host, port)
	}
	if end == len(rest) || rest[end] == '?' {
		host += "/"
	}
	return scheme + "://" + host + rest[end:]
}

// escapeURL percent-encodes what the WHATWG URL parser percent-encodes in a
// query, so that readers find the URL that browsers would ask for.
func escapeURL(url string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	from := 0
	for i := range len(url) {
		c := url[i]
		if c > ' ' && c < utf8.RuneSelf && c != 0x7f && c != '"' && c != '<' && c != '>' {
			continue
		}
		b.WriteString(url[from:i])
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		from = i + 1
	}
	if from == 0 {
		return url
	}
	b.WriteString(url[from:])
	return b.String()
}

func isSocketURL(url string) bool {
	return strings.HasPrefix(url, "ws://") || strings.HasPrefix(url, "wss://")
}

// pair is a name and a value.
type pair struct{ name, value string }

// queryOf takes the query of a URL apart, in order, decoded. What does not
// decode to text stays as it stands.
func queryOf(url string) []pair {
	_, query, ok := strings.Cut(url, "?")
	if !ok || query == "" {
		return nil
	}
	var out []pair
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, pair{decodeQuery(name), decodeQuery(value)})
	}
	return out
}

func decodeQuery(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s) && nibble(s[i+1]) >= 0 && nibble(s[i+2]) >= 0:
			b = append(b, byte(nibble(s[i+1])<<4|nibble(s[i+2])))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}

// nibble is the value of a hex digit, or -1.
func nibble(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
