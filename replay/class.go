package replay

import "github.com/wiretape/wiretape/replay/internal/payload"

// Class is what a field holds, as far as a recording tells.
type Class uint8

// The classes of fields. Values of Time, Sign, Token and Seq vary from run to
// run: they are not compared, and answers carry those of the live client.
const (
	ClassConst Class = iota // always the same
	ClassEnum               // one of a few
	ClassNum                // a number that says something
	ClassText               // a text that says something
	ClassTime               // a point in time, near the one at which it was sent
	ClassSign               // a signature, which follows from other values
	ClassToken              // an id, key or secret made for this run
	ClassSeq                // a counter
)

var classNames = [...]string{"const", "enum", "num", "text", "time", "sign", "token", "seq"}

// String returns "const", "enum", "num", "text", "time", "sign", "token" or "seq".
func (c Class) String() string { return nameOf(classNames[:], int(c), "class") }

// ParseClass is the inverse of Class.String.
func ParseClass(s string) (Class, error) {
	i, err := indexOf(classNames[:], s, "class")
	return Class(i), err
}

// Volatile reports whether values of the class vary from run to run.
func (c Class) Volatile() bool { return c >= ClassTime }

// weight is what a difference in a field of the class costs a candidate.
func (c Class) weight() float64 {
	switch c {
	case ClassConst, ClassEnum:
		return 1
	case ClassNum, ClassText:
		return 0.5
	}
	return 0
}

// fieldKey names a field: the kind of message, "" for all, and the path with
// the indices of lists taken out.
type fieldKey struct{ label, path string }

// field is what is known of one field of the client's messages.
type field struct {
	key        fieldKey
	leaf       *payload.Path
	class      Class
	jwt        bool   // the values are JSON Web Tokens: their lasting claims are compared
	fromServer int    // how often it repeats a value that the server makes anew
	refers     bool   // it repeats the id of an earlier message of the client
	why        string // what made it this class
	values     map[string]int
	n          int
	samples    []sample // the first ones
}
