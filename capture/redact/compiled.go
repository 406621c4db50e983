package redact

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/theory/jsonpath/spec"
)

// compiled is the rules of a Redactor as they are asked for.
type compiled struct {
	Rules
	defaults bool

	mu    sync.RWMutex
	names map[string]*name // of members, as they were spelled
}

// name is what the rules say of the name of a member.
type name struct {
	key    string
	normal string
	wide   wide
	login  bool // secret in a message that logs in
}

// maxNames bounds how many names an answer is remembered for.
const maxNames = 4096

func (c *compiled) set(rules *Rules, defaults bool) {
	if rules != nil {
		c.Rules = *rules
	}
	c.defaults = defaults && !c.noDefaults
}

// isHeader reports whether a header field, by its name in lower case, is secret
// whole.
func (c *compiled) isHeader(lower string) bool {
	return matches(c.headers, lower) || c.defaults && defaultHeader(normal(lower))
}

func (c *compiled) keepHeader(lower string) bool { return matches(c.keep.headers, lower) }

func (c *compiled) keepCookie(name string) bool {
	return matches(c.keep.cookies, strings.ToLower(name))
}

func (c *compiled) keepField(name string) bool { return matches(c.keep.fields, name) }

// isQuery reports whether a query or form parameter with this value is secret.
func (c *compiled) isQuery(name, value string) bool {
	name = normal(name)
	switch {
	case matches(c.query, name):
		return true
	case !c.defaults || matches(c.keep.query, name):
		return false
	case name == "key" || name == "code" || name == "ticket":
		return len(value) >= 12 && distinct(value) // else it is a word for something
	}
	return defaultName(name) != notSecret && !symbol(name, value)
}

// symbol reports whether a "token" is the name of a currency.
func symbol(name, value string) bool {
	if name != "token" || len(value) > 6 {
		return false
	}
	for i := range len(value) {
		if value[i] < 'A' || value[i] > 'Z' {
			return false
		}
	}
	return true
}

// name looks up the name of a member of a JSON object.
func (c *compiled) name(key []byte) *name {
	c.mu.RLock()
	n := c.names[string(key)]
	c.mu.RUnlock()
	if n != nil {
		return n
	}
	n = &name{key: string(key)}
	n.normal = normal(n.key)
	switch {
	case matches(c.fields, n.normal):
		n.wide = secretWhole
	case c.defaults && !c.keepField(n.normal):
		n.wide, n.login = defaultName(n.normal), loginName(n.normal)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[string]*name{}
	}
	if len(c.names) < maxNames && len(key) < 256 {
		c.names[n.key] = n
	}
	return n
}

// matches reports whether name is one of the names, which may hold stars.
func matches(names []string, name string) bool {
	return slices.ContainsFunc(names, func(pattern string) bool { return match(pattern, name) })
}

func match(pattern, name string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for i := 0; i <= len(name); i++ {
		if match(tail, name[i:]) {
			return true
		}
	}
	return false
}

// locate returns the normalised paths of what the path rules select in the JSON
// texts of p, and the rule of each.
func (c *compiled) locate(p []byte) map[string]string {
	out := map[string]string{}
	d := json.NewDecoder(bytes.NewReader(p))
	for {
		var value any
		if d.Decode(&value) != nil {
			return out
		}
		for _, rule := range c.paths {
			for located := range rule.path.SelectLocated(value).Paths() {
				out[located.String()] = "path " + rule.text
			}
		}
	}
}

// byPath returns the path rule that selects the value at hand, or something
// around it; "" if there is none.
func (w *walker) byPath() string {
	if len(w.paths) == 0 {
		return ""
	}
	path := make(spec.NormalizedPath, 0, len(w.levels))
	for i := range w.levels {
		if l := &w.levels[i]; l.object {
			path = append(path, spec.Name(l.key))
		} else {
			path = append(path, spec.Index(l.index))
		}
	}
	for ; len(path) > 0; path = path[:len(path)-1] {
		if rule := w.paths[path.String()]; rule != "" {
			return rule
		}
	}
	return ""
}
