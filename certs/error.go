package certs

import "fmt"

// Error tells what is wrong with a file of a CA.
type Error struct {
	Path string
	Err  error
	hint string
}

// Error returns the path and what is wrong.
func (e *Error) Error() string { return fmt.Sprintf("CA %s: %v", e.Path, e.Err) }

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what the user can do.
func (e *Error) Hint() string { return e.hint }
