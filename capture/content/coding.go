package content

import (
	"errors"
	"fmt"
	"strings"
)

// maxCodings is how many codings one body may have. Each costs memory, and a
// header can name thousands.
const maxCodings = 8

// CodingError says which content coding could not be undone.
type CodingError struct {
	Coding string // as in Content-Encoding, in lower case
	Err    error  // what is wrong with the data; nil where the coding is not known
}

// Error implements error.
func (e *CodingError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("unknown content coding %q", e.Coding)
	}
	return fmt.Sprintf("content coding %s: %v", e.Coding, e.Err)
}

// Unwrap returns Err.
func (e *CodingError) Unwrap() error { return e.Err }

// Hint says what a person can do about it.
func (e *CodingError) Hint() string {
	return "the body is on the tape as it was on the wire: show it with --raw"
}

var errTooManyCodings = errors.New("one coding too many")

// Codings returns the codings that the values of the Content-Encoding fields
// name, in lower case, in the order in which they were applied. identity is no
// coding.
func Codings(values []string) []string {
	var out []string
	for _, v := range values {
		for c := range strings.SplitSeq(v, ",") {
			c = strings.ToLower(strings.Trim(c, " \t"))
			if c != "" && c != "identity" {
				out = append(out, c)
			}
		}
	}
	return out
}

// check reports the first coding that cannot be undone.
func check(codings []string) error {
	for i, c := range codings {
		switch c {
		case "identity", "gzip", "x-gzip", "deflate", "br", "zstd":
		default:
			return &CodingError{Coding: c}
		}
		if i == maxCodings {
			return &CodingError{Coding: c, Err: errTooManyCodings}
		}
	}
	return nil
}
