package apidoc

import (
	"regexp"
	"strings"
)

// SafeDescription returns the description for documents whose readers may take
// HTML in Markdown for what it is: tags are escaped, and links that would run
// something lead nowhere. Code stays as it is.
func (n Notes) SafeDescription() string {
	if !strings.ContainsAny(n.Description, "<:") {
		return n.Description
	}
	fenced := false
	var b strings.Builder
	for line := range strings.Lines(n.Description) {
		if mark := strings.TrimLeft(line, " "); strings.HasPrefix(mark, "```") || strings.HasPrefix(mark, "~~~") {
			fenced = !fenced
		} else if !fenced {
			line = safeLine(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

var (
	// running are the schemes of links that run something.
	running = regexp.MustCompile(`(?i)(javascript|vbscript|data)(:|&colon;|&#0*58;|&#x0*3a;)`)
	// autolink is what may stand between < and >.
	autolink = regexp.MustCompile(`^<(https?://|mailto:)[^\s<>"']*>`)
)

// safeLine escapes a line, but for what stands between backticks.
func safeLine(line string) string {
	var b strings.Builder
	for i, part := range strings.Split(line, "`") {
		if i > 0 {
			b.WriteByte('`')
		}
		if i%2 == 1 && strings.Count(line, "`")%2 == 0 {
			b.WriteString(part)
			continue
		}
		part = running.ReplaceAllString(part, "$1")
		for {
			before, rest, found := strings.Cut(part, "<")
			if b.WriteString(before); !found {
				break
			}
			if link := autolink.FindString("<" + rest); link != "" {
				b.WriteString(link)
				part = ("<" + rest)[len(link):]
				continue
			}
			b.WriteString("&lt;")
			part = rest
		}
	}
	return b.String()
}
