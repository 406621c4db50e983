package payload

import (
	"html"
	"strings"
)

// xml takes an XML text apart into its attributes and runs of character data.
// It checks that tags match, not that the text is valid.
func (p *Parser) xml(d *Doc, src string) bool {
	body := strings.TrimSpace(src)
	if len(body) < 4 || body[0] != '<' || body[len(body)-1] != '>' {
		return false
	}
	x := xmlScanner{paths: &p.paths, src: src, at: p.paths.root("xml")}
	if !x.scan() {
		return false
	}
	d.Format, d.Leaves = XML, x.leaves
	return true
}

type xmlScanner struct {
	paths  *paths
	src    string
	pos    int
	at     *Path
	open   []xmlElement
	leaves []Leaf
	any    bool
}

type xmlElement struct {
	name   string
	path   *Path
	counts map[string]int // how many children of each name
	inner  int            // leaves and elements seen within
}

func (x *xmlScanner) scan() bool {
	for x.pos < len(x.src) {
		if x.src[x.pos] != '<' {
			x.characters()
			continue
		}
		rest := x.src[x.pos:]
		ok := false
		switch {
		case strings.HasPrefix(rest, "<!--"):
			ok = x.skip("-->")
		case strings.HasPrefix(rest, "<![CDATA["):
			ok = x.cdata()
		case strings.HasPrefix(rest, "<?"):
			ok = x.skip("?>")
		case strings.HasPrefix(rest, "<!"):
			ok = x.skip(">")
		case strings.HasPrefix(rest, "</"):
			ok = x.close()
		default:
			ok = x.begin()
		}
		if !ok {
			return false
		}
	}
	return len(x.open) == 0 && x.any
}

func (x *xmlScanner) skip(end string) bool {
	n := strings.Index(x.src[x.pos:], end)
	if n < 0 {
		return false
	}
	x.pos += n + len(end)
	return true
}

// characters takes the text up to the next tag, without the white space around
// it.
func (x *xmlScanner) characters() {
	n := strings.IndexByte(x.src[x.pos:], '<')
	if n < 0 {
		n = len(x.src) - x.pos
	}
	run := x.src[x.pos : x.pos+n]
	text := strings.TrimSpace(run)
	if text != "" && len(x.open) > 0 {
		start := x.pos + strings.Index(run, text)
		x.leaf(x.top().path, html.UnescapeString(text), start, start+len(text))
	}
	x.pos += n
}

func (x *xmlScanner) cdata() bool {
	const head = len("<![CDATA[")
	n := strings.Index(x.src[x.pos:], "]]>")
	if n < head || len(x.open) == 0 {
		return false
	}
	// Raw text cannot be replaced by escaped text: the leaf is for comparing.
	x.leaves = append(x.leaves, Leaf{
		Path: x.top().path, Kind: Word, Value: x.src[x.pos+head : x.pos+n], Start: x.pos + head, End: x.pos + n,
	})
	x.top().inner++
	x.pos += n + 3
	return true
}

func (x *xmlScanner) top() *xmlElement { return &x.open[len(x.open)-1] }

func (x *xmlScanner) leaf(at *Path, value string, start, end int) {
	x.leaves = append(x.leaves, Leaf{Path: at, Kind: Markup, Value: value, Start: start, End: end})
	if len(x.open) > 0 {
		x.top().inner++
	}
}

func (x *xmlScanner) close() bool {
	n := strings.IndexByte(x.src[x.pos:], '>')
	if n < 0 || len(x.open) == 0 {
		return false
	}
	name := strings.TrimSpace(x.src[x.pos+2 : x.pos+n])
	e := x.top()
	if name != e.name {
		return false
	}
	if e.inner == 0 {
		x.leaves = append(x.leaves, Leaf{Path: e.path, Kind: Literal, Start: x.pos, End: x.pos})
	}
	x.open = x.open[:len(x.open)-1]
	x.pos += n + 1
	return true
}

// begin reads a start tag and its attributes.
func (x *xmlScanner) begin() bool {
	x.pos++
	name := x.name()
	if name == "" || x.any && len(x.open) == 0 || len(x.open) > maxDepth {
		return false
	}
	x.any = true
	e := xmlElement{name: name, path: x.child(name), counts: map[string]int{}}
	x.open = append(x.open, e)
	for {
		x.space()
		switch {
		case strings.HasPrefix(x.src[x.pos:], "/>"):
			if x.top().inner == 0 {
				x.leaves = append(x.leaves, Leaf{Path: e.path, Kind: Literal, Start: x.pos, End: x.pos})
			}
			x.open = x.open[:len(x.open)-1]
			x.pos += 2
			return true
		case strings.HasPrefix(x.src[x.pos:], ">"):
			x.pos++
			return true
		}
		if !x.attribute(e.path) {
			return false
		}
	}
}

// child returns the path of the next child called name; a second one of the
// same name has its number in it.
func (x *xmlScanner) child(name string) *Path {
	local := name[strings.IndexByte(name, ':')+1:]
	if len(x.open) == 0 {
		return x.paths.document(x.at, local)
	}
	parent := x.top()
	parent.inner++
	n := parent.counts[local]
	parent.counts[local]++
	path := x.paths.key(parent.path, local)
	if n > 0 {
		path = x.paths.at(path, n, false)
	}
	return path
}

func (x *xmlScanner) attribute(at *Path) bool {
	name := x.name()
	if x.space(); name == "" || x.pos >= len(x.src) || x.src[x.pos] != '=' {
		return false
	}
	x.pos++
	if x.space(); x.pos >= len(x.src) {
		return false
	}
	mark := x.src[x.pos]
	if mark != '"' && mark != '\'' {
		return false
	}
	start := x.pos + 1
	n := strings.IndexByte(x.src[start:], mark)
	if n < 0 {
		return false
	}
	x.leaf(x.paths.key(at, "@"+name), html.UnescapeString(x.src[start:start+n]), start, start+n)
	x.pos = start + n + 1
	return true
}

func (x *xmlScanner) name() string {
	start := x.pos
	for x.pos < len(x.src) && !strings.ContainsRune(" \t\r\n=/><\"'", rune(x.src[x.pos])) {
		x.pos++
	}
	return x.src[start:x.pos]
}

func (x *xmlScanner) space() {
	for x.pos < len(x.src) && strings.IndexByte(" \t\r\n", x.src[x.pos]) >= 0 {
		x.pos++
	}
}
