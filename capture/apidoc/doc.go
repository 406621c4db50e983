// Package apidoc stands behind the tape on the path bytes → mitm → capture →
// show, export, replay: it tells from recordings what an API is, which endpoints
// it has, which messages they take and send, and how these are built.
//
//	Exchange ──► Endpoint: method, host, path pattern
//	Unit, Event, body ──► discriminator ──► Message ──► Schema
//	                                          ▲ answers, correlation ids
//
// What it says is what was seen: a member is required when every sample had it.
// Secrets are not looked for here; who documents a redacted tape (redact.Tape)
// gets a page without them. The packages asyncapi, openapi and htmldoc write
// what is found here.
//
// Work and memory are bounded: of the messages of one kind the first few
// hundred are looked into, and then fewer and fewer.
package apidoc
