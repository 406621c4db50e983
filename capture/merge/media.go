package merge

import "encoding/base64"

// attach appends an image or a file, given in base64.
func (c *choice) attach(d *draft, mime, data, url value) {
	m := Media{MIME: mime.text(), URL: url.text()}
	if len(data) > 2 {
		if !d.take(len(data)) {
			return
		}
		var err error
		if m.Bytes, err = decodeBase64(data.text()); err != nil {
			d.note("a file is not base64")
			d.failed = true
		}
	}
	if len(c.media) >= maxIndex {
		d.note("more than %d files: the rest is left out", maxIndex)
		return
	}
	c.media = append(c.media, m)
}

// decodeBase64 reads base64 in either alphabet, padded or not.
func decodeBase64(s string) ([]byte, error) {
	b := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		switch c {
		case '-':
			c = '+'
		case '_':
			c = '/'
		case '=', '\r', '\n', ' ':
			continue
		}
		b = append(b, c)
	}
	return base64.RawStdEncoding.AppendDecode(nil, b)
}
