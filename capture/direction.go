package capture

import "fmt"

// Direction is the way bytes went, in HAR's words.
type Direction uint8

// The directions. The numbers stand on tapes and never change.
const (
	Send    Direction = iota // client → server
	Receive                  // server → client
)

// String returns "send" or "receive".
func (d Direction) String() string {
	if d == Send {
		return "send"
	}
	return "receive"
}

// ParseDirection is the inverse of Direction.String.
func ParseDirection(s string) (Direction, error) {
	switch s {
	case "send":
		return Send, nil
	case "receive":
		return Receive, nil
	}
	return 0, fmt.Errorf("unknown direction %q", s)
}

// Opposite returns the other direction.
func (d Direction) Opposite() Direction { return d ^ 1 }
