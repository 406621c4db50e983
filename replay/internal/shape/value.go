package shape

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// UUID reports whether s is a UUID in its usual text form (RFC 9562 §4), with
// or without braces.
func UUID(s string) bool {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// Digits reports whether s is a run of decimal digits.
func Digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// Numbered reports whether s, an id by its name, has a long number in it or
// letters and digits in turns, as ids of orders do.
func Numbered(s string) bool {
	run, turns, digits, last := 0, 0, 0, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isDigit(c):
			digits++
			if run++; run == 6 {
				return true
			}
		case isAlpha(c):
			run = 0
		default:
			run = 0
			continue
		}
		if last != 0 && isDigit(c) != isDigit(last) {
			turns++
		}
		last = c
	}
	return len(s) >= 8 && turns >= 3 && digits >= 4
}

// Opaque reports whether s looks made by a program to be unlike any other
// value: a UUID, a hash, a random or numbered id. Words, dates, versions,
// instruments and words with a number at the end do not.
func Opaque(s string) bool {
	if len(s) < 6 || len(s) > 4096 {
		return false
	}
	if UUID(s) {
		return true
	}
	if _, unit := Time(s); unit == ISO || unit == HTTPDate {
		return false
	}
	if Digits(s) {
		return len(s) >= 12 // a snowflake; shorter ones count or measure something
	}
	if strings.ContainsAny(s, " \t\r\n{}<>\"'") {
		return false
	}
	if slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("-_.:/+=", r) }), random) {
		return true
	}
	return len(s) >= 20 && secret(s)
}

// random reports whether a run of letters and digits looks drawn at random:
// letters and digits in turns, or a long run of digits.
func random(s string) bool {
	digits, turns, upper, lower := 0, 0, 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isDigit(c):
			digits++
		case !isAlpha(c):
			return false
		case c < 'a':
			upper++
		default:
			lower++
		}
		if i > 0 && isDigit(c) != isDigit(s[i-1]) {
			turns++
		}
	}
	switch {
	case digits == len(s):
		return len(s) >= 12
	case digits > 0 && hashLength(len(s)) && strings.Trim(s, "0123456789abcdef") == "":
		return true
	case len(s) >= 16 && digits == 0:
		return mixedCase(s, upper, lower)
	case len(s) >= 8:
		return turns >= 3 || digits >= 9 || turns >= 2 && upper > 1 && lower > 1
	case len(s) >= 6:
		return turns >= 3
	}
	return false
}

// hashLength reports whether hashes and random ids in hex are often that long.
func hashLength(n int) bool { return n == 8 || n == 12 || n >= 16 && n%4 == 0 }

// mixedCase reports whether letters change their case as often as drawn ones
// do, and not as joinedWords do.
func mixedCase(s string, upper, lower int) bool {
	if upper == 0 || lower == 0 {
		return false
	}
	changes := 0
	for i := 1; i < len(s); i++ {
		if (s[i] < 'a') != (s[i-1] < 'a') {
			changes++
		}
	}
	return changes*3 >= len(s)
}

// secret reports whether a long value is base64 or hex of something random.
func secret(s string) bool {
	letters, digits, other := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			digits++
		case isAlpha(s[i]):
			letters++
		case strings.IndexByte("+/=-_", s[i]) >= 0:
			other++
		default:
			return false
		}
	}
	return digits*12 >= len(s) && letters*4 >= len(s) && other*8 <= len(s)
}

// Words calls f for each run of s that could be an id within a longer text.
func Words(s string, f func(start, end int)) {
	for i := 0; i < len(s); {
		if !inWord(s[i]) {
			i++
			continue
		}
		start := i
		for i < len(s) && inWord(s[i]) {
			i++
		}
		f(start, i)
	}
}

func inWord(c byte) bool { return isDigit(c) || isAlpha(c) || c == '-' || c == '_' }

// JWT reads a JSON Web Token (RFC 7519 §3) and returns its claims. The
// signature is not looked at.
func JWT(s string) (claims map[string]any, ok bool) {
	s = strings.TrimPrefix(s, "Bearer ")
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(s) < 16 || !strings.HasPrefix(s, "ey") {
		return nil, false
	}
	head, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	body, err2 := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || err2 != nil || !json.Valid(head) {
		return nil, false
	}
	if json.Unmarshal(body, &claims) != nil || claims == nil {
		return nil, false
	}
	return claims, true
}

// volatileClaims are the claims that differ between two tokens of one subject
// (RFC 7519 §4.1).
var volatileClaims = [...]string{"iat", "exp", "jti", "nbf"}

// Claims returns what of a JWT's claims does not change from token to token,
// in one spelling.
func Claims(claims map[string]any) string {
	fixed := make(map[string]any, len(claims))
	maps.Copy(fixed, claims)
	for _, k := range volatileClaims {
		delete(fixed, k)
	}
	out, err := json.Marshal(fixed)
	if err != nil {
		return ""
	}
	return string(out)
}
