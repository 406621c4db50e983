package jsontext

import "bytes"

// End returns where the value that begins at p[i] ends, and -1 if it is cut off
// or none begins there. Brackets are counted, not told apart; scalars are not
// checked.
func End(p []byte, i int) int {
	if i >= len(p) {
		return -1
	}
	switch p[i] {
	case '"':
		return stringEnd(p, i)
	case '{', '[':
		return nestEnd(p, i)
	case '}', ']', ',', ':':
		return -1
	}
	for i < len(p) && marks[p[i]]&scalarEnd == 0 {
		i++
	}
	return i
}

// What a byte can be outside of strings.
const (
	bracket   = 1 << iota // opens or closes a container, or begins a string
	scalarEnd             // cannot stand in a number or a word
)

var marks = [256]uint8{
	'"': bracket | scalarEnd, '{': bracket | scalarEnd, '[': bracket | scalarEnd, '}': bracket | scalarEnd, ']': bracket | scalarEnd,
	',': scalarEnd, ':': scalarEnd, ' ': scalarEnd, '\t': scalarEnd, '\n': scalarEnd, '\r': scalarEnd, 0x1e: scalarEnd,
}

// nestEnd returns where the container that begins at p[i] ends, or -1.
func nestEnd(p []byte, i int) int {
	for depth := 0; i < len(p); {
		c := p[i]
		if marks[c]&bracket == 0 {
			i++
			continue
		}
		switch c {
		case '"':
			if i = stringEnd(p, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		default:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// stringEnd returns where the string that begins at p[i] ends, or -1.
func stringEnd(p []byte, i int) int {
	for i++; i < len(p); i++ {
		n := bytes.IndexByte(p[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		escapes := 0
		for p[i-1-escapes] == '\\' { // ends at the opening quote at the latest
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
	return -1
}
