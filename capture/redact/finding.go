package redact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Finding counts what one rule replaced in one place.
type Finding struct {
	Rule  string // the rule's name, as in "authorization"
	Place string // as in "header Authorization", "query token", "message $.args[*].apiKey"
	Count int
	// Sample shows the first that was found, all but its first characters
	// masked, as in "eyJh… (212 bytes)".
	Sample string
}

// maxPlaces bounds how many places are told apart; what comes after counts for
// "other places".
const maxPlaces = 10000

// tally counts findings.
type tally struct {
	mu     sync.Mutex
	counts map[[2]string]*Finding
}

func (t *tally) add(rule, place, secret string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[[2]string]*Finding{}
	}
	key := [2]string{rule, place}
	if _, ok := t.counts[key]; !ok && len(t.counts) >= maxPlaces {
		key[1] = "other places"
	}
	if t.counts[key] == nil {
		t.counts[key] = &Finding{Rule: key[0], Place: key[1], Sample: mask(secret)}
	}
	t.counts[key].Count++
}

// mask shows at most four characters of a secret, and at most a quarter of it.
func mask(secret string) string {
	if secret == "" {
		return ""
	}
	shown := []rune(secret[:min(len(secret)/4, 16)])
	for i, r := range shown {
		if i == 4 || r == utf8.RuneError || !unicode.IsPrint(r) {
			shown = shown[:i]
			break
		}
	}
	return fmt.Sprintf("%s… (%d bytes)", string(shown), len(secret))
}

// Found returns what was replaced so far, by rule and place, in that order.
func (r *Redactor) Found() []Finding {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	out := make([]Finding, 0, len(r.tally.counts))
	for _, f := range r.tally.counts {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Place, b.Place))
	})
	return out
}

// Secrets returns how many different secrets were replaced so far.
func (r *Redactor) Secrets() int {
	r.book.mu.RLock()
	defer r.book.mu.RUnlock()
	return len(r.book.number)
}

// Sum says in one line what went, as in "12 secrets in 40 places (authorization
// 3, jwt 37)"; "nothing" where nothing was found.
func Sum(found []Finding) string {
	total := 0
	byRule := map[string]int{}
	var rules []string
	for _, f := range found {
		if byRule[f.Rule] == 0 {
			rules = append(rules, f.Rule)
		}
		byRule[f.Rule] += f.Count
		total += f.Count
	}
	if total == 0 {
		return "nothing"
	}
	slices.Sort(rules)
	parts := make([]string, len(rules))
	for i, rule := range rules {
		parts[i] = fmt.Sprintf("%s %d", rule, byRule[rule])
	}
	return fmt.Sprintf("%d values (%s)", total, strings.Join(parts, ", "))
}
