// Package payload stands inside replay, between the bytes of a message and the
// plan: it takes a payload apart into its scalars, with the place of each in
// the bytes, so that one of them can be compared or replaced while everything
// around it stays as it was.
//
// It knows JSON, JSON behind a prefix, records and lines of JSON, forms, XML,
// text in words, CBOR, MessagePack, the packets of MQTT, and other binary with
// fixed fields. It knows nothing of recordings.
package payload
