// Package content stands between the body bytes of a message and its content on
// the path bytes → mitm → capture → show, export, replay: it undoes content
// codings (RFC 9110 §8.4), pulled by a reader or pushed run by run, and reads
// media types and charsets.
package content
