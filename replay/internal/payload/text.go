package payload

import "strings"

// maxWords bounds how many words of a text are told apart.
const maxWords = 4096

// text takes a text apart into words.
func (p *Parser) text(d *Doc, src string) {
	d.Format = Text
	d.Leaves, d.Frame = p.words(src)
}

// words cuts a text at white space and the separators of line protocols. A
// word of the form name=value or name:value is a leaf called name. The frame
// is the text with a NUL in place of each leaf.
func (p *Parser) words(src string) (leaves []Leaf, frame string) {
	var around strings.Builder
	root := p.paths.root("word")
	last, index := 0, 0
	for pos := 0; pos < len(src) && len(leaves) < maxWords; {
		if separates(src[pos]) {
			pos++
			continue
		}
		end := pos
		for end < len(src) && !separates(src[end]) {
			end++
		}
		leaf := Leaf{Kind: Word, Start: pos, End: end}
		if name, n := namedWord(src[pos:end]); n > 0 {
			leaf.Start += n
			leaf.Path = p.paths.key(p.paths.root("text"), name)
		} else {
			leaf.Path = p.paths.at(root, index, true)
		}
		leaf.Value = src[leaf.Start:leaf.End]
		leaves = append(leaves, leaf)
		around.WriteString(src[last:leaf.Start])
		around.WriteByte(0)
		last, pos = leaf.End, end
		index++
	}
	around.WriteString(src[last:])
	return leaves, around.String()
}

func separates(c byte) bool {
	return c <= ' ' || c == '|' || c == ',' || c == ';'
}

// namedWord returns the name of a word of the form name=value or name:value,
// and where the value begins.
func namedWord(word string) (name string, n int) {
	i := strings.IndexAny(word, "=:")
	if i <= 0 || i+1 >= len(word) || word[i+1] == '/' {
		return "", 0
	}
	for _, c := range []byte(word[:i]) {
		if !(c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			return "", 0
		}
	}
	if word[i] == ':' && word[0] >= '0' && word[0] <= '9' {
		return "", 0 // a time of day
	}
	return word[:i], i + 1
}
