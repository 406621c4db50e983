// Package mitm is the first room on the path bytes → mitm → capture → show,
// export, replay: it stands between client and server and lets the bytes
// through untouched.
//
// Proxy is every way in. One port serves HTTP proxy requests in absolute form,
// CONNECT, SOCKS, requests in origin form and all of these over TLS; what comes
// out is one stream of requests with absolute URLs for one http.Handler. Relay
// is such a handler: it forwards requests to their servers and hands timed
// copies of what passes to a capture.Recorder. A mock that answers from a tape
// is another; the Proxy cannot tell them apart.
//
//	client ⇄ wire ⇄ TLS ⇄ Conn ⇄ net/http ⇄ Proxy ─► Handler (Relay, mock)
//	                                          └────► Tunnels (what is not to be looked into)
//
// A wire lies below TLS and knows how the peer ended; a Conn lies above it and
// knows where each request's head begins and ends. Upgraded connections leave
// net/http there and are moved byte for byte.
package mitm
