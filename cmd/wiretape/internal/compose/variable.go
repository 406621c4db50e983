package compose

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Scope is what the names in a text stand for. It may be used concurrently;
// the fields must not change once it is in use.
type Scope struct {
	// Vars are looked through in order; the first that has a name counts.
	Vars []map[string]string
	// Env reads {{env.NAME}}. Nil is the environment of the program.
	Env func(name string) (string, bool)

	mu  sync.Mutex
	seq uint64
}

const (
	// maxDepth bounds variables that stand for variables.
	maxDepth = 16
	// maxResolved bounds what a text may become, in bytes: variables that stand
	// for several variables make much of little.
	maxResolved = 64 << 20
	// maxLooked bounds how many variables one text may stand for, for those that
	// make nothing of nothing.
	maxLooked = 1 << 17
)

// Resolve puts what they stand for in the place of {{name}}, {{env.NAME}},
// {{$uuid}}, {{$nowMs}}, {{$seq}}, {{$hmacSha256 key text…}} and
// {{$hmacSha256Base64 key text…}}; \{{ stands for {{ itself. Within one text
// $nowMs and $seq stay the same; $seq counts the texts that have it. Every
// $uuid is another. Values of variables are resolved too.
//
// The key and the text of a signature are names, functions or texts in double
// quotes; several texts are put together.
//
// An error is an *UnknownError for names that stand for nothing, or a
// *TemplateError.
func (s *Scope) Resolve(text string) (string, error) {
	r := resolution{scope: s}
	out := r.text(text, 0)
	return out, r.err()
}

// Preview is what a text will be.
type Preview struct {
	Text    string   `json:"text"`    // with "••••" for every secret
	Unknown []string `json:"unknown"` // names that stand for nothing
	Error   string   `json:"error,omitempty"`
}

// mask stands for a secret in a preview.
const mask = "••••"

// Preview resolves a text without counting $seq on, and masks secrets: the
// values of {{env.NAME}} and of variables that are called after secrets.
func (s *Scope) Preview(text string) Preview {
	r := resolution{scope: s, masked: true}
	p := Preview{Text: r.text(text, 0), Unknown: r.unknown}
	if p.Unknown == nil {
		p.Unknown = []string{}
	}
	if r.wrong != nil {
		p.Error = r.wrong.Error()
	}
	return p
}

// resolution is one text being resolved.
type resolution struct {
	scope   *Scope
	masked  bool
	now     string
	seq     string
	unknown []string
	wrong   error
	looked  int  // how many variables were put in
	written int  // how many bytes they were, at every depth
	over    bool // it is of no use to go on
}

func (r *resolution) err() error {
	if len(r.unknown) > 0 {
		return &UnknownError{Names: r.unknown}
	}
	return r.wrong
}

