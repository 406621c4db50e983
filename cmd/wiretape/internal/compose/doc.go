// Package compose stands before the beginning of the path bytes → mitm →
// capture → show, export, replay: it is a client that says what it is told, over
// WebSocket, event stream or plain HTTP. It goes through the recorder's own
// proxy, so that what it sends is recorded as any other traffic is, and what
// comes back is read from the tape, by the exchange's number (Find).
//
//	Target ─ variables ─► head ──► Way (the proxy) ──► server
//	Message ─ variables ─► frame ─┘                └──► tape ─ ─ ► Find
//
// wiretape send has one Socket or Fetch, the page in the browser a Desk of
// them.
package compose
