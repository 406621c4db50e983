package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

func (s *Server) registerCompletion() {
	s.handle("GET /filter/complete", s.complete)
}

// completion is one way to go on with a filter.
type completion struct {
	Insert string `json:"insert"`
	Label  string `json:"label"`
	Count  *int   `json:"count,omitempty"`
	From   int    `json:"from"` // the byte from which it replaces the text
}

// maxCompletions is how many are told.
const maxCompletions = 50

// complete says how a filter can go on at a place, and what is wrong with it.
func (s *Server) complete(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	text := q.Get("text")
	pos, err := strconv.Atoi(q.Get("pos"))
	if err != nil || pos < 0 || pos > len(text) {
		pos = len(text)
	}
	rows := q.Get("scope") == "rows"
	items, err := s.completions(text, pos, rows, q.Get("exchange"))
	if err != nil {
		return err
	}
	out := map[string]any{"items": items}
	if _, err := filter.Parse(text); err != nil {
		p := problemOf(err)
		out["error"] = map[string]any{"at": p.At, "message": p.Detail}
	}
	return answer(w, out)
}

func (s *Server) completions(text string, pos int, rows bool, exchange string) ([]completion, error) {
	from := strings.LastIndexAny(text[:pos], " \t\n()!") + 1
	word := text[from:pos]
	items := []completion{}
	name, op, value := splitTerm(word)
	if op == "" {
		for _, f := range filter.Fields() {
			if rows && !f.Row || !strings.HasPrefix(f.Name, strings.ToLower(name)) {
				continue
			}
			insert := f.Name + ":"
			if f.Flag && len(f.Values) == 0 && f.Example == f.Name {
				insert = f.Name
			}
			items = append(items, completion{Insert: insert, Label: f.About, From: from})
		}
		if from > 0 && name != "" {
			for _, op := range [...]string{"and", "or", "not"} {
				if strings.HasPrefix(op, name) {
					items = append(items, completion{Insert: op + " ", Label: "operator", From: from})
				}
			}
		}
		return items[:min(len(items), maxCompletions)], nil
	}
	seen, err := s.seen(strings.ToLower(name), exchange)
	if err != nil {
		return nil, err
	}
	for _, v := range seen {
		if strings.Contains(strings.ToLower(v.text), strings.ToLower(strings.Trim(value, `"`))) {
			c := completion{Insert: name + op + filterValue(v.text), Label: v.text, From: from}
			if v.count >= 0 {
				c.Count = &v.count
			}
			items = append(items, c)
		}
	}
	return items[:min(len(items), maxCompletions)], nil
}

// splitTerm takes a term apart into its field, the operator and the value.
func splitTerm(word string) (name, op, value string) {
	i := strings.IndexAny(word, ":=<>~!")
	if i < 0 {
		return word, "", ""
	}
	end := i
	for end < len(word) && strings.IndexByte(":=<>~!", word[end]) >= 0 {
		end++
	}
	return word[:i], word[i:end], word[end:]
}

// filterValue writes a value as a term has it.
func filterValue(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\"'(),\\/") || strings.HasPrefix(s, "$") {
		return filterString(s)
	}
	return s
}

// seenValue is a value and how often it was seen; -1 for not counted.
type seenValue struct {
	text  string
	count int
}

// lookedThrough is how many of the last exchanges, and of the first rows of one,
// values are taken from.
const lookedThrough = 5000

// seen returns the values that a field has on the tape, the most frequent first,
// and the words it may have.
func (s *Server) seen(field, exchange string) ([]seenValue, error) {
	counts := map[string]int{}
	if of := exchangeValue(field); of != nil {
		if err := s.seenExchanges(of, counts); err != nil {
			return nil, err
		}
	}
	if id, err := strconv.ParseUint(exchange, 10, 64); err == nil && (field == "type" || field == "opcode" || field == "dir") {
		if err := s.seenRows(capture.ExchangeID(id), field, counts); err != nil {
			return nil, err
		}
	}
	var out []seenValue
	for text, n := range counts {
		if text != "" {
			out = append(out, seenValue{text, n})
		}
	}
	slices.SortFunc(out, func(a, b seenValue) int {
		if a.count != b.count {
			return b.count - a.count
		}
		return strings.Compare(a.text, b.text)
	})
	for _, f := range filter.Fields() {
		if f.Name != field {
			continue
		}
		for _, v := range f.Values {
			if counts[v] == 0 {
				out = append(out, seenValue{v, -1})
			}
		}
	}
	return out, nil
}

// seenExchanges counts the values that the newest exchanges have.
func (s *Server) seenExchanges(of func(*capture.Exchange) []string, counts map[string]int) error {
	all := s.listings.find(s, listingKey{}, nil)
	if _, err := all.catchUp(s.ctx, patience); err != nil {
		return err
	}
	ids, _ := all.newest(lookedThrough)
	if len(ids) == 0 {
		return nil
	}
	for ex, err := range s.tape.Exchanges(ids[0]-1, true) {
		if err != nil {
			return err
		}
		for _, v := range of(ex) {
			counts[v]++
		}
	}
	return nil
}

// seenRows counts the values of a field in the first rows of an exchange.
func (s *Server) seenRows(id capture.ExchangeID, field string, counts map[string]int) error {
	r, err := s.reel(id, messages)
	if err != nil {
		return err
	}
	for l, err := range r.from(1) {
		if err != nil || l.seq > lookedThrough {
			return err
		}
		switch {
		case field == "dir":
			counts[l.dir.String()]++
		case field == "opcode" && l.message != nil:
			counts[l.message.Opcode.String()]++
		case field == "type" && l.event != nil && l.event.Dispatched:
			counts[l.event.Type]++
		}
	}
	return nil
}

// exchangeValue returns what takes the values of a field from an exchange, nil
// for fields whose values are not worth telling.
func exchangeValue(field string) func(*capture.Exchange) []string {
	one := func(f func(*capture.Exchange) string) func(*capture.Exchange) []string {
		return func(ex *capture.Exchange) []string { return []string{f(ex)} }
	}
	switch field {
	case "kind":
		return one(func(ex *capture.Exchange) string { return ex.Kind.String() })
	case "method":
		return one(func(ex *capture.Exchange) string { return ex.Request.Method })
	case "host":
		return one(func(ex *capture.Exchange) string { return takeApart(ex.Request.URL).Host })
	case "path":
		return one(func(ex *capture.Exchange) string { return takeApart(ex.Request.URL).Path })
	case "status":
		return one(func(ex *capture.Exchange) string {
			if ex.Response == nil {
				return ""
			}
			return strconv.Itoa(ex.Response.Status)
		})
	case "session":
		return one(func(ex *capture.Exchange) string { return strconv.FormatUint(uint64(ex.Session), 10) })
	case "tag":
		return func(ex *capture.Exchange) []string { return ex.Tags }
	case "end", "how":
		return one(func(ex *capture.Exchange) string {
			if ex.End == nil {
				return ""
			}
			return ex.End.How.String()
		})
	}
	return nil
}
