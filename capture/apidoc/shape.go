package apidoc

import (
	"strings"
	"time"
)

// isMade reports whether a text is one that only programs write: digits, a
// UUID, a hash, a long id of letters and digits in turns.
func isMade(s string) bool {
	switch {
	case s == "" || len(s) > 512:
		return len(s) > 512
	case isDigits(s) || isUUID(s):
		return true
	case isHex(s):
		return len(s) >= 8 && hasDigit(s) && hasLetter(s)
	}
	return len(s) >= 12 && turns(s) >= 3 && strings.Trim(s, letters+digits+"_-~.=%") == ""
}

// isMixed reports whether a text may be an id: one word with digits in it that
// is no version.
func isMixed(s string) bool {
	if isMade(s) || len(s) > 64 || !hasDigit(s) || isVersion(s) {
		return false
	}
	return strings.Trim(s, letters+digits+"_-~.:%@") == ""
}

// isVersion reports whether s is v1, v2.0, 2024-01-01 or the like.
func isVersion(s string) bool {
	s = strings.TrimPrefix(strings.ToLower(s), "v")
	return len(s) <= 12 && strings.Trim(s, digits+".-") == "" || strings.HasPrefix(s, "1beta") || strings.HasPrefix(s, "1alpha")
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func hasDigit(s string) bool  { return strings.ContainsAny(s, digits) }
func hasLetter(s string) bool { return strings.ContainsAny(s, letters) }
func isDigits(s string) bool  { return s != "" && strings.Trim(s, digits) == "" }
func isHex(s string) bool     { return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// isWord reports whether s is one word of letters, as names of things are.
func isWord(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, letters+"_-") == "" && hasLetter(s)
}

// turns counts how often letters and digits take turns.
func turns(s string) int {
	n := 0
	for i := 1; i < len(s); i++ {
		if hasDigit(s[i:i+1]) != hasDigit(s[i-1:i]) {
			n++
		}
	}
	return n
}

// isUUID reports whether s is a UUID in its usual form (RFC 9562 §4).
func isUUID(s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	return isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}

// The formats of strings, in the words of JSON Schema.
const (
	dateTime = "date-time"
	date     = "date"
	uuid     = "uuid"
	email    = "email"
	uri      = "uri"
)

// formatOf returns the format of a string, "" for none.
func formatOf(s string) string {
	switch {
	case len(s) < 6 || len(s) > 2048:
		return ""
	case isUUID(s):
		return uuid
	case s[0] >= '0' && s[0] <= '9' && len(s) <= 40:
		if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return dateTime
		}
		if _, err := time.Parse(time.DateOnly, s); err == nil {
			return date
		}
	case isURI(s):
		return uri
	}
	if isEmail(s) {
		return email
	}
	return ""
}

// isURI reports whether s is an absolute address of the kinds that APIs hand
// out, of the characters of RFC 3986 only.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || rest == "" || rest[0] == '/' || len(scheme) > 8 || strings.Trim(scheme, letters) != "" {
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
	}
	return !strings.Contains(rest, "%") && !strings.ContainsAny(rest, "[]")
}

func isEmail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(local) > 64 || !strings.Contains(host, ".") {
		return false
	}
	return strings.Trim(local, letters+digits+"._+-") == "" && strings.Trim(host, letters+digits+".-") == "" &&
		local[0] != '.' && local[len(local)-1] != '.' && !strings.Contains(s, "..") &&
		strings.Trim(host[:1]+host[len(host)-1:], letters+digits) == ""
}

// isRedacted reports whether s stands in the place of a secret.
func isRedacted(s string) bool {
	return strings.HasPrefix(s, "REDACTED") || strings.HasPrefix(s, "%5BREDACTED")
}
