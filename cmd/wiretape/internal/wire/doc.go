// Package wire holds no code of its own: its tests stand at both ends of the
// path bytes → mitm → capture and look at every byte. A client and an origin of
// raw sockets hold each conversation directly and through the recorder, run as
// a program, and compare what either of them saw, how the other ended, and what
// the tape says of it. docs/wire.md is written from the same table.
package wire
