package apidoc

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// logins are the ways in which clients said who they are.
type logins struct {
	n   int
	all []login
}

type login struct {
	Security
	n int
}

// request takes what a request's head has of credentials.
func (l *logins) request(a address, fields []capture.Field) {
	l.n++
	seen := map[Security]bool{}
	for _, f := range fields {
		switch name := strings.ToLower(f.Name); {
		case name == "authorization":
			l.add(seen, authorization(f.Value))
		case name == "cookie":
			for part := range strings.SplitSeq(f.Value, ";") {
				if name, _, _ := strings.Cut(strings.TrimSpace(part), "="); isSessionCookie(name) {
					l.add(seen, Security{Type: "apiKey", In: InCookie, Name: name})
				}
			}
		case matters(name) && (isSecretName(name) || isRedacted(f.Value)):
			l.add(seen, Security{Type: "apiKey", In: InHeader, Name: f.Name})
		}
	}
	for name, value := range pairs(a.query) {
		if isSecretName(name) || isRedacted(value) {
			l.add(seen, Security{Type: "apiKey", In: InQuery, Name: name})
		}
	}
}

// maxLogins is how many ways are told apart.
const maxLogins = 16

func (l *logins) add(seen map[Security]bool, s Security) {
	if seen[s] {
		return
	}
	seen[s] = true
	i := slices.IndexFunc(l.all, func(k login) bool { return k.Security == s })
	switch {
	case i >= 0:
		l.all[i].n++
	case len(l.all) < maxLogins:
		l.all = append(l.all, login{s, 1})
	}
}

// security returns the ways that at least half of the requests took.
func (l *logins) security() []Security {
	var all []Security
	for _, k := range l.all {
		if 2*k.n >= l.n {
			all = append(all, k.Security)
		}
	}
	return all
}

// authorization tells the scheme of an Authorization field (RFC 9110 §11.6.2).
func authorization(value string) Security {
	scheme, _, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || strings.Trim(scheme, letters+digits+"-_") != "" {
		return Security{Type: "apiKey", In: InHeader, Name: "Authorization"}
	}
	switch strings.ToLower(scheme) {
	case "bearer":
		return Security{Type: "bearer", In: InHeader, Name: "Authorization", Scheme: "bearer"}
	case "basic":
		return Security{Type: "basic", In: InHeader, Name: "Authorization", Scheme: "basic"}
	}
	return Security{Type: "http", In: InHeader, Name: "Authorization", Scheme: strings.ToLower(scheme)}
}

// isSecretName reports whether a parameter of that name says who the client is.
func isSecretName(name string) bool {
	n := folded(name)
	switch n {
	case "token", "key", "auth", "jwt", "apikey", "sign", "signature", "sig", "ticket", "secret", "password", "passphrase",
		"sessionid", "sid", "listenkey", "hmac", "authorization":
		return true
	}
	for _, other := range [...]string{"page", "next", "continuation", "sync", "resume", "cursor", "csrf", "xsrf", "max"} {
		if strings.Contains(n, other) {
			return false
		}
	}
	for _, ending := range [...]string{
		"token", "apikey", "accesskey", "secretkey", "appkey", "authkey", "subscriptionkey", "accesssign", "signature", "passphrase", "secret", "sessionid",
	} {
		if strings.HasSuffix(n, ending) {
			return true
		}
	}
	return false
}

// isSessionCookie reports whether a cookie of that name carries a session.
func isSessionCookie(name string) bool {
	n := folded(name)
	if strings.Contains(n, "csrf") || strings.Contains(n, "xsrf") {
		return false
	}
	for _, part := range [...]string{"sess", "sid", "token", "auth", "jwt", "remember"} {
		if n == part || strings.HasSuffix(n, part) || len(part) > 3 && strings.Contains(n, part) {
			return true
		}
	}
	return false
}

// folded lowers a name and leaves its letters and digits.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}
