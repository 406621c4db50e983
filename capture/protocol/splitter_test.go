package protocol_test

import (
	"testing"
)

// TestTalks has a talk in the manner of the real clients for each protocol, and
// what the units of it are called.
func TestTalks(t *testing.T) {
	for _, c := range talks {
		t.Run(c.name, func(t *testing.T) {
			s, units := split(t, exchange(c.url, c.sub), c.said.messages(t), nil)
			name := ""
			if p := s.Protocol(); p != nil {
				name = p.Name
			}
			if name != c.protocol {
				t.Errorf("protocol %q, want %q", name, c.protocol)
			}
			if got, want := lines(units), trim(c.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
