package store

import (
	"errors"

	"go.etcd.io/bbolt"
)

// errRejected ends a transaction whose change was not made.
var errRejected = errors.New("rejected")

// batch is what one commit writes.
type batch struct {
	number   uint64 // of the commit
	reserved int64  // bytes of the queue that it releases
	puts     [len(dataBuckets)][]Pair
	gone     []goneKey
	blocks   []blockPut
	buffers  []*buffer // to give back when the batch is on disk
	arena    []byte    // where records are built; values are parts of it
	arenas   [][]byte  // the full ones before, and after them free ones
	filled   int       // how many of arenas are full
	waiters  []chan error
	block    uint64 // highest number given to a block in the log
	exchange uint64 // highest number given to an exchange
	session  uint64 // highest number given to a session
	clean    bool   // nothing comes after it

	change   func(tx *bbolt.Tx) error // an edit of records, instead of puts
	rejected error                    // what change returned
}

// The places of the data buckets in batch.puts.
const (
	putSessions = iota
	putExchanges
	putHeads
	putDocuments
	putLog
	putTails
	putBlocks
	putIndex
	putOpen
)

// goneKey is a key that a commit deletes.
type goneKey struct {
	bucket int
	key    []byte
}

// blockPut is a block in a batch, to be packed and counted when no lock is
// held any more.
type blockPut struct {
	bucket  int
	at      int // in puts[bucket]
	block   *block
	session uint64
}

const (
	// arenaSize is the length of the runs that hold the records of a batch.
	arenaSize = 256 << 10
	// arenasKept is how many of them a batch keeps for the next one.
	arenasKept = 8
)

func (b *batch) empty() bool {
	for _, p := range b.puts {
		if len(p) > 0 {
			return false
		}
	}
	return len(b.gone) == 0
}

func (b *batch) answer(err error) {
	for _, w := range b.waiters {
		w <- err
	}
	b.waiters = nil
}

// free gives the buffers back and empties the batch, to be used again.
func (b *batch) free() {
	for _, v := range b.buffers {
		v.free()
	}
	kept := batch{buffers: recycle(b.buffers), blocks: recycle(b.blocks), gone: recycle(b.gone)}
	for i, p := range b.puts {
		kept.puts[i] = recycle(p)
	}
	if cap(b.arena) == arenaSize {
		kept.arena = b.arena[:0]
	}
	kept.arenas = b.arenas[:min(len(b.arenas), arenasKept)]
	*b = kept
}

// recycle empties a list. One that became very long is not kept.
func recycle[T any](list []T) []T {
	if cap(list) > 1<<14 {
		return nil
	}
	clear(list)
	return list[:0]
}

// begin starts a value in the arena.
func (b *batch) begin(kind byte) (begin int) {
	if cap(b.arena)-len(b.arena) < arenaSize/16 {
		b.nextArena()
	}
	begin = len(b.arena)
	b.arena = beginValue(b.arena, kind)
	return begin
}

// nextArena takes a free arena in place of the full one.
func (b *batch) nextArena() {
	full := b.arena
	if cap(full) == 0 {
		b.arena = make([]byte, 0, arenaSize)
		return
	}
	if b.filled < len(b.arenas) {
		b.arena, b.arenas[b.filled] = b.arenas[b.filled][:0], full
	} else {
		b.arena = make([]byte, 0, arenaSize)
		b.arenas = append(b.arenas, full)
	}
	b.filled++
}

// put takes what the arena holds since begin as the value of a key.
func (b *batch) put(bucket int, key []byte, begin int) {
	v := b.arena[begin:len(b.arena):len(b.arena)]
	b.puts[bucket] = append(b.puts[bucket], Pair{key, v})
}

// takeExchange adds the record of an exchange, and its heads if they changed.
// The caller holds the track's lock.
func (b *batch) takeExchange(t *Tape, k *track, id []byte, cut bool) {
	begin := b.begin(kindExchange)
	b.arena = appendExchange(b.arena, k.ex, extent{k.pieces, true, string(k.refs.b)}, cut)
	b.put(putExchanges, id, begin)
	begin = b.begin(kindHeads)
	b.arena = appendHeads(b.arena, k.ex)
	if !k.headsChanged(t.seed, b.arena[begin:]) {
		b.arena = b.arena[:begin]
		return
	}
	b.put(putHeads, id, begin)
}

// takeBlock adds a full block to the log, and to the refs of its exchange. When
// they are many they go to the index.
func (b *batch) takeBlock(l *refs, exchange, session uint64, full *block) {
	b.block++
	b.putBlock(putLog, key(b.block), session, full, full.buf)
	l.add(ref{b.block, full.mark})
	if len(l.b) < chunkMin {
		return
	}
	begin := b.begin(kindIndex)
	b.arena = append(b.arena, l.b...)
	b.put(putIndex, blockKey(exchange, full.mark.Pieces), begin)
	l.reset()
}

// putBlock adds a block whose value lies in v.
func (b *batch) putBlock(bucket int, key []byte, session uint64, k *block, v *buffer) {
	k.finish(v.b)
	b.blocks = append(b.blocks, blockPut{bucket, len(b.puts[bucket]), k, session})
	b.puts[bucket] = append(b.puts[bucket], Pair{key, v.b})
	b.buffers = append(b.buffers, v)
}

// takeListing adds the exchange to the bucket of open ones, or takes it out.
func (b *batch) takeListing(k *track, id []byte, last bool) {
	switch open := !k.closed && !last; {
	case open && !k.listed:
		b.put(putOpen, id, b.begin(kindOpen))
		k.listed = true
	case !open && k.listed:
		b.gone = append(b.gone, goneKey{putOpen, id})
		k.listed = false
	}
}

// seal fills in the checksums of all values.
func (b *batch) seal() {
	for _, puts := range b.puts {
		for _, p := range puts {
			sealValue(p.Key, p.Value)
		}
	}
}
