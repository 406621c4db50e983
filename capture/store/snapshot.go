package store

import (
	"cmp"
	"slices"
)

const (
	// sealMin is the length below which the open block of an exchange stays
	// open at a commit, to be written anew with the next one. Each time that
	// costs the disk the whole leaf it lies on, so slow exchanges get blocks
	// not much longer than this.
	sealMin = 4 << 10
	// keepMax is how many bytes of open blocks may stay in memory between
	// commits. Beyond, blocks end at every commit.
	keepMax = 16 << 20
)

// snapshot takes what all dirty exchanges gathered, one after the other under
// its lock. With last, the open ones are taken as cut off.
func (t *Tape) snapshot(last bool) *batch {
	b := t.spare
	if b == nil {
		b = new(batch)
	}
	t.spare = nil
	b.reserved = t.queue.used.Load()
	t.full.Store(0)
	t.mu.Lock()
	b.number = t.head + 1
	b.waiters, t.waiters = t.waiters, nil
	b.exchange, b.session = t.nextExchange, t.nextSession
	dirty := t.dirty
	t.dirty = nil
	if last {
		for _, k := range t.live {
			dirty = append(dirty, k)
		}
	}
	t.mu.Unlock()
	slices.SortFunc(dirty, func(x, y *track) int { return cmp.Compare(x.id, y.id) })
	for _, k := range slices.Compact(dirty) {
		t.take(b, k, last)
	}
	t.pack(b)
	t.takeSessions(b)
	b.seal()
	return b
}

// take moves what a track gathered to the batch.
func (t *Tape) take(b *batch, k *track, last bool) {
	id := key(k.id)
	k.Lock()
	k.dirty = false
	t.kept -= k.kept
	k.kept = 0
	b.takeExchange(t, k, id, last && !k.closed)
	for _, full := range k.sealed {
		b.takeBlock(k.id, k.session, full, full.buf)
	}
	k.sealed = k.sealed[:0]
	if k.open != nil {
		t.takeOpen(b, k)
	}
	b.takeListing(k, id, last)
	t.count(k)
	k.written = true
	k.Unlock()
}

// takeOpen adds the open block: as it is, for good, or, when it is short, as
// it is now, and the track goes on with a copy.
func (t *Tape) takeOpen(b *batch, k *track) {
	open, buf := k.open, k.open.buf
	size := len(buf.b)
	k.busy = sizeFor(size)
	if size >= sealMin || t.kept > keepMax {
		k.open = nil
	} else {
		open.buf = t.buffers.get(sizeFor(size))
		open.buf.b = append(open.buf.b, buf.b...)
		k.kept = cap(open.buf.b)
		t.kept += k.kept
	}
	open.stored = size
	b.takeBlock(k.id, k.session, open, buf)
}

// count adds what was taken of a track to its session.
func (t *Tape) count(k *track) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.sessions[k.session]; s != nil {
		s.payload += k.payload
		if !k.written {
			s.exchanges++
		}
		t.stale[k.session] = true
	}
	k.payload = 0
	if k.closed {
		delete(t.live, k.id)
	}
}

// pack compresses the blocks, if that was asked for, and counts them.
func (t *Tape) pack(b *batch) {
	for _, p := range b.blocks {
		put := &b.puts[putBlocks][p.at]
		if t.packer != nil {
			v := t.buffers.get(sizeFor(len(put.Value)))
			if packed, shorter := pack(t.packer, v.b, put.Value); shorter {
				put.Value, v.b = packed, packed
			}
			b.buffers = append(b.buffers, v)
		}
		t.mu.Lock()
		if s := t.sessions[p.session]; s != nil {
			s.stored += uint64(len(put.Value) - p.block.value)
		}
		t.mu.Unlock()
		p.block.value = len(put.Value)
	}
}

// takeSessions adds the sessions that changed.
func (t *Tape) takeSessions(b *batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id := range t.stale {
		begin := b.begin(kindSession)
		b.arena = appendSession(b.arena, t.sessions[id])
		b.put(putSessions, key(id), begin)
		delete(t.stale, id)
	}
}
