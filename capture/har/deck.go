package har

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// patience is how long an import waits for the tape to take more.
const patience = time.Minute

// errStalled says that the tape does not get on.
var errStalled = errors.New("the tape took nothing for a minute")

// deck writes one exchange to the tape.
type deck struct {
	tape     capture.Writer
	track    capture.Track
	ex       *capture.Exchange
	progress progress
}

// record starts writing ex.
func (im *importer) record(ex *capture.Exchange) (*deck, error) {
	d := &deck{tape: im.tape, ex: ex}
	d.progress.begin(ex)
	size := 1024 + len(ex.Request.URL) + len(ex.Request.Raw) + fieldsSize(ex.Request.Header)
	if r := ex.Response; r != nil {
		size += len(r.Raw) + fieldsSize(r.Header)
	}
	if !d.tape.Reserve(size, patience) {
		return nil, errStalled
	}
	track, err := d.tape.Track(ex, d.progress.mark)
	if err != nil {
		return nil, fmt.Errorf("put entry %d on the tape: %w", im.entry, err)
	}
	d.track = track
	return d, nil
}

func fieldsSize(fields []capture.Field) (n int) {
	for _, f := range fields {
		n += len(f.Name) + len(f.Value) + 8
	}
	return n
}

// append writes a piece.
func (d *deck) append(p *capture.Piece) error {
	if !d.tape.Reserve(len(p.Data)+64, patience) {
		return errStalled
	}
	d.track.Lock()
	defer d.track.Unlock()
	if err := d.track.Append(p); err != nil {
		return fmt.Errorf("put a piece on the tape: %w", err)
	}
	d.progress.piece(p)
	return nil
}

// maxPiece is the longest run of a body that is written as one piece.
const maxPiece = 32 << 10

// chunk writes a run of body bytes.
func (d *deck) chunk(dir capture.Direction, at time.Duration, data []byte) error {
	for run := range slices.Chunk(data, maxPiece) {
		if err := d.append(&capture.Piece{Type: capture.PieceChunk, Dir: dir, At: at, Data: run}); err != nil {
			return err
		}
	}
	return nil
}

// close writes the exchange as it is now, for good.
func (d *deck) close(change func(ex *capture.Exchange)) {
	d.track.Lock()
	defer d.track.Unlock()
	if change != nil {
		change(d.ex)
	}
	d.track.Close()
}
