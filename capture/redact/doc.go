// Package redact stands beside the tape on the path bytes → mitm → capture →
// show, export, replay: it takes secrets out of heads, queries, bodies and
// messages, on their way to the tape or from it.
//
// Within one Redactor the same secret always becomes the same placeholder, so
// that a redacted recording still replays.
package redact
