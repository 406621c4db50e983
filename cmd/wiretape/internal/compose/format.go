package compose

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// FormatError says where a text is not what it is to be formatted as.
type FormatError struct {
	Message string `json:"message"`
	Line    int    `json:"line"`   // 1, 2, 3 …
	Column  int    `json:"column"` // 1, 2, 3 …, in characters
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Format lays a text out in lines, or with minify takes out all space that
// means nothing. as is json, xml or html. Nothing else is touched: numbers,
// escapes, the order of members, and placeholders such as {{name}}, which may
// stand in the place of a value in JSON. Errors are a *FormatError, or a
// *MessageError for another format.
func Format(as, text string, minify bool) (string, error) {
	switch as {
	case "json":
		return formatJSON(text, minify)
	case "xml", "html":
		return formatMarkup(text, as == "html", minify)
	}
	return "", &MessageError{Why: fmt.Sprintf("%q cannot be formatted: json, xml or html", as), At: -1}
}

// stand is what a placeholder's stand-in is recognised by: no character at all
// (Unicode 23.7), as long as the braces of an empty placeholder less the quotes.
const stand = "\uffff"

func formatJSON(text string, minify bool) (string, error) {
	plain, placeholders := standIn(text)
	var out bytes.Buffer
	var err error
	if minify {
		err = json.Compact(&out, []byte(plain))
	} else {
		err = json.Indent(&out, bytes.TrimSpace([]byte(plain)), "", "  ")
	}
	if err != nil {
		// Indent was given less than the text: look again for the place.
		var syntax *json.SyntaxError
		if errors.As(json.Unmarshal([]byte(plain), new(any)), &syntax) {
			return "", formatError(text, int(syntax.Offset), syntax.Error())
		}
		return "", formatError(text, len(text), err.Error())
	}
	return putBack(out.String(), placeholders), nil
}

// standIn puts a string of the same length in the place of each placeholder,
// so that what is left is JSON and positions stay.
func standIn(text string) (plain string, placeholders []string) {
	if strings.Contains(text, stand) {
		return text, nil
	}
	var b strings.Builder
	inString, lastEnd := false, strings.LastIndex(text, "}}")
	for i := 0; i < len(text); {
		end := -1
		if strings.HasPrefix(text[i:], "{{") && i < lastEnd && (i == 0 || text[i-1] != '\\') {
			end = placeholderEnd(text[i+2 : min(len(text), i+2+maxPlaceholder)])
		}
		if end >= 0 && isPlaceholder(text[i+2:i+2+end]) {
			n := end + 4
			filler := stand + strings.Repeat("x", n-len(stand))
			if !inString {
				filler = `"` + stand + strings.Repeat("x", n-len(stand)-2) + `"`
			}
			b.WriteString(filler)
			placeholders = append(placeholders, filler, text[i:i+n])
			i += n
			continue
		}
		switch c := text[i]; {
		case inString && c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
		case c == '"':
			inString = !inString
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String(), placeholders
}

// maxPlaceholder is how far the end of a placeholder is looked for, in bytes.
const maxPlaceholder = 1 << 10

// isPlaceholder tells {{name}} from the braces of objects in objects, which no
// JSON has without a key between them.
func isPlaceholder(source string) bool {
	words, wrong := split(source)
	return wrong == "" && len(words) > 0 && !words[0].quoted
}

// putBack puts placeholders in the place of their stand-ins, which are in the
// same order.
func putBack(text string, placeholders []string) string {
	var b strings.Builder
	for i := 0; i < len(placeholders); i += 2 {
		before, after, _ := strings.Cut(text, placeholders[i])
		b.WriteString(before)
		b.WriteString(placeholders[i+1])
		text = after
	}
	return b.String() + text
}

// formatError returns a FormatError for a byte of text; offset counts the bytes
// read with it.
func formatError(text string, offset int, message string) error {
	before := text[:max(min(offset, len(text))-1, 0)]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return &FormatError{Message: strings.TrimPrefix(message, "XML syntax error on line "), Line: line, Column: column}
}

// checkXML returns what breaks the rules of XML.
func checkXML(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	elements := 0
	for {
		t, err := d.Token()
		if err == io.EOF && elements == 0 {
			return formatError(text, len(text), "there is no element")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			message := err.Error()
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) {
				message = syntax.Msg
			}
			return formatError(text, int(d.InputOffset()), message)
		}
		if _, ok := t.(xml.StartElement); ok {
			elements++
		}
	}
}
