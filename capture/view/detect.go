package view

import (
	"bytes"
	"strings"
)

// Detect returns the format that Auto stands for: what the bytes look like,
// and where they could be many things what the media type says. What is neither
// is Text if it looks like text, and else Hex. mediaType may be empty.
func Detect(p []byte, mediaType string) As {
	t := essence(mediaType)
	if len(p) == 0 {
		return Text
	}
	binary := binaryType(t)
	if binary != Auto {
		return binary
	}
	if charsetOf(p, mediaType) != nil {
		return detectText(toUTF8(beginning(p), mediaType), t)
	}
	if looksText(p) || textType(t) && mayBeText(p) {
		return detectText(bytes.TrimPrefix(p, []byte("\xef\xbb\xbf")), t)
	}
	if isMsgPackMap(p) {
		return MsgPack
	}
	if isCBORMap(p) {
		return CBOR
	}
	return Hex
}

// textType reports whether a media type says that the bytes are text.
func textType(t string) bool {
	return strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "json") || strings.HasSuffix(t, "xml") ||
		t == "application/javascript" || t == "application/x-www-form-urlencoded"
}

// sniffed is how much of a payload is looked at.
const sniffed = 1 << 20

func beginning(p []byte) []byte { return p[:min(len(p), sniffed)] }

// binaryType returns the format of a media type that text cannot have.
func binaryType(t string) As {
	switch t {
	case "application/msgpack", "application/x-msgpack", "application/vnd.msgpack":
		return MsgPack
	case "application/cbor", "application/cbor-seq":
		return CBOR
	case "application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf", "application/x-google-protobuf":
		return Protobuf
	}
	switch {
	case isGRPC(t) && !strings.Contains(t, "json") && !strings.HasPrefix(t, "application/grpc-web-text"):
		return Protobuf
	case strings.HasSuffix(t, "+cbor"):
		return CBOR
	case strings.HasSuffix(t, "+msgpack"):
		return MsgPack
	case strings.HasSuffix(t, "+proto"):
		return Protobuf
	}
	return Auto
}

// isGRPC reports whether a media type is one of gRPC's, whose messages have a
// prefix of five bytes.
func isGRPC(mediaType string) bool {
	return strings.HasPrefix(essence(mediaType), "application/grpc")
}

// detectText tells text formats apart.
func detectText(p []byte, t string) As {
	switch t {
	case "text/event-stream":
		return SSE
	case "application/x-www-form-urlencoded":
		return Form
	case "text/html", "application/xhtml+xml":
		return HTML
	}
	rest := p[blanks(p):]
	if len(rest) == 0 {
		return Text
	}
	switch rest[0] {
	case '{', '[', 0x1e:
		if beginsJSON(beginning(rest)) {
			return JSON
		}
	case '<':
		return detectMarkup(rest, t)
	case 'e', 'B', 'b':
		if looksJWT(rest) {
			return JWT
		}
	}
	switch {
	case t == "application/json" || strings.HasSuffix(t, "+json") || strings.Contains(t, "ndjson") || strings.Contains(t, "jsonl"):
		return JSON
	case t == "application/xml" || t == "text/xml" || strings.HasSuffix(t, "+xml"):
		return XML
	}
	return Text
}

// beginsJSON reports whether p is JSON as far as it goes.
func beginsJSON(p []byte) bool {
	l := jsonLexer{p: p}
	for {
		tok, _, reason := l.next()
		switch {
		case reason == unexpectedEnd:
			return true
		case reason != "":
			// The beginning of a long payload may end inside a character or a word.
			return l.pos > sniffed-16
		case tok == jsonEnd:
			return true
		}
	}
}

// detectMarkup tells HTML from XML, and both from text that begins with "<".
func detectMarkup(p []byte, t string) As {
	head := bytes.ToLower(p[:min(len(p), 256)])
	switch {
	case bytes.HasPrefix(head, []byte("<!doctype html")), bytes.HasPrefix(head, []byte("<html")):
		return HTML
	case bytes.HasPrefix(head, []byte("<?xml")), t == "application/xml", t == "text/xml", strings.HasSuffix(t, "+xml"):
		return XML
	case bytes.HasPrefix(head, []byte("<!--")) && bytes.Contains(head, []byte("<html")):
		return HTML
	}
	end := bytes.TrimRight(p[max(len(p)-256, 0):], " \t\r\n")
	if len(head) > 1 && (nameStart(head[1]) || head[1] == '!' || head[1] == '?') && bytes.HasSuffix(end, []byte(">")) {
		return XML
	}
	return Text
}

// nameStart reports whether c may begin the name of an element.
func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
