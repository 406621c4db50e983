package compose

import (
	"strings"
	"unicode"
)

// word is a name, or a text in quotes.
type word struct {
	text   string
	quoted bool
}

// split cuts what stands between braces into words. It returns what is wrong
// with it, or "".
func split(s string) (words []word, wrong string) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] == '"' {
			text, rest, ok := quoted(s[1:])
			if !ok {
				return nil, "a quote is not closed"
			}
			words, s = append(words, word{text, true}), rest
			continue
		}
		n := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
		if n < 0 {
			n = len(s)
		}
		if !isName(s[:n]) {
			return nil, "“" + s[:n] + "” is not a name"
		}
		words, s = append(words, word{s[:n], false}), s[n:]
	}
	return words, ""
}

// quoted reads up to the closing quote; \" and \\ stand for the second
// character.
func quoted(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// isName reports whether s can be the name of a variable or a function.
func isName(s string) bool {
	for i, r := range strings.TrimPrefix(s, "$") {
		if !unicode.IsLetter(r) && r != '_' && (i == 0 || !unicode.IsDigit(r) && r != '.' && r != '-') {
			return false
		}
	}
	return strings.TrimPrefix(s, "$") != ""
}

// secretName reports whether what a name stands for is not to be shown.
func secretName(name string) bool {
	if strings.HasPrefix(name, "env.") {
		return true
	}
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
	if strings.HasPrefix(name, "$") {
		return false
	}
	for _, part := range [...]string{"token", "secret", "password", "passwd", "passphrase", "apikey", "accesskey", "privatekey", "credential", "authorization", "cookie", "signature"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return name == "auth" || name == "key" || name == "pass" || name == "jwt"
}
