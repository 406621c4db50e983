package store

import (
	"encoding/binary"
	"math/bits"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
)

// Info is what a tape takes and holds. All sizes are in bytes.
type Info struct {
	Path     string
	Version  uint32 // of the format
	Tool     string // the program that made the tape
	Created  time.Time
	Head     uint64 // number of the last commit
	File     int64  // the size of the file
	Free     int64  // how much of it is free to be used again
	Sessions []SessionInfo
}

// SessionInfo is a session and what it takes.
type SessionInfo struct {
	capture.Session
	First     capture.ExchangeID // no exchange of the session has a lower number
	Exchanges uint64
	Payload   uint64 // bytes of bodies and frames
	Stored    uint64 // bytes of the blocks they lie in
}

// Overhead returns how many bytes of the file are in use for each byte of
// payload, or 0 when there is no payload.
func (i *Info) Overhead() float64 {
	var payload uint64
	for _, s := range i.Sessions {
		payload += s.Payload
	}
	if payload == 0 {
		return 0
	}
	return float64(i.File-i.Free) / float64(payload)
}

// Info tells what the tape takes and holds.
func (t *Tape) Info() (Info, error) { return t.db.info(t.path) }

// Info tells what the tape takes and holds.
func (v *View) Info() (Info, error) {
	i, err := v.db.info(v.path)
	if err != nil {
		return i, err
	}
	// bbolt does not look for free pages when it only reads.
	p, err := openPages(v.db.file, i.File)
	if err != nil {
		return i, err
	}
	free, err := p.unused()
	i.Free += int64(free) * p.pageSize
	return i, err
}

// unused counts the pages that are free.
func (p *pageFile) unused() (uint64, error) {
	ids, _, err := p.free()
	if err != nil || p.freelist != noFreelist {
		return uint64(len(ids)), err
	}
	w := walk{file: p, leaves: true}
	w.run()
	free := p.pages - 2
	for _, set := range w.seen {
		free -= uint64(bits.OnesCount64(set))
	}
	return free, nil
}

func (d *database) info(path string) (Info, error) {
	i := Info{Path: path}
	err := d.view(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte(bucketMeta))
		i.Tool = string(meta.Get([]byte(metaTool)))
		if v := meta.Get([]byte(metaVersion)); len(v) == 4 {
			i.Version = binary.BigEndian.Uint32(v)
		}
		if v := meta.Get([]byte(metaCreated)); len(v) == 8 {
			i.Created = time.Unix(0, int64(number(v))).UTC()
		}
		var err error
		if i.Head, err = readHead(tx); err != nil {
			return err
		}
		i.File = tx.Size()
		if info, err := d.file.Stat(); err == nil {
			i.File = info.Size()
		}
		stats := d.bolt.Stats()
		i.Free = i.File - tx.Size() + int64(stats.FreePageN+stats.PendingPageN)*int64(d.bolt.Info().PageSize)
		return tx.Bucket([]byte(bucketSessions)).ForEach(func(k, v []byte) error {
			s, err := readSession(k, v)
			if err != nil {
				return err
			}
			i.Sessions = append(i.Sessions, SessionInfo{s.Session, capture.ExchangeID(s.first), s.exchanges, s.payload, s.stored})
			return nil
		})
	})
	return i, err
}
