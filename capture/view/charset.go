package view

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// charsetOf returns the encoding in which p is to be read, nil for UTF-8: what
// a byte order mark says, or else the media type's charset (RFC 9110 §8.3.2).
// p that is UTF-8 is read so whatever the type says, unless it is ASCII with
// escapes (ISO-2022-JP).
func charsetOf(p []byte, mediaType string) encoding.Encoding {
	switch {
	case bytes.HasPrefix(p, []byte("\xef\xbb\xbf")):
		return nil
	case bytes.HasPrefix(p, []byte("\xff\xfe")), bytes.HasPrefix(p, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	name := parameter(mediaType, "charset")
	if name == "" {
		return nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	if canonical, err := htmlindex.Name(enc); err != nil || canonical == "utf-8" || canonical == "replacement" {
		return nil
	} else if !strings.HasPrefix(canonical, "utf-16") && canonical != "iso-2022-jp" && utf8.Valid(p) {
		return nil
	}
	return enc
}

// toUTF8 returns p in UTF-8, without a byte order mark.
func toUTF8(p []byte, mediaType string) []byte {
	enc := charsetOf(p, mediaType)
	if enc == nil {
		return bytes.TrimPrefix(p, []byte("\xef\xbb\xbf"))
	}
	q, err := enc.NewDecoder().Bytes(p)
	if err != nil {
		return p
	}
	return q
}

// decoded writes text in the charset it is in, a piece at a time.
func (out *printer) decoded(p []byte, mediaType string) {
	enc := charsetOf(p, mediaType)
	if enc == nil {
		out.text(bytes.TrimPrefix(p, []byte("\xef\xbb\xbf")))
		out.endLine()
		return
	}
	r := enc.NewDecoder().Reader(bytes.NewReader(p))
	buf := make([]byte, 16<<10)
	held := 0
	for {
		n, err := io.ReadAtLeast(r, buf[held:], 1)
		piece := buf[:held+n]
		whole := piece
		if err == nil {
			// A line end or a character may continue in the next piece.
			whole = wholeRunes(bytes.TrimSuffix(piece, []byte("\r")))
		}
		out.text(whole)
		held = copy(buf, piece[len(whole):])
		if err != nil {
			break
		}
	}
	out.endLine()
}

// essence returns a media type without its parameters, in lower case.
func essence(mediaType string) string {
	t, _, _ := strings.Cut(mediaType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// parameter returns a parameter of a media type, in lower case.
func parameter(mediaType, name string) string {
	_, rest, _ := strings.Cut(mediaType, ";")
	for part := range strings.SplitSeq(rest, ";") {
		k, v, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.ToLower(strings.Trim(strings.TrimSpace(v), `"'`))
		}
	}
	return ""
}
