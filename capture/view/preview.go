package view

import "unicode/utf8"

// Preview returns the beginning of p on one line of at most width columns
// (0: 256), an ellipsis at its end if there is more. Text is made printable,
// and line breaks between JSON or XML tokens become a blank; what does not look
// like text is shown as hex and ASCII. Only as much of p is read as is shown.
func Preview(p []byte, width int) string {
	return preview(p, width, looksText(p), false)
}

// previewLimit is the width of a preview where the line has no limit.
const previewLimit = 256

// preview is Preview for what is known to be text or not.
func preview(p []byte, width int, text, ascii bool) string {
	if width <= 0 {
		width = previewLimit
	}
	if !text {
		return previewBytes(p, width, ascii)
	}
	l := newLine(width, ascii)
	markup := startsMarkup(p)
	for i := 0; i < len(p); {
		if markup && (p[i] == '\n' || p[i] == '\r') {
			i += blanks(p[i:])
			if i == len(p) {
				break
			}
			if !l.put(' ', 1, ' ') {
				break
			}
			continue
		}
		r, n := utf8.DecodeRune(p[i:])
		if !l.put(r, n, p[i]) {
			break
		}
		i += n
	}
	return string(l.buf)
}

// startsMarkup reports whether white space in p is likely to be layout.
func startsMarkup(p []byte) bool {
	i := blanks(p)
	return i < len(p) && (p[i] == '{' || p[i] == '[' || p[i] == '<')
}

// blanks counts the white space at the beginning of p.
func blanks(p []byte) int {
	for i, c := range p {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
	}
	return len(p)
}

// previewBytes shows as many bytes as fit, each as two digits and a blank, and
// then as a character.
func previewBytes(p []byte, width int, ascii bool) string {
	more := ellipsis(ascii)
	n := (width - 1) / 4
	if n < len(p) {
		n = max((width-3)/4, 1)
	} else {
		n, more = len(p), ""
	}
	out := make([]byte, 0, 4*n+8)
	for _, c := range p[:n] {
		out = append(out, hexDigits[c>>4], hexDigits[c&15], ' ')
	}
	if more != "" {
		out = append(append(out, more...), ' ')
	}
	if n > 0 {
		out = append(out, ' ')
	}
	for _, c := range p[:n] {
		out = append(out, dotted(c))
	}
	return string(out)
}

// dotted returns c, or a dot where c is not a printable ASCII character.
func dotted(c byte) byte {
	if c < 0x20 || c > 0x7e {
		return '.'
	}
	return c
}

// looksText reports whether the beginning of p is UTF-8 with few controls, as
// text has: one in sixteen, or a pair of them among eight characters, line ends
// and tabs aside. ESC counts as text, and so do NUL and RS, which end a STOMP
// frame and a SignalR record.
func looksText(p []byte) bool {
	p = textSample(p)
	controls, invalid := oddities(p)
	return invalid == 0 && (controls*16 <= len(p) || controls <= 2 && controls*4 <= len(p))
}

// mayBeText is looksText for what is said to be text: in that, a quarter may be
// odd.
func mayBeText(p []byte) bool {
	p = textSample(p)
	controls, invalid := oddities(p)
	return (controls+invalid)*4 <= len(p) || invalid == 0
}

// textSample returns as much of p as is looked at to guess.
func textSample(p []byte) []byte {
	const enough = 4096
	if len(p) > enough {
		return wholeRunes(p[:enough])
	}
	return p
}

// oddities counts what text does not have.
func oddities(p []byte) (controls, invalid int) {
	last := len(p) - 1
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			invalid++
		case r == '\n' || r == '\r' || r == '\t' || r == 0x1b || r == 0x1e:
		case r == 0 && i == last:
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			controls++
		}
		i += n
	}
	return controls, invalid
}
