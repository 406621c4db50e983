package merge

import "encoding/json"

// Walk reads a JSON text with the package's own reader. Numbers become
// json.Number; of members with the same name the last one counts.
func Walk(data []byte) (any, bool) {
	v, ok := parse(data)
	if !ok {
		return nil, false
	}
	return walk(v), true
}

func walk(v value) any {
	switch v[0] {
	case '{':
		m := map[string]any{}
		for name, f := range v.fields() {
			m[string(name)] = walk(f)
		}
		return m
	case '[':
		list := []any{}
		for e := range v.elements() {
			list = append(list, walk(e))
		}
		return list
	case '"':
		return v.text()
	case 't', 'f':
		return v.is('t')
	case 'n':
		return nil
	}
	return json.Number(v)
}
