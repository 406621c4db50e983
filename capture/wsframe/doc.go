// Package wsframe stands between bytes and capture on the path bytes → mitm →
// capture → show, export, replay: it turns one direction of an upgraded
// connection into WebSocket frames (RFC 6455) and frames into messages,
// permessage-deflate undone (RFC 7692).
//
//	bytes ──► Splitter ──► Piece ─ ─ ► tape ─ ─ ► Frame ──► Assembler ──► Message
//	                                                ▲
//	              AppendFrame, Deflater ────────────┘ for those who send
//
// A Splitter takes any split of the bytes and keeps nothing but an unfinished
// head. An Assembler takes whole frames, names the rule a frame breaks, and
// goes on: what was on the wire is to be shown, not to be refused.
package wsframe
