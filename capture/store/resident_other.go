//go:build !linux

package store

import "os"

// unmap does nothing: where advice about a map of a file could lose what was
// written, none is given.
func unmap(uintptr, int64) {}

// fetch does nothing.
func fetch([]byte) {}

// uncache does nothing.
func uncache(*os.File, int64, int64) {}
