// Package lint stands behind the transcript on the path bytes → mitm → capture
// → show, export, replay: it says what a stream or a socket does wrong, where,
// by which rule, and what clients do with it.
//
// Much of what it finds does no harm to most clients. It is found because some
// client in use breaks on it, as measured with the clients themselves, and
// because a stream that shows nothing gives no other sign.
package lint
