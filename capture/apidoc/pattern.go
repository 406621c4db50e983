package apidoc

import (
	"slices"
	"strconv"
	"strings"
)

// patterns turns paths into patterns.
//
// A segment that only programs write (digits, a UUID, a hash) varies wherever
// it is seen, so that the key of an endpoint stays what it is as the tape
// grows. One that mixes letters and digits does once several were seen in its
// place. A pattern that a person made notes on goes before all of that.
type patterns struct {
	noted map[string][][]string // by method and host: the segments of the noted patterns, the most literal first
	seen  map[string]map[string]bool
}

// severalValues is how many values a place has that varies.
const severalValues = 3

func newPatterns(keys []Key) *patterns {
	p := &patterns{noted: map[string][][]string{}, seen: map[string]map[string]bool{}}
	for _, k := range keys {
		place := k.Method + " " + k.Host
		p.noted[place] = append(p.noted[place], strings.Split(k.Pattern, "/"))
	}
	for _, all := range p.noted {
		slices.SortStableFunc(all, func(a, b []string) int { return variables(a) - variables(b) })
	}
	return p
}

func variables(segments []string) int {
	n := 0
	for _, s := range segments {
		if isVariable(s) {
			n++
		}
	}
	return n
}

func isVariable(segment string) bool {
	return len(segment) > 2 && segment[0] == '{' && segment[len(segment)-1] == '}'
}

// see notes a path, before the first one is asked for.
func (p *patterns) see(method, host, path string) {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if !isMixed(s) {
			continue
		}
		place := placeOf(method, host, segments, i)
		if p.seen[place] == nil {
			p.seen[place] = map[string]bool{}
		}
		if len(p.seen[place]) < severalValues {
			p.seen[place][s] = true
		}
	}
}

// placeOf names the place of segment i: all but what may vary, and the segment
// itself.
func placeOf(method, host string, segments []string, i int) string {
	var b strings.Builder
	b.WriteString(method + " " + host)
	for j, s := range segments {
		b.WriteByte('/')
		if j == i || isMade(s) || isMixed(s) {
			b.WriteString("{}")
		} else {
			b.WriteString(s)
		}
	}
	return b.String() + " " + strconv.Itoa(i)
}

// of returns the pattern of a path.
func (p *patterns) of(method, host, path string) string {
	segments := strings.Split(path, "/")
	for _, known := range p.noted[method+" "+host] {
		if fits(known, segments) {
			return strings.Join(known, "/")
		}
	}
	varies := make([]bool, len(segments))
	last := -1
	for i, s := range segments {
		varies[i] = isMade(s) && !isNumberedAPI(segments, i) || isMixed(s) && len(p.seen[placeOf(method, host, segments, i)]) >= severalValues
		if varies[i] {
			last = i
		}
	}
	used := map[string]bool{}
	out := slices.Clone(segments)
	for i := range segments {
		if varies[i] {
			out[i] = "{" + variable(segments, i, i == last, used) + "}"
			continue
		}
		out[i] = strings.NewReplacer("{", "%7B", "}", "%7D", " ", "%20").Replace(out[i])
	}
	return strings.Join(out, "/")
}

// isNumberedAPI reports whether a segment is a version without a letter, as in
// /3/movie and /api/2/items.
func isNumberedAPI(segments []string, i int) bool {
	if len(segments[i]) != 1 || i+1 == len(segments) {
		return false
	}
	return i == 1 || segments[i-1] == "api" || segments[i-1] == "rest" || segments[i-1] == "v"
}

// fits reports whether a path is one of those that a pattern stands for.
func fits(pattern, segments []string) bool {
	if len(pattern) != len(segments) {
		return false
	}
	for i, s := range pattern {
		if s != segments[i] && (!isVariable(s) || segments[i] == "") {
			return false
		}
	}
	return true
}

// variable names a segment that varies: the last one id, those before it after
// what stands before them, as in /users/{userId}/orders/{id}.
func variable(segments []string, i int, last bool, used map[string]bool) string {
	name := "id"
	if !last && i > 0 && isWord(segments[i-1]) {
		name = singular(segments[i-1]) + "Id"
	}
	unique := name
	for n := 2; used[unique]; n++ {
		unique = name + strconv.Itoa(n)
	}
	used[unique] = true
	return unique
}

// singular cuts the ending of the plural off an English word.
func singular(s string) string {
	switch {
	case strings.HasSuffix(s, "ies") && len(s) > 4:
		return strings.TrimSuffix(s, "ies") + "y"
	case strings.HasSuffix(s, "ss"):
		return s
	}
	return strings.TrimSuffix(s, "s")
}

// parameters returns the variables of a pattern with their values in a path.
func parameters(pattern, path string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		values := strings.Split(path, "/")
		for i, s := range strings.Split(pattern, "/") {
			if isVariable(s) && i < len(values) && !yield(s[1:len(s)-1], unescapePath(values[i])) {
				return
			}
		}
	}
}

func unescapePath(s string) string { return unescape(strings.ReplaceAll(s, "+", "%2B")) }
