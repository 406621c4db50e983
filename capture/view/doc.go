// Package view is the last step on the path bytes → mitm → capture → show: it
// turns exchanges, messages, frames, events and bodies into text, as JSON lines
// for programs and as tables, timelines and formatted payloads for people.
//
// What was recorded is not to be trusted. Nothing this package writes for
// people holds ESC, BEL, another control character or a bidirectional control
// out of recorded data: they are shown as visible escapes. JSON is valid UTF-8
// and holds those characters as \u escapes.
//
// Functions named Append add one JSON object, without a line end, to dst and
// return it; they neither keep nor change what they are given.
package view
