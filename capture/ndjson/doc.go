// Package ndjson stands between the bytes of a stream of JSON texts and its
// records on the path bytes → mitm → capture → show, export, replay: it tells
// such streams from other bodies and cuts them, in whatever runs they come, into
// records as soon as each is complete.
//
// Like capture/sse it loses nothing. A record that is no JSON is a record with a
// Violation, a tail that is cut off one with Incomplete set. What stands between
// records (blank lines, separators, the brackets of an array) is at the front of
// the next record's Raw, so that all Raw in a row, and then Rest, are the stream,
// but for records longer than Options.MaxRecord and more than 4 KiB in between.
package ndjson
