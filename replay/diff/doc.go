// Package diff stands beside replay at the far end of the path bytes → mitm →
// capture → show, export, replay: it compares two recordings with each other,
// message by message and field by field.
//
// Messages are aligned as a plan matches them: each kind by itself, so that what
// came in between does not matter; by all that lasts from run to run; where
// nothing is equal, by the cost of the nearest. Ids, times, signatures, tokens
// and counters are set apart.
//
//	transcript A ─┐                        ┌─► rows, in the order of A
//	              ├─► sums ─► align ─► mates
//	transcript B ─┘                        └─► a second reading: fields
//
// Each side is read twice and never held: what is kept of a message in between
// are the sums of its fields, some 150 bytes.
package diff
