package compose

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/wiretape/wiretape/capture"
)

// head is the head of a request: our own fields first, then those of the user
// in his order and spelling. A field of the user's takes the place of ours of
// the same name; without a value it takes ours away.
type head struct {
	fields []capture.Field
	user   []capture.Field
}

// add adds a field of ours.
func (h *head) add(name, value string) {
	h.fields = append(h.fields, capture.Field{Name: name, Value: value})
}

// read takes the headers and cookies of a target.
func (h *head) read(t *Target, s *Scope) error {
	for _, p := range t.Headers {
		f, err := field(p, s)
		if err != nil {
			return err
		}
		h.user = append(h.user, f)
	}
	var cookies []string
	for _, p := range t.Cookies {
		f, err := field(p, s)
		if err != nil {
			return err
		}
		cookies = append(cookies, f.Name+"="+f.Value)
	}
	if len(cookies) > 0 { // RFC 6265 §5.4
		h.user = append(h.user, capture.Field{Name: "Cookie", Value: strings.Join(cookies, "; ")})
	}
	return nil
}

func field(p Pair, s *Scope) (capture.Field, error) {
	name, err := s.Resolve(p[0])
	if err != nil {
		return capture.Field{}, err
	}
	value, err := s.Resolve(p[1])
	if err != nil {
		return capture.Field{}, err
	}
	name = strings.TrimSpace(name)
	if !httpguts.ValidHeaderFieldName(name) {
		return capture.Field{}, &TargetError{Part: "header or cookie", Why: fmt.Sprintf("%q is not a name (RFC 9110 5.1)", name), hint: "as in 'Authorization: Bearer …'"}
	}
	if value = strings.TrimSpace(value); !httpguts.ValidHeaderFieldValue(value) {
		return capture.Field{}, &TargetError{Part: name, Why: "its value has a line end or another control character (RFC 9110 5.5)", hint: "see whether a variable brings a line end with it"}
	}
	return capture.Field{Name: name, Value: value}, nil
}

// append writes the head of a request out.
func (h *head) append(dst []byte, method, target string) []byte {
	dst = append(dst, method+" "+target+" HTTP/1.1\r\n"...)
	ours := map[string]bool{}
	for _, f := range h.fields {
		ours[strings.ToLower(f.Name)] = true
		if !h.given(f.Name) {
			dst = append(dst, f.Name+": "+f.Value+"\r\n"...)
		}
	}
	for _, f := range h.user {
		if f.Value != "" || !ours[strings.ToLower(f.Name)] {
			dst = append(dst, f.Name+": "+f.Value+"\r\n"...)
		}
	}
	return append(dst, "\r\n"...)
}

func (h *head) given(name string) bool {
	for _, f := range h.user {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// get returns the value a field will have, "" where it is left out.
func (h *head) get(name string) string {
	if h.given(name) {
		return capture.Get(h.user, name)
	}
	return capture.Get(h.fields, name)
}

// begin adds what every request has.
func (h *head) begin(a *address) {
	h.add("Host", a.host)
	if a.user != nil { // RFC 7617 §2
		password, _ := a.user.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(a.user.Username() + ":" + password))
		h.add("Authorization", "Basic "+credentials)
	}
}

// fieldsOf reads the fields of a raw head, in order and in their spelling.
func fieldsOf(raw []byte) []capture.Field {
	var fields []capture.Field
	_, rest, _ := bytes.Cut(raw, []byte("\n"))
	for line := range bytes.Lines(rest) {
		name, value, ok := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
		if ok {
			fields = append(fields, capture.Field{Name: string(name), Value: string(bytes.TrimSpace(value))})
		}
	}
	return fields
}
