package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// A value begins with its kind, the version of its layout, and the CRC-32C of
// its key and of all its other bytes.
const (
	valueVersion = 1
	valueHead    = 6
)

// errChecksum is what a value with a flipped bit yields.
var errChecksum = errors.New("the checksum does not match")

// beginValue starts a value at the end of b.
func beginValue(b []byte, kind byte) []byte {
	return append(b, kind, valueVersion, 0, 0, 0, 0)
}

// sealValue fills in the checksum of a value that is complete.
func sealValue(k, v []byte) {
	binary.LittleEndian.PutUint32(v[2:], valueSum(k, v))
}

func valueSum(k, v []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, k)
	sum = crc32.Update(sum, table, v[:2])
	return crc32.Update(sum, table, v[valueHead:])
}

// openValue checks a value and returns what follows its head.
func openValue(k, v []byte, kind byte) ([]byte, error) {
	if len(v) < valueHead || v[0] != kind {
		return nil, fmt.Errorf("not a value of kind %q", kind)
	}
	if binary.LittleEndian.Uint32(v[2:]) != valueSum(k, v) {
		return nil, errChecksum
	}
	if v[1] > valueVersion {
		return nil, fmt.Errorf("layout %d, this program reads up to %d", v[1], valueVersion)
	}
	return v[valueHead:], nil
}

// A record is a run of fields: uvarint tag<<1|wire, then for wire 0 a uvarint,
// for wire 1 a uvarint length and that many bytes. A field that is zero or
// empty is left out. Readers skip tags they do not know.
const (
	wireUint  = 0
	wireBytes = 1
)

func putUint(b []byte, tag, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = appendUvarint(b, tag<<1|wireUint)
	return appendUvarint(b, v)
}

func putInt(b []byte, tag uint64, v int64) []byte { return putUint(b, tag, zigzag(v)) }

func putString[S string | []byte](b []byte, tag uint64, s S) []byte {
	if len(s) == 0 {
		return b
	}
	b = appendUvarint(b, tag<<1|wireBytes)
	return appendString(b, s)
}

// putStrings writes a list as one field for each string, the empty ones too.
func putStrings(b []byte, tag uint64, list []string) []byte {
	for _, s := range list {
		b = appendUvarint(b, tag<<1|wireBytes)
		b = appendString(b, s)
	}
	return b
}

// putTime writes seconds and nanoseconds since 1970 as bytes, because a count
// of nanoseconds would not reach all years a foreign file may name.
func putTime(b []byte, tag uint64, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	var tmp [2 * binary.MaxVarintLen64]byte
	s := appendUvarint(tmp[:0], zigzag(t.Unix()))
	s = appendUvarint(s, uint64(t.Nanosecond()))
	return putString(b, tag, s)
}

func appendString[S string | []byte](b []byte, s S) []byte {
	b = appendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendUvarint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func boolUint(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// errRecord is what a record yields whose fields do not add up.
var errRecord = errors.New("the record is cut short or malformed")

// fields reads a record. It works on a string so that the strings in it can be
// parts of one copy.
type fields struct {
	s   string
	tag uint64
	u   uint64 // the field's number, if it is one
	b   string // the field's bytes, if it has some
	err error
}

// next moves to the next field and reports whether there is one.
func (f *fields) next() bool {
	if f.s == "" || f.err != nil {
		return false
	}
	k := f.uvarint()
	f.tag, f.u, f.b = k>>1, 0, ""
	if k&1 == wireUint {
		f.u = f.uvarint()
	} else {
		f.b = f.str()
	}
	return f.err == nil
}

func (f *fields) int() int64         { return unzigzag(f.u) }
func (f *fields) dur() time.Duration { return time.Duration(unzigzag(f.u)) }
func (f *fields) bytes() []byte      { return []byte(f.b) }
func (f *fields) inner() *fields     { return &fields{s: f.b} }

func (f *fields) time() time.Time {
	in := f.inner()
	sec, ns := unzigzag(in.uvarint()), in.uvarint()
	if in.err != nil || ns >= 1e9 {
		f.err = errRecord
		return time.Time{}
	}
	return time.Unix(sec, int64(ns)).UTC()
}

// uvarint takes a number from the front.
func (f *fields) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(f.s) && i < binary.MaxVarintLen64; i++ {
		c := f.s[i]
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break
			}
			f.s = f.s[i+1:]
			return v | uint64(c)<<(7*i)
		}
		v |= uint64(c&0x7f) << (7 * i)
	}
	f.fail()
	return 0
}

// str takes a length and that many bytes from the front.
func (f *fields) str() string {
	n := f.uvarint()
	if n > uint64(len(f.s)) {
		f.fail()
		return ""
	}
	s := f.s[:n]
	f.s = f.s[n:]
	return s
}

func (f *fields) fail() {
	f.s = ""
	if f.err == nil {
		f.err = errRecord
	}
}
