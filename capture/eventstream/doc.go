// Package eventstream stands between the bytes of an
// application/vnd.amazon.eventstream body and its messages on the path bytes →
// mitm → capture → show, export, replay. Amazon Bedrock, Transcribe and S3 Select
// stream in it.
//
// A message is
//
//	u32 total length │ u32 headers length │ u32 CRC of these 8 bytes
//	headers: u8 name length, name, u8 type, value; …
//	payload
//	u32 CRC of all before
//
// with all numbers big-endian and CRC-32 (IEEE). The format is specified in the
// Smithy documentation, "Amazon Event Stream Specification".
package eventstream
