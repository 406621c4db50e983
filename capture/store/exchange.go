package store

import (
	"fmt"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// The tags of an exchange's record. They never change their meaning.
const (
	tagID uint64 = iota + 1
	tagSession
	tagKind
	tagFlags
	tagStarted
	tagAt
	tagDuration
	tagMethod
	tagURL
	tagRequestProto
	tagRequestType
	tagResponseAt
	tagStatus
	tagReason
	tagResponseProto
	tagResponseType
	tagClient
	tagServer
	tagTiming
	tagSentMessages
	tagSentControl
	tagSentFrames
	tagSentBytes
	tagReceivedMessages
	tagReceivedControl
	tagReceivedFrames
	tagReceivedBytes
	tagEndAt
	tagEndHow
	tagEndBy
	tagEndCode
	tagEndReason
	tagEndErr
	tagLostGaps
	tagLostBytes
	tagFault
	tagNote
	tagTag
	tagPieces
	tagLogged
	tagRefs
)

// The bits of tagFlags.
const (
	flagOpen     = 1 << 0
	flagCut      = 1 << 1
	flagResponse = 1 << 2
	flagEnd      = 1 << 3
	flagNoNotify = 1 << 4
)

const contentType = "Content-Type"

// extent is what the record of an exchange says of its pieces.
type extent struct {
	pieces uint64 // in all blocks
	logged bool   // the blocks are in the log and not in the bucket of version 1
	refs   string // to the blocks that the index does not name
}

// appendExchange appends the record of ex, all but the heads.
func appendExchange(b []byte, ex *capture.Exchange, e extent, cut bool) []byte {
	var flags uint64
	if ex.Open {
		flags |= flagOpen
	}
	if ex.Cut || cut {
		flags |= flagCut
	}
	if ex.Response != nil {
		flags |= flagResponse
	}
	if ex.End != nil {
		flags |= flagEnd
		if ex.End.NoNotify {
			flags |= flagNoNotify
		}
	}
	b = putUint(b, tagID, uint64(ex.ID))
	b = putUint(b, tagSession, uint64(ex.Session))
	b = putUint(b, tagKind, uint64(ex.Kind))
	b = putUint(b, tagFlags, flags)
	b = putTime(b, tagStarted, ex.Started)
	b = putInt(b, tagAt, int64(ex.At))
	b = putInt(b, tagDuration, int64(ex.Duration))
	b = putString(b, tagMethod, ex.Request.Method)
	b = putString(b, tagURL, ex.Request.URL)
	b = putString(b, tagRequestProto, ex.Request.Proto)
	b = putString(b, tagRequestType, capture.Get(ex.Request.Header, contentType))
	if r := ex.Response; r != nil {
		b = putInt(b, tagResponseAt, int64(r.At))
		b = putInt(b, tagStatus, int64(r.Status))
		b = putString(b, tagReason, r.Reason)
		b = putString(b, tagResponseProto, r.Proto)
		b = putString(b, tagResponseType, capture.Get(r.Header, contentType))
	}
	b = putString(b, tagClient, ex.Client)
	b = putString(b, tagServer, ex.Server)
	b = appendTiming(b, &ex.Timing)
	b = appendCounts(b, tagSentMessages, &ex.Sent)
	b = appendCounts(b, tagReceivedMessages, &ex.Received)
	if e := ex.End; e != nil {
		b = putInt(b, tagEndAt, int64(e.At))
		b = putUint(b, tagEndHow, uint64(e.How))
		b = putUint(b, tagEndBy, uint64(e.By))
		b = putInt(b, tagEndCode, int64(e.Code))
		b = putString(b, tagEndReason, e.Reason)
		b = putString(b, tagEndErr, e.Err)
	}
	b = putUint(b, tagLostGaps, ex.Lost.Gaps)
	b = putUint(b, tagLostBytes, ex.Lost.Bytes)
	b = putString(b, tagFault, ex.Fault)
	b = putString(b, tagNote, ex.Note)
	b = putStrings(b, tagTag, ex.Tags)
	b = putUint(b, tagPieces, e.pieces)
	b = putUint(b, tagLogged, boolUint(e.logged))
	return putString(b, tagRefs, e.refs)
}

func appendTiming(b []byte, t *capture.Timing) []byte {
	if *t == (capture.Timing{}) {
		return b
	}
	var tmp [60]byte
	s := tmp[:0]
	for _, d := range [...]time.Duration{t.Blocked, t.DNS, t.Connect, t.TLS, t.Send, t.Wait} {
		s = appendUvarint(s, zigzag(int64(d)))
	}
	return putString(b, tagTiming, s)
}

func appendCounts(b []byte, tag uint64, c *capture.Counts) []byte {
	b = putUint(b, tag, c.Messages)
	b = putUint(b, tag+1, c.Control)
	b = putUint(b, tag+2, c.Frames)
	return putUint(b, tag+3, c.Bytes)
}

// parseExchange reads a record into ex.
func parseExchange(record string, ex *capture.Exchange) (e extent, err error) {
	f := fields{s: record}
	var end capture.End
	var resp capture.Response
	var flags uint64
	for f.next() {
		switch f.tag {
		case tagID:
			ex.ID = capture.ExchangeID(f.u)
		case tagSession:
			ex.Session = capture.SessionID(f.u)
		case tagKind:
			ex.Kind = capture.Kind(f.u)
		case tagFlags:
			flags = f.u
		case tagStarted:
			ex.Started = f.time()
		case tagAt:
			ex.At = f.dur()
		case tagDuration:
			ex.Duration = f.dur()
		case tagMethod:
			ex.Request.Method = f.b
		case tagURL:
			ex.Request.URL = f.b
		case tagRequestProto:
			ex.Request.Proto = f.b
		case tagRequestType:
			ex.Request.Header = []capture.Field{{Name: contentType, Value: f.b}}
		case tagResponseAt:
			resp.At = f.dur()
		case tagStatus:
			resp.Status = int(f.int())
		case tagReason:
			resp.Reason = f.b
		case tagResponseProto:
			resp.Proto = f.b
		case tagResponseType:
			resp.Header = []capture.Field{{Name: contentType, Value: f.b}}
		case tagClient:
			ex.Client = f.b
		case tagServer:
			ex.Server = f.b
		case tagTiming:
			parseTiming(&f, &ex.Timing)
		case tagSentMessages:
			ex.Sent.Messages = f.u
		case tagSentControl:
			ex.Sent.Control = f.u
		case tagSentFrames:
			ex.Sent.Frames = f.u
		case tagSentBytes:
			ex.Sent.Bytes = f.u
		case tagReceivedMessages:
			ex.Received.Messages = f.u
		case tagReceivedControl:
			ex.Received.Control = f.u
		case tagReceivedFrames:
			ex.Received.Frames = f.u
		case tagReceivedBytes:
			ex.Received.Bytes = f.u
		case tagEndAt:
			end.At = f.dur()
		case tagEndHow:
			end.How = capture.How(f.u)
		case tagEndBy:
			end.By = capture.Party(f.u)
		case tagEndCode:
			end.Code = int(f.int())
		case tagEndReason:
			end.Reason = f.b
		case tagEndErr:
			end.Err = f.b
		case tagLostGaps:
			ex.Lost.Gaps = f.u
		case tagLostBytes:
			ex.Lost.Bytes = f.u
		case tagFault:
			ex.Fault = f.b
		case tagNote:
			ex.Note = f.b
		case tagTag:
			ex.Tags = append(ex.Tags, f.b)
		case tagPieces:
			e.pieces = f.u
		case tagLogged:
			e.logged = f.u != 0
		case tagRefs:
			e.refs = f.b
		}
	}
	ex.Open = flags&flagOpen != 0
	ex.Cut = flags&flagCut != 0
	if flags&flagResponse != 0 {
		ex.Response = &resp
	}
	if flags&flagEnd != 0 {
		end.NoNotify = flags&flagNoNotify != 0
		ex.End = &end
	}
	return e, f.err
}

// readExchange opens the value of an exchange and returns also what it says of
// the pieces.
func readExchange(k, v []byte) (ex *capture.Exchange, e extent, err error) {
	ex = new(capture.Exchange)
	body, err := openValue(k, v, kindExchange)
	if err == nil {
		e, err = parseExchange(string(body), ex)
	}
	if err != nil {
		return nil, e, fmt.Errorf("exchange %x: %w", k, err)
	}
	return ex, e, nil
}

func parseTiming(f *fields, t *capture.Timing) {
	in := f.inner()
	for _, d := range [...]*time.Duration{&t.Blocked, &t.DNS, &t.Connect, &t.TLS, &t.Send, &t.Wait} {
		*d = time.Duration(unzigzag(in.uvarint()))
	}
	if in.err != nil {
		f.err = in.err
	}
}
