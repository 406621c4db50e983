// Package redact stands beside the tape on the path bytes → mitm → capture →
// show, export, replay: it takes secrets out of heads, queries, bodies and
// messages, on their way to the tape or from it.
//
//	bytes ──► finder: what is a secret here? ──► edits ──► placeholders, counted
//	              ▲ names · patterns · paths · secrets seen before
//
// A finder looks at one text and notes edits; nothing is parsed into a tree and
// printed again, so that order, spacing and escapes of what is not secret stay
// as they were. A stream cuts a body or a socket into texts, holds back what
// may be the beginning of a secret, and passes the rest on. A rewriter applies
// streams to the pieces of an exchange, so that whoever reads a redacted tape
// sees frames, chunks and times as they were.
//
// Within one Redactor the same secret always becomes the same placeholder, so
// that a redacted recording still replays. A secret that was found by its name
// is found by its value from then on.
package redact
