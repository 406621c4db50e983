// Package replay stands at the far end of the path bytes → mitm → capture →
// show, export, replay: it serves a tape again, so that a client meets the
// answers it met when the tape was recorded.
//
// A recording compiles to a Plan: which values of a message vary from run to
// run, who made each of them, and which client message made the server send
// which of its own. A Server is an http.Handler that runs plans: it matches
// what a live client sends against what was recorded, and answers with the
// recorded bytes at the recorded pace, in which only the values that the live
// client made itself are put in place of the recorded ones.
//
//	tape ──► transcript ──► Compile ──► Plan (shared, read-only)
//	                                      │
//	live client ⇄ Server ⇄ one conversation per connection ──► Report
//
// The package opens no socket by itself. What no recording answers is a
// Divergence: it is told to the client at once, logged, and kept for the
// Report.
package replay
