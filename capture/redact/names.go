package redact

import "strings"

// wide tells what stands under a name that the default rules know.
type wide uint8

const (
	notSecret   wide = iota
	secretText       // strings are secret; numbers, and what is below, are not
	secretWhole      // numbers are secret too, and all strings below
)

// normal strips a name of everything that spellings differ in: api_key, apiKey
// and X-Api-Key end alike.
func normal(name string) string {
	plain := true
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= 0x80:
			b.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		}
	}
	return b.String()
}

// defaultName tells what the default rules say of a normalised member, form or
// query name.
func defaultName(name string) wide {
	switch name {
	case "password", "passwd", "pwd", "pass", "passphrase", "passcode", "pincode", "otp", "totp",
		"mfacode", "otpcode", "cvv", "cvc", "secret", "credentials":
		return secretWhole
	case "auth", "authorization", "proxyauthorization", "bearer", "jwt", "sign", "sig", "hmac",
		"signature", "apikey", "accesskey", "accesskeyid", "awsaccesskeyid", "secretkey",
		"privatekey", "authkey", "appkey", "masterkey", "signingkey", "encryptionkey", "listenkey",
		"subscriptionkey", "sid", "sessionid", "phpsessid", "jsessionid", "aspnetsessionid",
		"connectsid", "cookie", "cookies", "setcookie", "credential", "assertion", "clientassertion",
		"samlresponse", "samlrequest", "codeverifier", "authsig", "xamzsignature", "xamzcredential",
		"xgoogsignature", "xgoogcredential", "csrf", "xsrf", "authenticitytoken", "insecureapikey",
		"webhookurl", "connectionstring":
		return secretText
	}
	for _, suffix := range [...]string{
		"password", "passwd", "passphrase", "passcode", "secret",
	} {
		if strings.HasSuffix(name, suffix) {
			return secretWhole
		}
	}
	for _, suffix := range [...]string{
		"token", "apikey", "secretkey", "privatekey", "accesskey", "subscriptionkey", "signature",
		"sessionid", "credentials", "authorization",
	} {
		if strings.HasSuffix(name, suffix) {
			return secretText
		}
	}
	return notSecret
}

// defaultHeader tells whether the default rules hold a header field for secret,
// whole, by its normalised name.
func defaultHeader(name string) bool {
	switch name {
	case "authenticationinfo", "xauth", "xfunctionskey":
		return true
	case "secwebsocketkey", "secwebsocketprotocol", "idempotencykey", "cookie", "setcookie",
		"authorization", "proxyauthorization":
		return false // or looked at more closely
	}
	return strings.HasSuffix(name, "sign") || defaultName(name) != notSecret
}

// loginName tells whether a member of a login message is secret, beyond those
// that are anywhere.
func loginName(name string) bool {
	switch name {
	case "key", "k", "hash", "digest", "resume", "authpayload", "pin", "ticket", "proof",
		"clientproof", "signed":
		return true
	}
	return defaultName(name) != notSecret
}

// loginWord reports whether the value of an op, type or method says that a
// message logs in: login, user.login, public/auth, AUTHENTICATE.
func loginWord(word string) bool {
	if i := strings.LastIndexAny(word, "./:_-"); i >= 0 && i+1 < len(word) {
		if loginWord(word[i+1:]) {
			return true
		}
	}
	switch normal(word) {
	case "login", "logon", "signin", "auth", "authenticate", "authentication", "authorize",
		"authorization", "identify", "connectioninit", "userlogin", "sessionlogon", "authrequest",
		"loginrequest", "reauth", "reauthenticate":
		return true
	}
	return false
}

// verbName reports whether a member says what a message does.
func verbName(name string) bool {
	switch name {
	case "op", "type", "event", "method", "action", "cmd", "command", "request", "req", "msg",
		"messagetype", "msgtype", "kind", "function", "reqtype", "opname", "e", "t", "name":
		return true
	}
	return false
}
