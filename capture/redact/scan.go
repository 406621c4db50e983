package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// shape is a kind of key that is known by how it begins.
type shape struct {
	prefix string
	more   int // how many characters follow at least
}

// keyShapes are keys as their makers spell them. The characters that follow
// are letters, digits, - and _.
var keyShapes = [...]shape{
	{"sk-", 16},
	{"sk_live_", 10},
	{"sk_test_", 10},
	{"rk_live_", 10},
	{"whsec_", 16},
	{"ghp_", 20},
	{"gho_", 20},
	{"ghu_", 20},
	{"ghs_", 20},
	{"ghr_", 20},
	{"github_pat_", 20},
	{"glpat-", 16},
	{"xoxb-", 10},
	{"xoxp-", 10},
	{"xoxa-", 10},
	{"xoxr-", 10},
	{"xoxs-", 10},
	{"xapp-", 10},
	{"AKIA", 16},
	{"ASIA", 16},
	{"AIza", 30},
	{"ya29.", 20},
	{"npm_", 30},
	{"pypi-", 20},
	{"hf_", 20},
	{"gsk_", 20},
	{"xai-", 20},
	{"dop_v1_", 20},
	{"shpat_", 20},
	{"SG.", 20},
	{"sq0atp-", 20},
	{"nvapi-", 20},
	{"pplx-", 20},
	{"AGE-SECRET-KEY-", 20},
}

// scan finds what is secret by its looks in p[start:end], and secrets seen
// before.
func (f *finder) scan(p []byte, start, end int) {
	if end-start < 4 {
		return
	}
	if f.r.rules.defaults {
		f.words(p, start, end)
		if !f.hints.known || f.hints.pem {
			f.privateKeys(p, start, end)
		}
		if !f.hints.known || f.hints.url {
			f.userInfo(p, start, end)
		}
	}
	if (f.r.rules.defaults || len(f.r.rules.query) > 0) && (!f.hints.known || f.hints.equals) {
		f.parameters(p, start, end)
	}
	for _, rule := range f.r.rules.patterns {
		f.pattern(p, start, end, rule)
	}
	f.r.book.each(p[start:end], func(i, j int) {
		f.add(p, start+i, start+j, "seen before", f.place)
	})
}

// hints tell what a text holds anywhere, so that its parts need not be searched
// for the rest.
type hints struct {
	known            bool
	pem, url, equals bool
}

func hintsOf(p []byte) hints {
	return hints{
		known:  true,
		pem:    bytes.Contains(p, []byte("PRIVATE KEY-----")),
		url:    bytes.Contains(p, []byte("://")),
		equals: bytes.IndexByte(p, '=') >= 0,
	}
}

// leads tells with which bytes a word begins that may be a secret.
func leads(c byte) bool {
	switch c {
	case 'e', 'B', 'b', 's', 'r', 'w', 'g', 'x', 'A', 'y', 'n', 'p', 'h', 'd', 'S':
		return true
	}
	return false
}

// words finds what is known by how a word begins: JSON Web Tokens (RFC 7519),
// keys, and credentials behind the name of their scheme (RFC 6750 §2.1).
func (f *finder) words(p []byte, start, end int) {
	inWord := false
	for i := start; i < end; i++ {
		c := p[i]
		if !tokenByte(c) {
			inWord = false
			continue
		}
		if inWord || !leads(c) || end-i < 8 {
			inWord = true
			continue
		}
		inWord = true
		switch c {
		case 'e':
			if j := f.token(p, i, end); j > i {
				i, inWord = j-1, false
			}
			continue
		case 'B', 'b':
			f.scheme(p, i, end)
			continue
		}
		if j := f.key(p, i, end); j > i {
			i, inWord = j-1, false
		}
	}
}

// token finds a JSON Web Token at i and returns its end, or i: a header that
// decodes to JSON, and more parts; one will do, since a token cut off still
// tells its claims.
func (f *finder) token(p []byte, i, end int) int {
	if p[i+1] != 'y' && p[i+1] != 'w' {
		return i
	}
	j := tokenEnd(p, i, end)
	if !jwt(p[i:j]) {
		return i
	}
	f.add(p, i, j, "jwt", f.place)
	return j
}

// key finds a key at i by how it begins, and returns its end, or i.
func (f *finder) key(p []byte, i, end int) int {
	for k := range keyShapes {
		shape := &keyShapes[k]
		n := len(shape.prefix)
		if shape.prefix[0] != p[i] || end-i < n+shape.more || string(p[i:i+n]) != shape.prefix {
			continue
		}
		j, digit := i+n, false
		for j < end && (tokenByte(p[j]) || p[j] == '.' && shape.prefix[n-1] == '.') {
			digit = digit || '0' <= p[j] && p[j] <= '9'
			j++
		}
		if j-i-n >= shape.more && digit {
			f.add(p, i, j, "key", f.place)
			return j
		}
	}
	return i
}

