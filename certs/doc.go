// Package certs stands before the path bytes → mitm → capture → show, export,
// replay: it makes the certificates without which TLS connections stay closed
// to the recorder.
//
// An Authority is a local CA in a folder of the user's. It is created on first
// use, its key never leaves the folder, and every client that is to be recorded
// over TLS has to trust it: Env, Instructions and Install are the ways to that.
package certs
