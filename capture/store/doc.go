// Package store is the tape in the middle of the path bytes → mitm → capture →
// show, export, replay: one bbolt file that the recorder appends pieces to and
// that everyone else reads from, also while it grows.
//
// The pieces of an exchange are packed into blocks of up to 64 KiB, which go to
// one log in the order of the commits; refs tell where those of an exchange lie.
// A block that is still short waits in the exchange's tail. One
// goroutine per tape, the flusher, commits what all exchanges gathered, in one
// transaction, so that a crash leaves every exchange as it was at the last
// commit: its record, its heads and its blocks agree.
//
//	Reserve ─► queue (bytes)                        ┌► Wait: readers follow
//	Append ──► Track: open block ─► sealed blocks ──┴► batch ─► bbolt, fsync
//	           (track's lock)        (snapshot)          (no lock of a track)
//
// The bytes of a tape are described in docs/format.md.
package store
