// Package capture is the vocabulary in the middle of the path bytes → mitm →
// capture → show, export, replay: what a session, an exchange, a frame, a
// message and an event are, and the small interfaces through which the rooms
// pass them on. It does no I/O and knows no sockets.
//
// The relay stamps each run of bytes it reads and hands it to a Recorder as a
// Chunk. The recorder (capture/record) cuts WebSocket chunks into frames,
// counts what passes and appends Pieces to a Writer; the tape (capture/store)
// is one. What a tape holds is what was on the wire: bodies still in their
// content coding, frame payloads unmasked but not inflated. Decoding happens on
// reading, in capture/transcript, which turns the pieces of an exchange into
// Frames, Messages, Events and bodies.
//
//	Chunk ──► Recorder/Tap ──► Piece ──► Writer ═ tape ═ Reader ──► transcript ──► Frame, Message, Event
//
// Time is one monotonic clock per session (Clock), nanoseconds since the
// session's start, plus one wall-clock anchor. A time is taken once, right
// after the read that brought the bytes.
package capture
