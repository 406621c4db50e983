package filter

import (
	"strings"
	"unicode/utf8"
)

// nearest returns the field whose name is most like name, "" if none is.
func nearest(name string, all []field) string {
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	return closest(name, names)
}

// closest returns the candidate that is at most two edits away from s, and
// nearer than half its length.
func closest(s string, candidates []string) string {
	best, found := 3, ""
	for _, c := range candidates {
		if d := edits(strings.ToLower(s), c); d < best && 2*d < utf8.RuneCountInString(c) {
			best, found = d, c
		}
	}
	return found
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
