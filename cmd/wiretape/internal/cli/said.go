package cli

import (
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

// said is what the message flags of send say, in the order in which they stand
// on the command line.
type said struct {
	messages []compose.Message
	lines    bool // the last message says: go on with the lines of stdin
}

// saidFlag is a message flag: each adds to the same list.
type saidFlag struct {
	said *said
	kind string
}

// Set implements pflag.Value.
func (f *saidFlag) Set(value string) error {
	if f.said.lines {
		return fmt.Errorf("nothing follows -m -: the lines of stdin go last")
	}
	var m compose.Message
	switch f.kind {
	case "text":
		if value == "-" {
			f.said.lines = true
			return nil
		}
		m = compose.TextMessage(value)
	case "hex":
		m.Hex = &value
	case "base64":
		m.Base64 = &value
	case "file":
		p, err := os.ReadFile(value)
		if err != nil {
			return err
		}
		m = compose.BinaryMessage(p)
		if utf8.Valid(p) {
			m.Opcode = "text"
		}
	case "ping":
		m = compose.Message{Opcode: "ping", Text: &value}
	}
	f.said.messages = append(f.said.messages, m)
	return nil
}

// String implements pflag.Value.
func (f *saidFlag) String() string { return "" }

// Type implements pflag.Value.
func (f *saidFlag) Type() string { return f.kind }

// check tells what is wrong with bytes.
func (s *said) check() error {
	for _, m := range s.messages {
		if m.Text != nil {
			continue
		}
		if _, _, err := m.Resolve(nil); err != nil {
			return &misuse{err.Error(), "as in --hex '00 ff', --base64 AP8= or --file FILE"}
		}
	}
	return nil
}
