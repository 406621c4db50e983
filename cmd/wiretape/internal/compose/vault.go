package compose

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/wiretape/wiretape/capture/redact"
)

// Vault takes the secrets out of what is to be kept and puts {{env.NAME}} in
// their place. As long as the program runs it remembers them, so that what was
// typed in works at once; they are written nowhere. It may be used
// concurrently.
type Vault struct {
	mu     sync.Mutex
	values map[string]string // by the name they were given
}

// Env reads a secret that was taken out, or a variable of the environment.
func (v *Vault) Env(name string) (string, bool) {
	v.mu.Lock()
	value, ok := v.values[name]
	v.mu.Unlock()
	if ok {
		return value, true
	}
	return os.LookupEnv(name)
}

// Collection returns nodes without secrets, and the names that stand for those
// that were taken out.
func (v *Vault) Collection(nodes []Node) (clean []Node, names []string, err error) {
	c, err := v.cleaning(nodes)
	if err != nil {
		return nil, nil, err
	}
	return c.nodes(nodes), c.names, nil
}

// Environments returns environments without secrets, likewise.
func (v *Vault) Environments(e *Environments) (clean *Environments, names []string, err error) {
	c, err := v.cleaning(e)
	if err != nil {
		return nil, nil, err
	}
	clean = &Environments{Current: e.Current, Items: slices.Clone(e.Items)}
	for i := range clean.Items {
		clean.Items[i].Vars = c.vars(clean.Items[i].Vars)
	}
	return clean, c.names, nil
}

// cleaning is one document whose secrets are being taken out.
type cleaning struct {
	vault    *Vault
	redactor *redact.Redactor
	taken    map[string]bool // names that stand in the document already
	names    []string
}

func (v *Vault) cleaning(document any) (*cleaning, error) {
	r, err := redact.New(nil)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	c := &cleaning{vault: v, redactor: r, taken: map[string]bool{}}
	envNames(string(text), func(name string) { c.taken[name] = true })
	return c, nil
}

func (c *cleaning) nodes(nodes []Node) []Node {
	clean := slices.Clone(nodes)
	for i := range clean {
		n := &clean[i]
		if n.Folder != nil {
			folder := c.nodes(*n.Folder)
			n.Folder = &folder
		}
		if n.Connection != nil {
			n.Connection = c.target(n.Connection)
		}
		n.Messages = c.messages(n.Messages)
	}
	return clean
}

func (c *cleaning) target(t *Target) *Target {
	clean := *t
	clean.URL = c.hide(t.URL, c.redactor.URL(t.URL), "URL")
	clean.Params = c.pairs(t.Params, func(p Pair) string {
		_, after, _ := strings.Cut(c.redactor.URL("http://h/?"+component(p[0])+"="+plainPart(p[1])), "=")
		return after
	})
	clean.Headers = c.pairs(t.Headers, func(p Pair) string { return c.redactor.Header(p[0], p[1]) })
	clean.Cookies = c.pairs(t.Cookies, func(p Pair) string {
		_, after, _ := strings.Cut(c.redactor.Header("Cookie", p[0]+"="+p[1]), "=")
		return after
	})
	clean.Vars = c.vars(t.Vars)
	if t.Body != nil {
		body := c.messages([]Message{*t.Body})
		clean.Body = &body[0]
	}
	clean.OnOpen = c.messages(t.OnOpen)
	return &clean
}

// plainPart returns a value of a query as it stands in one, placeholders and
// all.
func plainPart(s string) string { return strings.NewReplacer("&", "%26", "#", "%23").Replace(s) }

func (c *cleaning) pairs(pairs []Pair, redacted func(Pair) string) []Pair {
	clean := slices.Clone(pairs)
	for i, p := range clean {
		if after := redacted(p); placeholder.MatchString(after) && !strings.Contains(p[1], "{{") {
			clean[i][1] = c.hide(p[1], after, p[0])
		}
	}
	return clean
}

func (c *cleaning) vars(vars map[string]string) map[string]string {
	if vars == nil {
		return nil
	}
	clean := map[string]string{}
	for name, value := range vars {
		if secretName(name) && value != "" && !strings.Contains(value, "{{") {
			value = "{{env." + c.name(name, value) + "}}"
		}
		clean[name] = value
	}
	return clean
}

func (c *cleaning) messages(messages []Message) []Message {
	clean := slices.Clone(messages)
	for i := range clean {
		if m := &clean[i]; m.Text != nil {
			text := c.hide(*m.Text, string(c.redactor.Message([]byte(*m.Text))), "")
			m.Text = &text
		}
	}
	return clean
}

// placeholder is what a Redactor puts in the place of a secret.
var placeholder = regexp.MustCompile(`REDACTED-[0-9]+`)

// member is the name of the JSON member whose value a text breaks off in.
var member = regexp.MustCompile(`["']?([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[:=]\s*["']?[^"':=]*$`)

// memberReach is how far back that name is looked for, in bytes.
const memberReach = 256

// hide puts {{env.NAME}} where a Redactor has put its own placeholders. What
// lies between those is the same in both texts, and tells what they stand for.
// Secrets that have placeholders of ours in them stay.
func (c *cleaning) hide(text, redacted, name string) string {
	marks := placeholder.FindAllStringIndex(redacted, -1)
	if len(marks) == 0 {
		return text
	}
	var b strings.Builder
	rest, at := text, 0
	for i, mark := range marks {
		before := redacted[at:mark[0]]
		if !strings.HasPrefix(rest, before) {
			return text // written anew: it cannot be told what is what
		}
		b.WriteString(before)
		rest, at = rest[len(before):], mark[1]
		end := len(redacted)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		n := strings.Index(rest, redacted[at:end])
		if at == end || n < 0 {
			n = len(rest)
		}
		secret := rest[:n]
		rest = rest[n:]
		if strings.Contains(secret, "{{") || secret == "" {
			b.WriteString(secret)
			continue
		}
		called := name
		if m := member.FindStringSubmatch(b.String()[max(0, b.Len()-memberReach):]); m != nil && (name == "" || name == "URL") {
			called = m[1]
		}
		b.WriteString("{{env." + c.name(called, secret) + "}}")
	}
	return b.String() + rest
}

// name gives a secret a name: that of the field it stands in, with a number
// where another secret has it.
func (c *cleaning) name(field, secret string) string {
	base := strings.Trim(regexp.MustCompile(`[^A-Z0-9]+`).ReplaceAllString(strings.ToUpper(field), "_"), "_")
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		base = "SECRET"
	}
	v := c.vault
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.values == nil {
		v.values = map[string]string{}
	}
	name := base
	for i := 2; ; i++ {
		known, ok := v.values[name]
		if ok && known == secret || !ok && !c.taken[name] {
			break
		}
		name = fmt.Sprintf("%s_%d", base, i)
	}
	v.values[name], c.taken[name] = secret, true
	if !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
	}
	return name
}
