package content

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// ToUTF8 returns p, text in the charset, as UTF-8. The names are those of
// WHATWG Encoding ("latin1" is windows-1252, as in browsers); "" is UTF-8. A
// byte order mark tells more than the name, and is taken away. What cannot be
// decoded becomes U+FFFD. Where nothing has to change, the result is p. An
// unknown charset is an error.
func ToUTF8(p []byte, charset string) ([]byte, error) {
	from := unicode.UTF8
	if charset != "" {
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, fmt.Errorf("unknown charset %q", charset)
		}
		from = e
	}
	if from == encoding.Encoding(unicode.UTF8) && plain(p) {
		return p, nil
	}
	out, _, err := transform.Bytes(unicode.BOMOverride(from.NewDecoder()), p)
	if err != nil {
		return nil, fmt.Errorf("decode text in %s: %w", charset, err)
	}
	return out, nil
}

// plain reports whether p is UTF-8 already, with no byte order mark of any kind.
func plain(p []byte) bool {
	for _, bom := range [...]string{"\xEF\xBB\xBF", "\xFE\xFF", "\xFF\xFE"} {
		if bytes.HasPrefix(p, []byte(bom)) {
			return false
		}
	}
	return utf8.Valid(p)
}