// text resolves the placeholders of a text.
func (r *resolution) text(text string, depth int) string {
	var b strings.Builder
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "{{")
		if b.Len() > maxResolved {
			r.fail(&TemplateError{Why: "it stands for too much"})
			r.over = true
		}
		if !found || r.over {
			b.WriteString(rest)
			return b.String()
		}
		if literal, escaped := strings.CutSuffix(before, `\`); escaped {
			b.WriteString(literal + "{{")
			rest = after
			continue
		}
		b.WriteString(before)
		end := placeholderEnd(after)
		if end < 0 {
			r.fail(&TemplateError{At: len(text) - len(after) - 2, Why: "{{ without }}"})
			b.WriteString("{{" + after)
			return b.String()
		}
		b.WriteString(r.expression(after[:end], len(text)-len(after), depth))
		rest = after[end+2:]
	}
}

// placeholderEnd returns where the "}}" of a placeholder lies; those in quotes
// do not count.
func placeholderEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], "}}"):
			return i
		}
	}
	return -1
}

func (r *resolution) fail(err error) {
	if r.wrong == nil {
		r.wrong = err
	}
}

// expression resolves what stands between braces, which begins at at.
func (r *resolution) expression(source string, at, depth int) string {
	words, err := split(source)
	if err == "" && len(words) == 0 {
		err = "there is nothing between {{ and }}"
	}
	if err == "" && len(words) > 1 && !strings.HasPrefix(words[0].text, "$hmac") {
		err = fmt.Sprintf("%q is not a name", strings.TrimSpace(source))
	}
	if err != "" {
		r.fail(&TemplateError{At: at, Why: err})
		return "{{" + source + "}}"
	}
	if r.masked && secretName(words[0].text) && !words[0].quoted {
		if _, known := r.word(words[0], depth); known {
			return mask
		}
	}
	if strings.HasPrefix(words[0].text, "$hmac") {
		return r.signature(words, at, depth)
	}
	value, known := r.word(words[0], depth)
	if !known {
		r.miss(words[0].text)
		return "{{" + source + "}}"
	}
	return value
}

func (r *resolution) miss(name string) {
	if !slices.Contains(r.unknown, name) {
		r.unknown = append(r.unknown, name)
	}
}

// word returns what one word stands for.
func (r *resolution) word(w word, depth int) (string, bool) {
	if w.quoted {
		return w.text, true
	}
	switch w.text {
	case "$uuid":
		return uuid(), true
	case "$nowMs":
		if r.now == "" {
			r.now = strconv.FormatInt(time.Now().UnixMilli(), 10)
		}
		return r.now, true
	case "$seq":
		if r.seq == "" {
			r.seq = r.scope.count(r.masked)
		}
		return r.seq, true
	}
	if name, ok := strings.CutPrefix(w.text, "env."); ok {
		if r.scope.Env != nil {
			return r.scope.Env(name)
		}
		return os.LookupEnv(name)
	}
	for _, vars := range r.scope.Vars {
		if value, ok := vars[w.text]; ok {
			return r.variable(w.text, value, depth), true
		}
	}
	return "", false
}

// variable resolves what a variable stands for. Once that goes wrong the rest is
// left as it is: it would go wrong as often as there are ways to get there.
func (r *resolution) variable(name, value string, depth int) string {
	r.looked++
	switch {
	case depth >= maxDepth:
		r.fail(&TemplateError{Why: fmt.Sprintf("%s stands for itself", name)})
		r.over = true
	case r.looked > maxLooked || r.written > maxResolved:
		r.fail(&TemplateError{Why: fmt.Sprintf("%s stands for too much", name)})
		r.over = true
	}
	if r.over {
		return ""
	}
	out := r.text(value, depth+1)
	r.written += len(out)
	return out
}

// signature resolves {{$hmacSha256 key text…}} (RFC 2104, FIPS 180-4).
func (r *resolution) signature(words []word, at, depth int) string {
	encode := hex.EncodeToString
	switch {
	case words[0].text == "$hmacSha256Base64":
		encode = base64.StdEncoding.EncodeToString
	case words[0].text != "$hmacSha256":
		r.miss(words[0].text)
		return ""
	}
	if len(words) < 3 {
		r.fail(&TemplateError{At: at, Why: words[0].text + " takes a key and a text"})
		return ""
	}
	parts := make([]string, len(words)-1)
	for i, w := range words[1:] {
		value, known := r.word(w, depth)
		if !known {
			r.miss(w.text)
		}
		parts[i] = value
	}
	mac := hmac.New(sha256.New, []byte(parts[0]))
	mac.Write([]byte(strings.Join(parts[1:], "")))
	return encode(mac.Sum(nil))
}

// count returns the next number; one that is only looked at is not used up.
func (s *Scope) count(only bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if only {
		return strconv.FormatUint(s.seq+1, 10)
	}
	s.seq++
	return strconv.FormatUint(s.seq, 10)
}

// uuid returns a random UUID (RFC 9562 §5.4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
