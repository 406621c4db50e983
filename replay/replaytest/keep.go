package replaytest

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/store"
)

// keep puts what was recorded in its place, whole or not at all. Secrets are
// taken out here and not while recording, so that WaitFor sees every message as
// soon as it has passed.
func (r *recorder) keep() (err error) {
	if err := os.MkdirAll(filepath.Dir(r.file), 0o755); err != nil {
		return err
	}
	next := r.file + ".new"
	switch {
	case isHAR(r.file):
		err = exportHAR(r.tape, next, r.options.KeepSecrets)
	case r.options.KeepSecrets:
		err = store.Compact(r.tape, next, nil)
	default:
		err = withoutSecrets(r.tape, next, r.tape+".har")
	}
	if err == nil {
		err = os.Rename(next, r.file)
	}
	if err != nil {
		_ = os.Remove(next)
	}
	return err
}

// exportHAR writes a tape as a HAR.
func exportHAR(tape, file string, secrets bool) (err error) {
	view, err := store.Read(tape, nil)
	if err != nil {
		return err
	}
	defer view.Close()
	var o har.ExportOptions
	if !secrets {
		if o.Redactor, err = redact.New(nil); err != nil {
			return err
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = har.Export(f, view, &o)
	return err
}

// withoutSecrets copies a tape by way of a HAR, which holds all that a tape
// does.
func withoutSecrets(tape, file, by string) (err error) {
	if err := exportHAR(tape, by, false); err != nil {
		return err
	}
	f, err := os.Open(by)
	if err != nil {
		return err
	}
	defer f.Close()
	next, err := store.Open(file, nil)
	if err != nil {
		return err
	}
	_, err = har.Import(f, next, nil)
	return errors.Join(err, next.Close())
}
