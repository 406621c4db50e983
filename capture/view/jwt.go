package view

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"
)

// token is a JSON Web Token taken apart (RFC 7519); nothing is verified.
type token struct {
	header, claims []byte // JSON
	signature      int    // bytes
}

// maxToken is the longest token taken apart, in bytes.
const maxToken = 64 << 10

// parseJWT takes a compact serialization apart (RFC 7515 §7.1). A scheme before
// it, as in an Authorization line, is passed over.
func parseJWT(p []byte) (token, bool) {
	p = bytes.TrimSpace(p)
	if len(p) > 7 && bytes.EqualFold(p[:7], []byte("bearer ")) {
		p = bytes.TrimSpace(p[7:])
	}
	if len(p) > maxToken {
		return token{}, false
	}
	parts := bytes.Split(p, []byte("."))
	if len(parts) != 3 {
		return token{}, false
	}
	var t token
	var ok [3]bool
	var signature []byte
	t.header, ok[0] = decodeSegment(parts[0])
	t.claims, ok[1] = decodeSegment(parts[1])
	signature, ok[2] = decodeSegment(parts[2])
	t.signature = len(signature)
	var head struct {
		Alg *string `json:"alg"`
	}
	if ok != [3]bool{true, true, true} || json.Unmarshal(t.header, &head) != nil || head.Alg == nil {
		return token{}, false
	}
	return t, true
}

// decodeSegment undoes base64url; padding, which should not be there, may be.
func decodeSegment(p []byte) ([]byte, bool) {
	out, err := base64.RawURLEncoding.AppendDecode(nil, bytes.TrimRight(p, "="))
	return out, err == nil
}

// ParseJWT takes a JSON Web Token apart (RFC 7519): header and claims are JSON.
// Nothing is verified. A scheme before it, as in an Authorization line, is passed
// over; expires is zero where no claim says so.
func ParseJWT(value string) (header, claims []byte, expires time.Time, ok bool) {
	t, ok := parseJWT([]byte(value))
	if !ok || !json.Valid(t.header) || !json.Valid(t.claims) {
		return nil, nil, time.Time{}, false
	}
	expires, _ = numericDate(t.dates().Expires)
	return t.header, t.claims, expires, true
}

func looksJWT(p []byte) bool {
	_, ok := parseJWT(p)
	return ok
}

// dates are the claims that are times (RFC 7519 §4.1).
type dates struct {
	Expires   *json.Number `json:"exp"`
	NotBefore *json.Number `json:"nbf"`
	Issued    *json.Number `json:"iat"`
}

// dates returns the dates that are numbers; none if one is not.
func (t token) dates() dates {
	var d dates
	if json.Unmarshal(t.claims, &d) != nil {
		return dates{}
	}
	return d
}

// numericDate reads seconds since 1970, of a year with four digits.
func numericDate(n *json.Number) (time.Time, bool) {
	if n == nil {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || seconds < 0 || seconds >= 253402300800 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// jwt writes a token's header and claims as JSON, and its dates as dates.
func (out *printer) jwt(p []byte) *Malformed {
	t, ok := parseJWT(p)
	if !ok {
		out.text(p)
		out.endLine()
		return &Malformed{Reason: "it is not three base64url parts with a JSON header that names an alg"}
	}
	out.heading("header")
	out.newline()
	bad := out.json(t.header)
	out.heading("claims")
	out.newline()
	if b := out.json(t.claims); bad == nil {
		bad = b
	}
	d := t.dates()
	for _, claim := range [...]struct {
		name string
		at   *json.Number
	}{{"issued", d.Issued}, {"not before", d.NotBefore}, {"expires", d.Expires}} {
		if at, ok := numericDate(claim.at); ok {
			out.heading(claim.name)
			out.plain(" " + out.st.in(at).Format(time.RFC3339))
			out.newline()
		}
	}
	out.heading("signature")
	out.plain(" " + strconv.Itoa(t.signature) + " bytes, not verified")
	out.newline()
	return bad
}

func (out *printer) heading(s string) {
	out.begin(faint)
	out.plain(s)
	out.end(faint)
}

// describeJWT says on one printable line what a token claims, and whether it
// was still good at the time of the recording; "" if value is none.
func describeJWT(value string, recorded time.Time, st *Style) string {
	t, ok := parseJWT([]byte(value))
	if !ok {
		return ""
	}
	var head struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Subject any `json:"sub"`
		Issuer  any `json:"iss"`
	}
	_ = json.Unmarshal(t.header, &head) // parseJWT has read it
	s := "JWT " + Sanitize(head.Alg)
	if json.Unmarshal(t.claims, &claims) != nil {
		return s
	}
	for _, claim := range [...]struct {
		name  string
		value any
	}{{"issuer", claims.Issuer}, {"subject", claims.Subject}} {
		if text, ok := claim.value.(string); ok {
			s += ", " + claim.name + " " + clip(text, 60, st.ASCII)
		}
	}
	expires, ok := numericDate(t.dates().Expires)
	if !ok {
		return s
	}
	s += ", expires " + st.in(expires).Format(time.RFC3339)
	if left := expires.Sub(recorded); left >= 0 {
		return s + ", " + Duration(left) + " after this began"
	} else {
		return s + ", " + Duration(-left) + " before this began"
	}
}
