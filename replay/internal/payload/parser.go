package payload

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Format is how a payload is written.
type Format uint8

// The formats.
const (
	Binary   Format = iota
	JSON            // one object or array
	Prefixed        // a prefix of text, then one object or array
	Lines           // several objects or arrays, each on its own line or ended by 0x1e
	Fields          // name=value pairs joined by &
	XML
	Text
	CBOR
	MessagePack
	Packet // a control packet of MQTT
)

var formatNames = [...]string{"binary", "json", "prefixed", "lines", "form", "xml", "text", "cbor", "messagepack", "mqtt"}

// String returns the format's name.
func (f Format) String() string { return formatNames[f] }

// Doc is a payload taken apart. Its leaves stand in the order of the bytes.
type Doc struct {
	Format Format
	Data   []byte
	Leaves []Leaf
	// Frame is what stands around the leaves where that matters: of text and
	// prefixes everything that is in no leaf, of binary its length and fixed
	// bytes. "" for JSON, forms and XML.
	Frame   string
	Framing Framing // what of Data stands before the record
}

// SamePaths reports whether two payloads have the same scalars in the same
// order, whatever their values.
func (d *Doc) SamePaths(o *Doc) bool {
	if len(d.Leaves) != len(o.Leaves) {
		return false
	}
	for i := range d.Leaves {
		if d.Leaves[i].Path.Text != o.Leaves[i].Path.Text {
			return false
		}
	}
	return true
}

// Parser takes payloads apart. The zero value is ready; it may not be used
// concurrently.
type Parser struct {
	// Layout says which fields binary payloads have; nil: none is known.
	Layout *Layout
	// Coding says how binary messages are written; the zero value: not known.
	Coding Coding
	mqtt   byte // the version of MQTT that CONNECT named
	paths  paths
}

// Parse takes a payload apart. binary says that it came as a binary message.
// The payload is kept and must not change; strings in the Doc are copies.
func (p *Parser) Parse(data []byte, binary bool) *Doc {
	d := &Doc{Data: data}
	if binary && !textual(data) {
		p.binary(d)
		return d
	}
	src := string(data)
	switch {
	case p.json(d, src), p.lines(d, src), p.prefixed(d, src), p.xml(d, src), p.form(d, src):
	default:
		p.text(d, src)
	}
	return d
}

// textual reports whether binary data is text all the same, as of clients that
// send JSON in binary messages.
func textual(data []byte) bool {
	if len(data) < 2 || data[0] != '{' && data[0] != '[' && data[0] != '<' {
		return false
	}
	return utf8.Valid(data)
}

func (p *Parser) json(d *Doc, src string) bool {
	if src == "" || src[0] != '{' && src[0] != '[' && src[0] > ' ' {
		return false
	}
	// Scalars are one more than commas, if no text has any.
	s := jsonScanner{paths: &p.paths, src: src, leaves: make([]Leaf, 0, min(strings.Count(src, ",")+1, 256))}
	if !s.text(p.paths.root("$"), true) || s.pos != len(src) {
		return false
	}
	d.Format, d.Leaves = JSON, s.leaves
	return true
}

// separator ends a record of SignalR and of RFC 7464.
const separator = 0x1e

// lines takes several JSON texts apart, each at the path of its number.
func (p *Parser) lines(d *Doc, src string) bool {
	trimmed := strings.Trim(src, "\x1e\r\n\t ")
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return false
	}
	root := p.paths.root("$")
	var leaves []Leaf
	for i, r := range Records(src) {
		at := root
		if i > 0 {
			at = p.paths.at(p.paths.root("records"), i, false)
		}
		s := jsonScanner{paths: &p.paths, src: src[r.Start:r.End], base: r.Start}
		if !s.text(at, true) || s.pos != len(s.src) {
			return false
		}
		leaves = append(leaves, s.leaves...)
	}
	d.Format, d.Leaves = Lines, leaves
	return true
}

// Span is a run of bytes of a payload.
type Span struct{ Start, End int }

// Records returns where the records of a payload stand: what 0x1e ends or, in
// a payload of several JSON texts, what a line feed does. Ends are left out,
// and so is what is empty.
func Records(src string) []Span {
	end := byte('\n')
	if strings.IndexByte(src, separator) >= 0 {
		end = separator
	}
	var spans []Span
	for start := 0; start < len(src); {
		n := strings.IndexByte(src[start:], end)
		if n < 0 {
			n = len(src) - start
		}
		if strings.Trim(src[start:start+n], "\r\n\t ") != "" {
			spans = append(spans, Span{start, start + n})
		}
		start += n + 1
	}
	return spans
}

// socketIO is a packet of Engine.IO 3 and 4 that carries one of Socket.IO: the
// types, the count of attachments, the namespace, the id of the ack.
var socketIO = regexp.MustCompile(`^([0-6][0-6])(\d+-)?(/[^,\[{]*,)?(\d+)?$`)

// prefixed takes a JSON text behind a prefix apart.
func (p *Parser) prefixed(d *Doc, src string) bool {
	n := strings.IndexAny(src, "[{")
	if n <= 0 || n > 64 || !Printable(src[:n]) {
		return false
	}
	s := jsonScanner{paths: &p.paths, src: src[n:], base: n}
	if !s.text(p.paths.root("$"), true) || s.pos != len(s.src) {
		return false
	}
	d.Format = Prefixed
	prefix := src[:n]
	if m := socketIO.FindStringSubmatchIndex(prefix); m != nil {
		d.Leaves = p.packet(prefix, m)
	} else {
		d.Leaves, d.Frame = p.words(prefix)
	}
	d.Leaves = append(d.Leaves, s.leaves...)
	return true
}

// packet names the parts of a Socket.IO packet's prefix.
func (p *Parser) packet(prefix string, m []int) []Leaf {
	var leaves []Leaf
	for i, name := range [...]string{"packet", "attachments", "namespace", "ack"} {
		start, end := m[2+2*i], m[3+2*i]
		if start < 0 {
			continue
		}
		path := p.paths.root(name)
		if name == "ack" && m[6] >= 0 {
			path = p.paths.key(path, prefix[m[6]:m[7]]) // each namespace counts for itself
		}
		leaves = append(leaves, Leaf{
			Path: path, Kind: Word, Value: prefix[start:end], Start: start, End: end,
		})
	}
	return leaves
}

// Elements returns where the elements of a batch stand: an array at the top
// that holds objects alone, two or more or one. It returns nil for all else.
func Elements(d *Doc) []Span {
	if d.Format != JSON || len(d.Leaves) == 0 {
		return nil
	}
	for i := range d.Leaves {
		if !strings.HasPrefix(d.Leaves[i].Path.Field, "$[*].") {
			return nil
		}
	}
	return topSpans(string(d.Data))
}

// topSpans returns where the elements of the array at the top stand. The text
// is valid.
func topSpans(src string) []Span {
	var spans []Span
	depth, start := 0, -1
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '"':
			for i++; src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth == 2 {
				start = i
			}
		case '}', ']':
			if depth == 2 {
				spans = append(spans, Span{start, i + 1})
			}
			depth--
		}
	}
	return spans
}
