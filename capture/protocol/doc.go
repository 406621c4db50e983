// Package protocol stands between transcript and show on the path bytes → mitm
// → capture → show, export, replay: it knows the protocols that applications
// speak over WebSockets, and cuts messages into the units people speak of, an
// order, a subscription, an MQTT packet, with a name for each.
//
//	Message ──► Splitter ──► Unit ──► Pairer ──► Conversation
//	               ▲
//	        Detect ┘
//
// One message may hold several units (SignalR records, JSON-RPC batches), one
// unit may stand in several messages (MQTT packets, STOMP frames, Socket.IO
// attachments). Every byte of every data message is in exactly one unit: what
// is unknown or broken is passed on as a unit of its own, never dropped and
// never an error.
package protocol
