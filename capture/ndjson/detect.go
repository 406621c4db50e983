package ndjson

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/wiretape/wiretape/capture/content"
)

// maxHead is how much of a body Detect looks at.
const maxHead = 64 << 10

// Detect tells from the value of Content-Type and the first bytes of a decoded
// body whether it is a stream of JSON texts, and in which format. With more, it
// needs more bytes to tell: at the latest from 64 KiB on it knows.
//
// Types made for such streams are believed without a look at the body.
// application/json is a stream with stream=watch, or where its first line is a
// complete object or array and a second line begins another one (text/plain
// too), or where a second one follows on the same line.
func Detect(mediaType string, head []byte) (f Format, ok, more bool) {
	m := content.ParseMediaType(mediaType)
	if f, ok := named(m); ok {
		return f, true, false
	}
	switch m.Essence {
	case "application/json", "text/json", "text/plain":
	default:
		return 0, false, false
	}
	head = bytes.TrimPrefix(head, bom[:])
	first, rest := firstText(head)
	switch {
	case len(first) == 0:
		return 0, false, isBlank(head) && len(head) < maxHead
	case first[0] != '{' && first[0] != '[', bytes.IndexByte(first, '\n') >= 0:
		return 0, false, false
	}
	next := bytes.TrimLeft(rest, " \t\r\n")
	between := rest[:len(rest)-len(next)]
	switch {
	case len(next) == 0:
		return 0, false, len(head) < maxHead
	case next[0] != '{' && next[0] != '[' || !json.Valid(first):
		return 0, false, false
	case bytes.IndexByte(between, '\n') >= 0:
		return Lines, true, false
	}
	return Concatenated, m.Essence != "text/plain", false
}

// ArrayOfObjects reports whether a decoded body begins as an array of objects
// does. Most such bodies are plain JSON; where there is other evidence that the
// elements come one by one, as with Gemini's streamGenerateContent without
// alt=sse, it is a stream in the format Array. With more, it needs more bytes.
func ArrayOfObjects(head []byte) (ok, more bool) {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, bom[:]), " \t\r\n")
	if len(head) == 0 {
		return false, true
	}
	if head[0] != '[' {
		return false, false
	}
	head = bytes.TrimLeft(head[1:], " \t\r\n")
	if len(head) == 0 {
		return false, true
	}
	return head[0] == '{', false
}

// named tells by the media type alone.
func named(m content.MediaType) (Format, bool) {
	_, sub, _ := strings.Cut(m.Essence, "/")
	switch strings.TrimPrefix(sub, "x-") {
	case "ndjson", "nd-json", "jsonl", "jsonlines", "json-lines", "json-stream", "ldjson":
		return Lines, true
	case "json-seq":
		return Sequence, true
	case "stream+json":
		return Lines, true
	case "json":
		if strings.EqualFold(m.Params["stream"], "watch") {
			return Lines, true
		}
	}
	switch sub[strings.LastIndexByte(sub, '+')+1:] {
	case "json-seq": // RFC 8091
		return Sequence, true
	case "ndjson", "jsonl":
		return Lines, true
	}
	return 0, false
}

// firstText cuts the first text off head, as far as it goes.
func firstText(head []byte) (first, rest []byte) {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return nil, nil
	}
	var s scanner
	n := s.scan(head)
	return head[:n], head[n:]
}
