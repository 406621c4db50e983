package store

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
)

// rebuildBytes is about how much one transaction of a rebuild writes.
const rebuildBytes = 8 << 20

// rebuild writes what a source holds into a new tape, with full blocks. It
// goes through the buckets side by side, in the order of the exchanges.
type rebuild struct {
	from     Source
	db       *database
	buffers  buffers
	packer   *zstd.Encoder // nil: not compressed
	unpacker *zstd.Decoder
	batch    *batch
	size     int // of the batch
	// salvage tells to make up what is missing, rather than to stop.
	salvage  bool
	sessions map[uint64]*session
	report   *Report
}

// newRebuild makes the new tape at path, where nothing may be.
func newRebuild(from Source, path string, o *Options) (*rebuild, error) {
	if err := initialize(path, o); err != nil {
		return nil, fmt.Errorf("create tape: %w", err)
	}
	r := &rebuild{
		from:     from,
		db:       &database{path: path, timeout: o.Timeout, noSync: true},
		batch:    &batch{number: 1},
		sessions: map[uint64]*session{},
		report:   &Report{Path: path},
	}
	if err := r.db.open(); err != nil {
		return nil, err
	}
	var err error
	if r.unpacker, err = newDecoder(); err == nil && o.Compress {
		r.packer, err = newPacker()
	}
	if err != nil {
		r.db.drop(nil)
		return nil, err
	}
	return r, nil
}

// run copies everything.
func (r *rebuild) run() error {
	err := r.eachPair(bucketSessions, func(p Pair) error {
		s, err := readSession(p.Key, p.Value)
		if err == nil {
			s.exchanges, s.payload, s.stored = 0, 0, 0
			r.sessions[number(p.Key)] = s
		}
		return r.mend(fmt.Sprintf("session %x", p.Key), err)
	})
	if err != nil {
		return err
	}
	err = r.eachPair(bucketExchanges, func(p Pair) error {
		ex, e, err := readExchange(p.Key, p.Value)
		if err != nil {
			return r.mend(fmt.Sprintf("exchange %x", p.Key), err)
		}
		return r.exchange(p.Key, ex, e)
	})
	if err != nil {
		return err
	}
	if err := r.documents(); err != nil {
		return err
	}
	r.report.Sessions = uint64(len(r.sessions))
	for id, s := range r.sessions {
		r.batch.session = max(r.batch.session, id)
		begin := r.batch.begin(kindSession)
		r.batch.arena = appendSession(r.batch.arena, s)
		r.batch.put(putSessions, key(id), begin)
	}
	return r.commit()
}

// close closes the new tape, and makes sure that it is on disk.
func (r *rebuild) close() error {
	r.unpacker.Close()
	r.db.bolt.NoSync = false
	err := r.commit()
	if closeErr := r.db.close(); err == nil {
		err = closeErr
	}
	return err
}

// mend notes a defect that a salvage goes on after; else it is returned.
func (r *rebuild) mend(where string, err error) error {
	if err == nil || !r.salvage {
		return err
	}
	r.report.Damage = append(r.report.Damage, Damage{where, err.Error()})
	return nil
}

func (r *rebuild) eachPair(bucket string, fn func(Pair) error) error {
	for p, err := range NewReader(r.from).scan(bucket, nil) {
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

// documents copies the documents.
func (r *rebuild) documents() error {
	return r.eachPair(bucketDocuments, func(p Pair) error {
		if _, err := readDocument(p.Key, p.Value); err != nil {
			return r.mend(fmt.Sprintf("document %q", p.Key), err)
		}
		r.batch.puts[putDocuments] = append(r.batch.puts[putDocuments], p)
		r.report.Documents++
		r.size += len(p.Value)
		return r.commitFull()
	})
}

// exchange copies one exchange.
func (r *rebuild) exchange(k []byte, ex *capture.Exchange, e extent) error {
	heads, err := r.from.Get(bucketHeads, k)
	if err != nil {
		return err
	}
	if _, err := openValue(k, heads, kindHeads); err != nil {
		if err := r.mend(fmt.Sprintf("heads of exchange %d", ex.ID), err); err != nil {
			return err
		}
		heads = appendHeads(beginValue(nil, kindHeads), ex)
	}
	c := copying{rebuild: r, ex: ex, extent: e}
	if err := c.blocks(); err != nil {
		return err
	}
	b := r.batch
	b.puts[putHeads] = append(b.puts[putHeads], Pair{k, heads})
	begin := b.begin(kindExchange)
	b.arena = appendExchange(b.arena, ex, extent{c.next, true, string(c.refs.b)}, ex.Open)
	b.put(putExchanges, k, begin)
	b.exchange = max(b.exchange, number(k))
	r.report.Exchanges++
	r.report.Payload += c.payload
	s := r.session(ex.Session)
	s.exchanges++
	s.payload += c.payload
	s.stored += c.stored
	r.size += len(heads) + len(b.arena) - begin
	return r.commitFull()
}

// session returns the session of an exchange; a salvage makes one up if it is
// missing.
func (r *rebuild) session(id capture.SessionID) *session {
	s := r.sessions[uint64(id)]
	if s == nil {
		s = &session{Session: capture.Session{ID: id, Label: "salvaged"}}
		if id != 0 {
			r.sessions[uint64(id)] = s
		}
	}
	return s
}

func (r *rebuild) commitFull() error {
	if r.size < rebuildBytes {
		return nil
	}
	return r.commit()
}

func (r *rebuild) commit() error {
	b := r.batch
	b.seal()
	if err := r.db.update(b.apply); err != nil {
		return fmt.Errorf("write %s: %w", r.db.path, err)
	}
	next := batch{number: b.number + 1, block: b.block, exchange: b.exchange, session: b.session}
	b.free()
	b.number, b.block, b.exchange, b.session = next.number, next.block, next.exchange, next.session
	r.size = 0
	return nil
}
