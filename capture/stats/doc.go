// Package stats stands behind the transcript on the path bytes → mitm → capture
// → show, export, replay: it measures an exchange, its latency, its gaps and its
// volume, and prints what it measured as JSON, as a table and as a picture.
//
// All times count from the first byte of the request, on the recorder's clock.
// Percentiles are those of the nearest rank: a value that was measured.
package stats
