package store

import "encoding/binary"

// Version is the version of the tape format that this package writes. It reads
// all versions up to this one.
const Version = 2

// formatName stands in the meta bucket of every tape and tells it from the
// bbolt files of other programs.
const formatName = "wiretape tape"

// The buckets of a tape. docs/format.md describes their keys and values.
const (
	bucketMeta      = "meta"
	bucketSessions  = "sessions"
	bucketExchanges = "exchanges"
	bucketHeads     = "heads"
	bucketDocuments = "documents"
	bucketLog       = "log"
	bucketTails     = "tails"
	bucketIndex     = "index"
	bucketOpen      = "open"
	bucketBlocks    = "blocks" // of version 1
	bucketMarks     = "marks"  // of version 1
)

// dataBuckets are the buckets whose values are sealed records or blocks, in
// the order in which a commit writes them.
var dataBuckets = [...]string{
	bucketSessions, bucketExchanges, bucketHeads, bucketDocuments, bucketLog, bucketTails, bucketBlocks,
	bucketIndex, bucketOpen, bucketMarks,
}

// madeWith are the buckets that a tape of a version has from the start. A tape
// of version 1 that was recorded to later has all of them.
func madeWith(version uint32) []string {
	if version < 2 {
		return []string{bucketSessions, bucketExchanges, bucketHeads, bucketBlocks, bucketMarks, bucketOpen}
	}
	return []string{
		bucketSessions, bucketExchanges, bucketHeads, bucketDocuments, bucketLog, bucketTails, bucketIndex, bucketOpen,
	}
}

// The keys of the meta bucket.
const (
	metaFormat  = "format"  // formatName
	metaVersion = "version" // u32
	metaCreated = "created" // i64, Unix time in ns
	metaTool    = "tool"    // program and version that made the file
	metaHead    = "head"    // u64, number of the last commit
	metaClean   = "clean"   // u8, 1 when the last recorder closed the tape
)

// The first byte of every value in a data bucket, so that a value can be told
// without the tree around it.
const (
	kindSession  = 'S'
	kindExchange = 'X'
	kindHeads    = 'H'
	kindBlock    = 'B'
	kindDocument = 'D'
	kindIndex    = 'I'
	kindMark     = 'M'
	kindOpen     = 'O'
)

// kindOf maps a data bucket to the kind of its values.
func kindOf(bucket string) byte {
	switch bucket {
	case bucketSessions:
		return kindSession
	case bucketExchanges:
		return kindExchange
	case bucketHeads:
		return kindHeads
	case bucketLog, bucketTails, bucketBlocks:
		return kindBlock
	case bucketIndex:
		return kindIndex
	case bucketDocuments:
		return kindDocument
	case bucketMarks:
		return kindMark
	case bucketOpen:
		return kindOpen
	}
	return 0
}

// key is the key of a session, of a block in the log, of an exchange, and of
// its heads and its tail.
func key(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// number is the inverse of key.
func number(k []byte) uint64 { return binary.BigEndian.Uint64(k) }

// blockKey is the key of a chunk of the index, and of a block of version 1 and
// its mark.
func blockKey(exchange, piece uint64) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), exchange)
	return binary.BigEndian.AppendUint64(b, piece)
}

// splitBlockKey is the inverse of blockKey.
func splitBlockKey(k []byte) (exchange, piece uint64, ok bool) {
	if len(k) != 16 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:]), true
}

// after returns the smallest key greater than k.
func after(k []byte) []byte { return append(append(make([]byte, 0, len(k)+1), k...), 0) }
