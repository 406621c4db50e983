// Package sse stands between the bytes of an event stream and its events on the
// path bytes → mitm → capture → show, export, replay: it cuts a decoded
// text/event-stream body, in whatever runs it comes, into blocks and reads each
// as a client would (WHATWG HTML 9.2.5, 9.2.6).
//
// Unlike a client it loses nothing. Blocks that dispatch no event are events
// with Dispatched false, the tail that a client throws away is an event with
// Incomplete set, and every event carries its bytes in Raw.
//
// A block reaches from its first line to the blank line that ends it. Blank
// lines that end no block, and a leading byte order mark, stand at the front of
// the next block's Raw, so that all Raw in a row, and then Rest, are the stream.
// Two things make an exception: blocks longer than Options.MaxEvent, and more
// than 4 KiB of blank lines in a row. Where a run of bytes ends with the CR of a
// CRLF, the block is complete at once, as for a client, and the LF that follows
// stands at the front of the next Raw.
package sse
