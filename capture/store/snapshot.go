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
	b.block = t.lastBlock
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
	t.lastBlock = b.block
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
	for _, full := range k.sealed {
		b.takeBlock(&k.refs, k.id, k.session, full)
	}
	k.sealed = k.sealed[:0]
	listed := k.refs
	t.takeOpen(b, k, id)
	b.takeExchange(t, k, id, last && !k.closed)
	if k.tailed {
		k.refs = listed
	}
	b.takeListing(k, id, last)
	t.count(k)
	k.written = true
	k.Unlock()
}

// takeOpen adds the open block, if there is one: as it is, for good, or, when
// it is short, as the exchange's tail. A tail of the commit before goes.
func (t *Tape) takeOpen(b *batch, k *track, id []byte) {
	tailed := k.tailed
	k.tailed = false
	if open := k.open; open != nil {
		size := len(open.buf.b)
		k.busy = sizeFor(size)
		if size >= sealMin || t.kept > keepMax {
			k.open = nil
			b.takeBlock(&k.refs, k.id, k.session, open)
		} else {
			t.takeTail(b, k, id)
		}
	}
	if tailed && !k.tailed {
		b.gone = append(b.gone, goneKey{putTails, id})
	}
}

// takeTail adds the open block as it is now, and the track goes on with a copy.
func (t *Tape) takeTail(b *batch, k *track, id []byte) {
	open, buf := k.open, k.open.buf
	open.stored = len(buf.b)
	open.buf = t.buffers.get(sizeFor(len(buf.b)))
	open.buf.b = append(open.buf.b, buf.b...)
	k.kept = cap(open.buf.b)
	t.kept += k.kept
	b.putBlock(putTails, id, k.session, open, buf)
	k.refs.add(ref{mark: open.mark})
	k.tailed = true
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
		put := &b.puts[p.bucket][p.at]
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
