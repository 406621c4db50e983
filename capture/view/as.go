package view

import "fmt"

// As names a way to show a payload.
type As uint8

// The ways to show a payload.
const (
	Auto     As = iota // what the bytes look like, then what the media type says
	JSON               // one JSON text or several, indented
	XML                // indented
	HTML               // indented
	Text               // lines, in the charset the media type names
	Hex                // a hexdump
	Base64             // in lines of 76 characters
	Raw                // the bytes as they are
	Form               // application/x-www-form-urlencoded, a line for each field
	JWT                // header and claims of a JSON Web Token
	SSE                // an event stream, a line for each field
	MsgPack            // MessagePack, in a notation like JSON
	CBOR               // RFC 8949 diagnostic notation
	Protobuf           // field numbers and guesses, without a schema
)

var asNames = [...]string{"auto", "json", "xml", "html", "text", "hex", "base64", "raw", "form", "jwt", "sse", "msgpack", "cbor", "protobuf"}

// String returns the name that ParseAs reads.
func (a As) String() string {
	if int(a) < len(asNames) {
		return asNames[a]
	}
	return fmt.Sprintf("as(%d)", uint8(a))
}

// ParseAs is the inverse of As.String.
func ParseAs(s string) (As, error) {
	for i, n := range asNames {
		if n == s {
			return As(i), nil
		}
	}
	return 0, fmt.Errorf("unknown format %q", s)
}

// AsNames returns the names that ParseAs reads, Auto's first.
func AsNames() []string { return append([]string(nil), asNames[:]...) }
