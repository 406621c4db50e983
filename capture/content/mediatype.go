package content

import "strings"

// MediaType is the value of a Content-Type field.
type MediaType struct {
	Essence string            // "text/event-stream": type and subtype, in lower case; "" where there is none
	Charset string            // the parameter charset, in lower case
	Params  map[string]string // names in lower case; of two with one name, the first
}

// ParseMediaType reads v as browsers do (WHATWG MIME Sniffing 4.4): parameters
// that are not well formed are left out, a semicolon at the end is no error. Of
// several types with commas between them, the first one counts. Essence is ""
// where v does not begin with a type.
func ParseMediaType(v string) MediaType {
	var m MediaType
	essence, rest := v, ""
	if i := strings.IndexAny(v, ";,"); i >= 0 {
		essence, rest = v[:i], v[i:]
	}
	essence = strings.ToLower(trim(essence))
	kind, sub, _ := strings.Cut(essence, "/")
	if !isToken(kind) || !isToken(sub) {
		return m
	}
	m.Essence = essence
	for strings.HasPrefix(rest, ";") {
		var name, value string
		var ok bool
		name, value, ok, rest = nextParam(rest[1:])
		if _, twice := m.Params[name]; !ok || twice {
			continue
		}
		if m.Params == nil {
			m.Params = map[string]string{}
		}
		m.Params[name] = value
	}
	m.Charset = strings.ToLower(m.Params["charset"])
	return m
}

// nextParam reads one parameter up to the semicolon, the comma or the end
// behind it.
func nextParam(s string) (name, value string, ok bool, rest string) {
	s = strings.TrimLeft(s, " \t\r\n")
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return "", "", false, ""
	}
	if s[end] != '=' {
		return "", "", false, s[end:]
	}
	name, s = strings.ToLower(s[:end]), s[end+1:]
	quoted := strings.HasPrefix(s, `"`)
	if quoted {
		value, s = unquote(s[1:])
	}
	end = strings.IndexAny(s, ";,")
	if end < 0 {
		end = len(s)
	}
	if !quoted {
		value = trim(s[:end])
	}
	return name, value, isToken(name) && (quoted || value != ""), s[end:]
}

// unquote reads a quoted string up to its closing quote, or the end.
func unquote(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			if i+1 < len(s) {
				i++
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

func trim(s string) string { return strings.Trim(s, " \t\r\n") }

// isToken reports whether s is a token (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

// IsText reports whether content of this type is text, by its name: text/…,
// JSON, XML and their families, scripts, forms and the like. Images in SVG are.
func IsText(essence string) bool {
	kind, sub, _ := strings.Cut(essence, "/")
	if kind == "text" {
		return true
	}
	if i := strings.LastIndexByte(sub, '+'); i >= 0 {
		switch sub[i+1:] {
		case "json", "xml", "yaml", "json-seq", "jwt", "ndjson", "jsonl":
			return true
		}
	}
	if kind != "application" && kind != "model" && kind != "message" {
		return false
	}
	switch strings.TrimPrefix(sub, "x-") {
	case "json", "json5", "jsonc", "json-seq", "json-stream", "jsonlines", "json-lines", "jsonl", "ndjson",
		"xml", "xml-dtd", "xhtml", "yaml", "toml", "csv", "sql", "graphql", "http",
		"javascript", "ecmascript", "typescript", "sh", "perl", "python", "php", "tex", "latex",
		"www-form-urlencoded", "jwt", "jose", "pem-file", "pgp-signature", "sdp", "rtf",
		"grpc-web-text", "vnd.apple.mpegurl", "mpegurl", "dns-json":
		return true
	}
	return false
}
