package tree

import "strings"

// AppendYAML appends v as a YAML 1.2 document that readers of YAML 1.1 take for
// the same.
func AppendYAML(dst []byte, v Value) []byte {
	switch v := v.(type) {
	case *Map:
		if v.Len() > 0 {
			return appendMap(dst, v, "")
		}
	case List:
		if len(v) > 0 {
			return appendList(dst, v, "")
		}
	}
	return append(appendLeaf(dst, v, ""), '\n')
}

// appendMap appends the members of a mapping, one a line, behind indent.
func appendMap(dst []byte, m *Map, indent string) []byte {
	for name, v := range m.All {
		dst = append(dst, indent...)
		dst = append(appendKey(dst, name), ':')
		dst = appendMember(dst, v, indent, indent+"  ")
	}
	return dst
}

// appendMember appends what stands behind a key: a leaf on the same line, else
// the lines of a mapping or of a list, which need not stand further in.
func appendMember(dst []byte, v Value, indent, deeper string) []byte {
	switch v := v.(type) {
	case *Map:
		if v.Len() > 0 {
			return appendMap(append(dst, '\n'), v, deeper)
		}
	case List:
		if len(v) > 0 {
			return appendList(append(dst, '\n'), v, indent)
		}
	}
	return append(appendLeaf(append(dst, ' '), v, deeper), '\n')
}

// appendList appends the elements of a list, each behind a dash.
func appendList(dst []byte, l List, indent string) []byte {
	deeper := indent + "  "
	for _, v := range l {
		start := len(dst)
		switch v := v.(type) {
		case *Map:
			if v.Len() > 0 {
				dst = appendMap(dst, v, deeper)
				dst[start+len(indent)] = '-'
				continue
			}
		case List:
			if len(v) > 0 {
				dst = appendList(dst, v, deeper)
				dst[start+len(indent)] = '-'
				continue
			}
		}
		dst = append(append(dst, indent...), "- "...)
		dst = append(appendLeaf(dst, v, deeper), '\n')
	}
	return dst
}

// appendLeaf appends a scalar, or an empty container. A text of several lines
// stands as a block, if nothing in it is lost so.
func appendLeaf(dst []byte, v Value, indent string) []byte {
	switch v := v.(type) {
	case *Map:
		return append(dst, "{}"...)
	case List:
		return append(dst, "[]"...)
	case string:
		if isBlock(v) && indent != "" {
			dst = append(dst, "|-"...)
			for line := range strings.SplitSeq(v, "\n") {
				dst = append(dst, '\n')
				if line != "" {
					dst = append(append(dst, indent...), line...)
				}
			}
			return dst
		}
		return appendKey(dst, v)
	case Number:
		return append(dst, number(v)...)
	}
	return appendScalar(dst, v)
}

// number writes a number so that YAML 1.1 takes it for one too, which wants a
// point and a sign before an exponent.
func number(n Number) string {
	digits, exponent, found := strings.Cut(strings.ToLower(string(n)), "e")
	if !found {
		return string(n)
	}
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	if exponent[0] != '-' && exponent[0] != '+' {
		exponent = "+" + exponent
	}
	return digits + "e" + exponent
}

// isBlock reports whether a text is one of several lines, of visible characters
// only, that a block keeps as it is.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || strings.HasPrefix(s, "\n") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, "\n") ||
		strings.HasSuffix(s, " ") || strings.Contains(s, " \n") {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\n' || hidden(r) || r > 0xffff {
			return false
		}
	}
	return true
}

// appendKey appends a string, without quotes where it can be taken for nothing
// else.
func appendKey(dst []byte, s string) []byte {
	if isPlain(s) {
		return append(dst, s...)
	}
	return appendString(dst, s)
}

// isPlain reports whether a string may stand without quotes: words that begin
// with a letter and are no word of YAML 1.1 or 1.2.
func isPlain(s string) bool {
	if s == "" || len(s) > 120 || s[len(s)-1] == ' ' || !isLetter(s[0]) && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune(" -./+()", rune(c)) &&
			(c != ',' && c != ';' && c != '=' && c != '\'' || i == 0) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf":
		return false
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
