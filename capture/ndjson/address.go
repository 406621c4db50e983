package ndjson

import (
	"net/url"
	"strings"
)

// ArrayByAddress reports whether a JSON body is an array that its server sends
// element by element, where only the address tells: Gemini's
// streamGenerateContent without alt=sse. The essence is that of the media type.
func ArrayByAddress(address, essence string) bool {
	if essence != "application/json" {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && strings.HasSuffix(u.Path, ":streamGenerateContent")
}
