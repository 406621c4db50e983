package store

import (
	"errors"
	"fmt"
	"io/fs"
)

// ErrClosed is returned for what is asked of a closed tape or track.
var ErrClosed = errors.New("the tape is closed")

// MissingError tells that there is no tape at Path. It is fs.ErrNotExist.
type MissingError struct{ Path string }

func (e *MissingError) Error() string { return fmt.Sprintf("no tape at %s", e.Path) }

// Is makes errors.Is(err, fs.ErrNotExist) hold.
func (e *MissingError) Is(target error) bool { return target == fs.ErrNotExist }

// Hint says what a person can do.
func (e *MissingError) Hint() string {
	return "name the tape with --tape FILE, or make one with: wiretape record"
}

// NotTapeError tells that Path is something else than a tape.
type NotTapeError struct {
	Path string
	Is   string // what it is: "a directory", "an empty file", …
}

func (e *NotTapeError) Error() string { return fmt.Sprintf("%s is not a tape but %s", e.Path, e.Is) }

// Hint says what a person can do.
func (e *NotTapeError) Hint() string {
	return "nothing was changed; name another file with --tape FILE"
}

// VersionError tells that a tape is of a format this program does not read.
type VersionError struct {
	Path string
	Have uint32 // the tape's version
	Want uint32 // the highest version this program reads
	Tool string // the program that made the tape
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s has tape format %d, this program reads up to %d", e.Path, e.Have, e.Want)
}

// Hint says what a person can do.
func (e *VersionError) Hint() string {
	return fmt.Sprintf("use the program that made it (%s) or a newer one", e.Tool)
}

// LockedError tells that another process has the tape open.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is in use by another program", e.Path)
}

// Hint says what a person can do.
func (e *LockedError) Hint() string {
	return "a recorder may be running on it: stop it, or name another file with --tape FILE"
}

// DamageError tells that a tape cannot be used, or not fully, because bytes of
// it are not what was written.
type DamageError struct {
	Path   string
	Damage []Damage // at least one
}

func (e *DamageError) Error() string {
	s := fmt.Sprintf("%s is damaged: %s", e.Path, e.Damage[0])
	if n := len(e.Damage) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// Hint says what a person can do.
func (e *DamageError) Hint() string {
	return "wiretape tape check lists the damage, wiretape tape salvage NEW.tape reads what is left"
}

// Damage is one defect of a tape.
type Damage struct {
	Where string // "page 12", "block of exchange 7 at piece 120", …
	What  string
}

func (d Damage) String() string { return d.Where + ": " + d.What }
