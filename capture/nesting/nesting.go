// Package nesting stands before the parsers of what a user wrote, beside the path
// bytes → mitm → capture → show, export, replay: it says how deep a text nests,
// so that a parser that calls itself for each level, or looks at the rest of the
// text at each, need not begin.
package nesting

// Limit is how deep what a user writes may nest.
const Limit = 200

// Depth returns how deep a text nests at most: how many brackets stand open, or
// how many items of YAML begin on one line. Strings and comments are not told
// apart from the rest, so that it may be more than there is, and never less.
func Depth(text []byte) int {
	deepest, open, items := 0, 0, 0
	start := true // only spaces and items were before on the line
	for i, c := range text {
		switch c {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open = max(open-1, 0)
		case '-', '?':
			if start && i+1 < len(text) && (text[i+1] == ' ' || text[i+1] == '\t') {
				items++
				deepest = max(deepest, items)
				continue
			}
		}
		switch c {
		case '\n', '\r':
			start, items = true, 0
		case ' ', '\t':
		default:
			start = false
		}
		deepest = max(deepest, open)
	}
	return deepest
}
