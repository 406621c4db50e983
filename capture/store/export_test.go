package store

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// DecodePieces reads the pieces of an unpacked block.
func DecodePieces(b []byte, base time.Duration) ([]capture.Piece, error) {
	r := pieces{b: b, last: base}
	var list []capture.Piece
	var p capture.Piece
	for r.next(&p) {
		list = append(list, p)
	}
	return list, r.err
}

// EncodePieces is the inverse of DecodePieces.
func EncodePieces(list []capture.Piece, base time.Duration) (b []byte) {
	for i := range list {
		b = appendPiece(b, &list[i], base)
		base = list[i].At
	}
	return b
}

// DecodeExchange reads the records of an exchange, EncodeExchange writes them.
func DecodeExchange(record, heads string) (*capture.Exchange, uint64, error) {
	ex := new(capture.Exchange)
	e, err := parseExchange(record, ex)
	if err != nil {
		return nil, 0, err
	}
	return ex, e.pieces, parseHeads(heads, ex)
}

func EncodeExchange(ex *capture.Exchange, pieces uint64) (record, heads string) {
	return string(appendExchange(nil, ex, extent{pieces: pieces}, false)), string(appendHeads(nil, ex))
}

// Ref is a ref, as its number and its mark.
type Ref struct {
	Number uint64
	Mark   capture.Mark
}

// DecodeRefs reads a list of refs, EncodeRefs writes one.
func DecodeRefs(s string) ([]Ref, error) {
	list, err := parseRefs(s)
	var all []Ref
	for _, r := range list {
		all = append(all, Ref{r.number, r.mark})
	}
	return all, err
}

func EncodeRefs(all []Ref) string {
	var l refs
	for _, r := range all {
		l.add(ref{r.Number, r.Mark})
	}
	return string(l.b)
}

// DecodeBlock checks and unpacks a block; SealBlock makes its checksum right.
func DecodeBlock(k, v []byte) (capture.Mark, []byte, error) {
	dec, err := newDecoder()
	if err != nil {
		return capture.Mark{}, nil, err
	}
	defer dec.Close()
	o, _, err := openBlock(k, v, nil, dec)
	return o.mark, o.data, err
}

func SealBlock(k, v []byte) { sealValue(k, v) }

// Batch is a commit of one exchange's record.
type Batch = batch

func (t *Tape) TestCommit(number uint64) error {
	b := &batch{number: number}
	k := key(999)
	v := appendExchange(beginValue(nil, kindExchange), &capture.Exchange{ID: 999}, extent{}, false)
	b.puts[putExchanges] = []Pair{{k, v}}
	b.seal()
	return t.db.commit(b)
}

// Drop closes the file as after a failed commit.
func (t *Tape) Drop() { t.db.drop(nil) }
