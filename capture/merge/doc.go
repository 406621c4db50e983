// Package merge stands behind the transcript on the path bytes → mitm → capture
// → show, export, replay: it joins the fragments in which a language model
// answers into the answer they make, with the reasoning and the tool calls set
// apart.
//
//	event ──► detect ──► one accumulator for each format ──► draft ──► Result
//
// The first events tell the format. What they say is put into a draft, part by
// part, and a Result can be taken from it at any time. Merging sees events and
// messages, never runs of bytes, so how a stream was split changes nothing.
//
// Three rules hold for every format. Numbers and tool arguments stay as they
// were sent; they are copied, not decoded and encoded again. Counters of usage
// are overwritten by later ones, never added up. A stream that ends early is
// merged as far as it came, and the result says that it is not complete.
package merge