// scheme finds the credentials behind "Bearer " or "Basic " at i.
func (f *finder) scheme(p []byte, i, end int) {
	for _, name := range [...]string{"bearer ", "basic "} {
		if end-i <= len(name) || !strings.EqualFold(string(p[i:i+len(name)]), name) {
			continue
		}
		from := i + len(name)
		j, digit := from, false
		for j < end && (tokenByte(p[j]) || strings.IndexByte("+/=.~", p[j]) >= 0) {
			digit = digit || '0' <= p[j] && p[j] <= '9'
			j++
		}
		if j-from >= 16 && digit {
			f.add(p, from, j, "authorization", f.place)
		}
	}
}

// tokenEnd returns the end of the run of token characters and dots at i.
func tokenEnd(p []byte, i, end int) int {
	for i < end && (tokenByte(p[i]) || p[i] == '.') {
		i++
	}
	return i
}

// jwt reports whether p is a JSON Web Token.
func jwt(p []byte) bool {
	header, rest, ok := bytes.Cut(p, []byte("."))
	if !ok || len(header) < 10 || len(header) > 4096 || len(rest) < 4 {
		return false
	}
	return jwtHeader(header)
}

// jwtHeader reports whether p is the first part of a token: an object with the
// name of an algorithm or a type.
func jwtHeader(p []byte) bool {
	var buf [4096 * 3 / 4]byte
	n, _ := base64.RawURLEncoding.Decode(buf[:], p[:len(p)-len(p)%4])
	text := bytes.TrimLeft(buf[:n], " \r\n\t")
	return len(text) > 0 && text[0] == '{' &&
		(bytes.Contains(text, []byte(`"alg"`)) || bytes.Contains(text, []byte(`"typ"`)) ||
			bytes.Contains(text, []byte(`"enc"`)) || bytes.Contains(text, []byte(`"kid"`)))
}

// tokenByte reports whether c stands in base64url.
func tokenByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// privateKeys finds private keys in PEM (RFC 7468).
func (f *finder) privateKeys(p []byte, start, end int) {
	for {
		n := bytes.Index(p[start:end], []byte("PRIVATE KEY-----"))
		if n < 0 {
			return
		}
		i := start + n + len("PRIVATE KEY-----")
		j := end
		if k := bytes.Index(p[i:end], []byte("-----END")); k >= 0 {
			j = i + k
		}
		f.add(p, i, j, "private key", f.place)
		start = min(j+len("-----END ....... PRIVATE KEY-----"), end)
	}
}

// userInfo finds credentials in the authority of URLs.
func (f *finder) userInfo(p []byte, start, end int) {
	for {
		n := bytes.Index(p[start:end], []byte("://"))
		if n < 0 {
			return
		}
		start += n + len("://")
		j := start
		for j < end && p[j] > ' ' && !strings.ContainsRune(`/?#"'<>\`, rune(p[j])) {
			j++
		}
		if at := bytes.LastIndexByte(p[start:j], '@'); at > 0 {
			f.credentials(p, start, start+at, f.place)
		}
		start = j
	}
}

// credentials notes user and password of a URL, each by itself: either may be a
// key.
func (f *finder) credentials(p []byte, start, end int, place string) {
	colon := cutAt(p, start, end, ':')
	f.addAs(start, colon, unescapeQuery(string(p[start:colon]), '+'), "basic-auth url", place)
	if colon < end {
		f.addAs(colon+1, end, unescapeQuery(string(p[colon+1:end]), '+'), "basic-auth url", place)
	}
}

// parameters finds the secret ones among the name=value pairs of query strings
// in running text.
func (f *finder) parameters(p []byte, start, end int) {
	for i := start; i < end; {
		n := bytes.IndexByte(p[i:end], '=')
		if n < 0 {
			return
		}
		equals := i + n
		name := equals
		for name > i && (tokenByte(p[name-1]) || p[name-1] == '.') {
			name--
		}
		value := equals + 1
		stop := value
		for stop < end && p[stop] > ' ' && strings.IndexByte("&;\"'<>\\#,)]}", p[stop]) < 0 {
			stop++
		}
		i = value
		leads := name == start || strings.IndexByte("?&;#", p[name-1]) >= 0
		if leads && name < equals && f.r.rules.isQuery(string(p[name:equals]), string(p[value:stop])) {
			f.addAs(value, stop, unescapeQuery(string(p[value:stop]), '+'), "query", f.place+" "+string(p[name:equals]))
			i = stop
		}
	}
}

// pattern finds what an expression of the user's matches: its first group, if
// it has one, else all of it.
func (f *finder) pattern(p []byte, start, end int, rule pattern) {
	for _, m := range rule.match.FindAllSubmatchIndex(p[start:end], -1) {
		i, j := m[0], m[1]
		if len(m) >= 4 && m[2] >= 0 {
			i, j = m[2], m[3]
		}
		f.add(p, start+i, start+j, rule.name, f.place)
	}
}
