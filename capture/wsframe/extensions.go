package wsframe

import (
	"fmt"
	"strconv"
	"strings"
)

// Deflate is what a handshake agreed on about permessage-deflate (RFC 7692 §7).
// The zero value says that there is no extension at all.
type Deflate struct {
	Enabled          bool
	ServerNoTakeover bool // the server compresses each message by itself
	ClientNoTakeover bool // the client compresses each message by itself
	ServerBits       int  // log2 of the server's window, 8 to 15; 15 by default, also where 0
	ClientBits       int  // log2 of the client's window, likewise
	// Others tells that another extension was agreed on. What the reserved
	// bits mean is then not known.
	Others bool
}

const deflateName = "permessage-deflate"

// Negotiated reads the values of all Sec-WebSocket-Extensions fields of a 101
// response (RFC 6455 §9.1). With an error it returns what could be read: a
// peer that accepts the response will compress whatever rule it breaks.
func Negotiated(extensions []string) (Deflate, error) {
	d := Deflate{ServerBits: 15, ClientBits: 15}
	var first error
	for _, value := range extensions {
		for _, ext := range splitQuoted(value, ',') {
			if err := d.agree(splitQuoted(ext, ';')); err != nil && first == nil {
				first = fmt.Errorf("extension %q: %w", ext, err)
			}
		}
	}
	return d, first
}

// agree takes one extension: its name, then its parameters.
func (d *Deflate) agree(parts []string) error {
	if len(parts) == 0 {
		return nil
	}
	if !strings.EqualFold(parts[0], deflateName) {
		d.Others = true
		return nil
	}
	if d.Enabled {
		return fmt.Errorf("RFC 7692 5.1: agreed on twice")
	}
	d.Enabled = true
	var first error
	seen := map[string]bool{}
	for _, part := range parts[1:] {
		name, value, given := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		err := d.set(name, unquote(strings.TrimSpace(value)), given)
		if seen[name] {
			err = fmt.Errorf("RFC 7692 7.1: parameter %s given twice", name)
		}
		seen[name] = true
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (d *Deflate) set(name, value string, given bool) error {
	switch name {
	case "server_no_context_takeover":
		d.ServerNoTakeover = true
	case "client_no_context_takeover":
		d.ClientNoTakeover = true
	case "server_max_window_bits":
		return setBits(&d.ServerBits, name, value)
	case "client_max_window_bits":
		return setBits(&d.ClientBits, name, value)
	default:
		return fmt.Errorf("RFC 7692 7.1: unknown parameter %q", name)
	}
	if given {
		return fmt.Errorf("RFC 7692 7.1.1: parameter %s with a value", name)
	}
	return nil
}

// setBits reads a number from 8 to 15 without leading zeros (RFC 7692 §7.1.2).
func setBits(bits *int, name, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 8 || n > 15 || strconv.Itoa(n) != value {
		return fmt.Errorf("RFC 7692 7.1.2: %s is %q, not 8 to 15", name, value)
	}
	*bits = n
	return nil
}

// splitQuoted splits s at sep outside of quoted strings (RFC 9110 §5.6.4) and
// drops blank parts.
func splitQuoted(s string, sep byte) []string {
	var parts []string
	add := func(part string) {
		if part = strings.Trim(part, " \t"); part != "" {
			parts = append(parts, part)
		}
	}
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case !quoted && s[i] == sep:
			add(s[start:i])
			start = i + 1
		}
	}
	add(s[start:])
	return parts
}

// unquote undoes a quoted string. A token is returned as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
