// Package jsontext stands beside the decoders on the path bytes → mitm →
// capture → show, export, replay: it finds the parts of a JSON text (RFC 8259)
// where they stand, without parsing what lies between, and without a copy.
//
// It is made for looking up a few members of many messages. Text that is no
// JSON does no harm: what can be told of it is told, and nothing panics. Who
// needs to know that a text is valid asks encoding/json.
package jsontext

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Value is a JSON text, or a part of one, without white space around it. The
// nil Value is a part that is not there. Values share the memory of the text.
type Value []byte

// Of returns p as a Value, without the white space around it.
func Of(p []byte) Value {
	i, j := 0, len(p)
	for i < j && space(p[i]) {
		i++
	}
	for i < j && space(p[j-1]) {
		j--
	}
	return Value(p[i:j:j])
}

// Is reports whether v begins with c, which tells its type: '{', '[', '"', 't',
// 'f', 'n'.
func (v Value) Is(c byte) bool { return len(v) > 0 && v[0] == c }

// Number reports whether v is a number.
func (v Value) Number() bool { return len(v) > 0 && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') }

// Null reports whether v is null or not there.
func (v Value) Null() bool { return len(v) == 0 || v[0] == 'n' }

// Members calls yield with the name and the value of each member of an object,
// in order, and stops before the first that is cut off or wrong. It is there to
// be ranged over.
func (v Value) Members(yield func(name []byte, value Value) bool) {
	if !v.Is('{') {
		return
	}
	for i := v.blanks(1); i < len(v) && v[i] == '"'; {
		end := stringEnd(v, i)
		if end < 0 {
			return
		}
		name := []byte(v[i+1 : end-1])
		if i = v.blanks(end); i == len(v) || v[i] != ':' {
			return
		}
		i = v.blanks(i + 1)
		if end = End(v, i); end < 0 {
			return
		}
		if !yield(plain(name), Value(v[i:end:end])) {
			return
		}
		if i = v.blanks(end); i == len(v) || v[i] != ',' {
			return
		}
		i = v.blanks(i + 1)
	}
}

// Elements calls yield with each element of an array, in order, as Members does.
func (v Value) Elements(yield func(Value) bool) {
	for start, end := range v.Spans {
		if !yield(Value(v[start:end:end])) {
			return
		}
	}
}

// Spans calls yield with where each element of an array begins and ends in v.
func (v Value) Spans(yield func(start, end int) bool) {
	if !v.Is('[') {
		return
	}
	for i := v.blanks(1); i < len(v) && v[i] != ']'; {
		end := End(v, i)
		if end < 0 || end == i || !yield(i, end) {
			return
		}
		if i = v.blanks(end); i == len(v) || v[i] != ',' {
			return
		}
		i = v.blanks(i + 1)
	}
}

// Get follows a path of names through objects. Of members with the same name
// the first one counts.
func (v Value) Get(path ...string) Value {
	for _, name := range path {
		var found Value
		for n, m := range v.Members {
			if string(n) == name {
				found = m
				break
			}
		}
		v = found
	}
	return v
}

// First returns the first element of an array.
func (v Value) First() Value {
	for e := range v.Elements {
		return e
	}
	return nil
}

// Bytes returns what a string says, and the text of any other scalar as it
// stands. It is a copy only where the string has escapes.
func (v Value) Bytes() []byte {
	if !v.Is('"') {
		return v
	}
	inner := v[1:]
	if n := len(inner); n > 0 && inner[n-1] == '"' {
		inner = inner[:n-1]
	}
	return plain(inner)
}

// Text is Bytes as a string.
func (v Value) Text() string { return string(v.Bytes()) }

// Int returns a number that is an integer.
func (v Value) Int() (n int64, ok bool) {
	if !v.Number() {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// plain undoes the escapes of the inside of a string.
func plain(inner []byte) []byte {
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	quoted := make([]byte, 0, len(inner)+2)
	quoted = append(append(append(quoted, '"'), inner...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil || !utf8.ValidString(s) {
		return inner
	}
	return []byte(s)
}

// blanks returns where the white space at i ends.
func (v Value) blanks(i int) int {
	for i < len(v) && space(v[i]) {
		i++
	}
	return i
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
