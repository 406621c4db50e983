package apidoc

import (
	"fmt"
	"strings"
)

// About is what a document says of where it comes from.
const About = "What was seen of this service, recorded by wiretape. A member is required when every sample had it."

// Title returns a title for a document that describes what was seen of the
// hosts, each named once.
func Title(hosts []string) string {
	switch {
	case len(hosts) == 0:
		return "Nothing recorded"
	case len(hosts) > 3:
		return fmt.Sprintf("%s and %d more", strings.Join(hosts[:2], ", "), len(hosts)-2)
	}
	return strings.Join(hosts, ", ")
}
