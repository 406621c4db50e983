// Package interop holds no code of its own: its tests walk the whole path bytes
// → mitm → capture → show, export, replay with real clients. Each holds a
// conversation through the recorder, then the same one, with new ids, with the
// recording while the service is stopped, and compares what the client saw.
package interop
