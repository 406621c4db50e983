package store

import (
	"fmt"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// The tags of a heads record. They never change their meaning.
const (
	tagRequestHeader uint64 = iota + 1
	tagRequestTrailer
	tagRequestRaw
	tagResponseHeader
	tagResponseTrailer
	tagResponseRaw
	tagEarly
)

// appendHeads appends what the exchange's own record leaves out.
func appendHeads(b []byte, ex *capture.Exchange) []byte {
	b = putFields(b, tagRequestHeader, ex.Request.Header)
	b = putFields(b, tagRequestTrailer, ex.Request.Trailer)
	b = putString(b, tagRequestRaw, ex.Request.Raw)
	r := ex.Response
	if r == nil {
		return b
	}
	b = putFields(b, tagResponseHeader, r.Header)
	b = putFields(b, tagResponseTrailer, r.Trailer)
	b = putString(b, tagResponseRaw, r.Raw)
	for i := range r.Early {
		e := &r.Early[i]
		b = appendUvarint(b, tagEarly<<1|wireBytes)
		at, status := zigzag(int64(e.At)), zigzag(int64(e.Status))
		b = appendUvarint(b, uint64(uvarintLen(at)+uvarintLen(status)+fieldsLen(e.Header)))
		b = appendUvarint(b, at)
		b = appendUvarint(b, status)
		b = appendFields(b, e.Header)
	}
	return b
}

// putFields writes a list of header fields as name, value, name, value, each
// with its length before it.
func putFields(b []byte, tag uint64, list []capture.Field) []byte {
	if len(list) == 0 {
		return b
	}
	b = appendUvarint(b, tag<<1|wireBytes)
	b = appendUvarint(b, uint64(fieldsLen(list)))
	return appendFields(b, list)
}

func appendFields(b []byte, list []capture.Field) []byte {
	for i := range list {
		b = appendString(b, list[i].Name)
		b = appendString(b, list[i].Value)
	}
	return b
}

func fieldsLen(list []capture.Field) int {
	n := 0
	for i := range list {
		name, value := len(list[i].Name), len(list[i].Value)
		n += uvarintLen(uint64(name)) + name + uvarintLen(uint64(value)) + value
	}
	return n
}

// parseHeads reads a heads record into ex. The parts of the response are left
// out when ex has none, as a record of a later commit may know one.
func parseHeads(record string, ex *capture.Exchange) error {
	f := fields{s: record}
	r := ex.Response
	if r == nil {
		r = &capture.Response{}
	}
	for f.next() {
		switch f.tag {
		case tagRequestHeader:
			ex.Request.Header = parseFields(&f, f.inner())
		case tagRequestTrailer:
			ex.Request.Trailer = parseFields(&f, f.inner())
		case tagRequestRaw:
			ex.Request.Raw = f.bytes()
		case tagResponseHeader:
			r.Header = parseFields(&f, f.inner())
		case tagResponseTrailer:
			r.Trailer = parseFields(&f, f.inner())
		case tagResponseRaw:
			r.Raw = f.bytes()
		case tagEarly:
			in := f.inner()
			e := capture.Early{At: time.Duration(unzigzag(in.uvarint())), Status: int(unzigzag(in.uvarint()))}
			e.Header = parseFields(&f, in)
			r.Early = append(r.Early, e)
		}
	}
	return f.err
}

// parseFields reads a list from in; what is wrong with it goes to f.
func parseFields(f, in *fields) []capture.Field {
	var list []capture.Field
	for in.s != "" {
		name := in.str()
		list = append(list, capture.Field{Name: name, Value: in.str()})
	}
	if in.err != nil {
		f.err = in.err
		return nil
	}
	return list
}

// readHeads opens the value of the heads of ex.
func readHeads(k, v []byte, ex *capture.Exchange) error {
	body, err := openValue(k, v, kindHeads)
	if err == nil {
		err = parseHeads(string(body), ex)
	}
	if err != nil {
		return fmt.Errorf("heads of exchange %d: %w", ex.ID, err)
	}
	return nil
}
