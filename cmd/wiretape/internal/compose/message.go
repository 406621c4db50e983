package compose

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/wiretape/wiretape/capture"
)

// Message is what a person wants to send: a text whose variables are resolved,
// or bytes in base64 or hex, which are sent as they are.
type Message struct {
	Name   string  `json:"name,omitempty"`   // in a collection
	Opcode string  `json:"opcode,omitempty"` // text, binary, ping or pong; "" is text for texts, else binary
	Text   *string `json:"text,omitempty"`
	Base64 *string `json:"base64,omitempty"`
	Hex    *string `json:"hex,omitempty"` // blanks and line ends do not count
	As     string  `json:"as,omitempty"`  // how the text is shown: json, xml, html, text
}

// TextMessage returns a text message.
func TextMessage(text string) Message { return Message{Text: &text} }

// BinaryMessage returns a binary message.
func BinaryMessage(payload []byte) Message {
	s := base64.StdEncoding.EncodeToString(payload)
	return Message{Base64: &s}
}

// Resolve returns the opcode and the payload to send. Without a scope the text
// is taken as it is. Errors are those of Scope.Resolve, or a *MessageError.
func (m *Message) Resolve(s *Scope) (capture.Opcode, []byte, error) {
	op, err := m.opcode()
	if err != nil {
		return 0, nil, err
	}
	payload, err := m.payload(s)
	if err != nil {
		return 0, nil, err
	}
	if op.Control() && len(payload) > maxControl {
		return 0, nil, &MessageError{Why: fmt.Sprintf("a %v holds at most %d bytes (RFC 6455 5.5), not %d", op, maxControl, len(payload)), At: -1}
	}
	return op, payload, nil
}

// maxControl is the longest payload of a control frame (RFC 6455 §5.5).
const maxControl = 125

func (m *Message) opcode() (capture.Opcode, error) {
	switch m.Opcode {
	case "":
		if m.Base64 != nil || m.Hex != nil {
			return capture.OpBinary, nil
		}
		return capture.OpText, nil
	case "text":
		return capture.OpText, nil
	case "binary":
		return capture.OpBinary, nil
	case "ping":
		return capture.OpPing, nil
	case "pong":
		return capture.OpPong, nil
	}
	return 0, &MessageError{Why: fmt.Sprintf("%q is no opcode: text, binary, ping or pong", m.Opcode), At: -1}
}

func (m *Message) payload(s *Scope) ([]byte, error) {
	switch {
	case m.Base64 != nil:
		return decodeBase64(*m.Base64)
	case m.Hex != nil:
		return decodeHex(*m.Hex)
	case m.Text != nil && s == nil:
		return []byte(*m.Text), nil
	case m.Text != nil:
		text, err := s.Resolve(*m.Text)
		return []byte(text), err
	}
	return nil, nil
}

// decodeBase64 reads base64 in either alphabet, with or without padding.
func decodeBase64(s string) ([]byte, error) {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.TrimSpace(s), "="))
	b, err := base64.RawStdEncoding.DecodeString(plain)
	var at base64.CorruptInputError
	if errors.As(err, &at) {
		return nil, &MessageError{Why: fmt.Sprintf("the base64 is wrong at character %d", int64(at)+1), At: int(at)}
	}
	return b, err
}

// decodeHex reads hex digits, whatever space is between them.
func decodeHex(s string) ([]byte, error) {
	digits := make([]byte, 0, len(s))
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
		case r < 0x80 && strings.ContainsRune("0123456789abcdefABCDEF", r):
			digits = append(digits, byte(r))
		default:
			return nil, &MessageError{Why: fmt.Sprintf("%q at character %d is no hex digit", r, i+1), At: i}
		}
	}
	if len(digits)%2 == 1 {
		return nil, &MessageError{Why: "there is half a byte: the number of hex digits is odd", At: len(s)}
	}
	b := make([]byte, len(digits)/2)
	_, err := hex.Decode(b, digits)
	return b, err
}

// mediaType guesses what a body of this message is.
func (m *Message) mediaType(payload []byte) string {
	switch m.As {
	case "json":
		return "application/json"
	case "xml":
		return "application/xml"
	case "html":
		return "text/html; charset=utf-8"
	case "text":
		return "text/plain; charset=utf-8"
	}
	if m.Text == nil {
		return "application/octet-stream"
	}
	if json.Valid(payload) {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}
