package merge

import "encoding/json"

// logprobs are the log probabilities of tokens, which are appended list by list.
type logprobs struct{ lists map[string][]json.RawMessage }

// take appends the lists in v.
func (l *logprobs) take(d *draft, v value) {
	for name, list := range v.fields() {
		l.append(d, string(name), list)
	}
}

// append appends the elements of v to one list.
func (l *logprobs) append(d *draft, name string, v value) {
	for e := range v.elements() {
		if len(l.lists) >= maxExtra && l.lists[name] == nil || !d.take(len(e)) {
			return
		}
		if l.lists == nil {
			l.lists = map[string][]json.RawMessage{}
		}
		l.lists[name] = append(l.lists[name], e.raw())
	}
}

// result returns the lists as an object, or nil where there are none.
func (l *logprobs) result() json.RawMessage {
	if len(l.lists) == 0 {
		return nil
	}
	b, _ := json.Marshal(l.lists) // texts that were read from JSON: cannot fail
	return b
}
