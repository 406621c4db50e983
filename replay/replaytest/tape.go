package replaytest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/store"
)

// openTape opens a tape, or reads a HAR into memory. Several tests may have one
// file open.
func openTape(file string) (capture.Reader, io.Closer, error) {
	if !isHAR(file) {
		view, err := store.Read(file, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("open the recording: %w", err)
		}
		return view, view, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("open the recording: %w", err)
	}
	defer f.Close()
	tape := &capturetest.Tape{}
	if _, err := importHAR(f, tape); err != nil {
		return nil, nil, fmt.Errorf("read the recording %s: %w", file, err)
	}
	return tape, io.NopCloser(nil), nil
}

func importHAR(f *os.File, tape capture.Writer) (*har.Report, error) {
	if !strings.EqualFold(filepath.Ext(f.Name()), ".zip") {
		return har.Import(f, tape, nil)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return har.ImportZip(f, info.Size(), tape, nil)
}

// isHAR reports whether a file is a HAR by its name.
func isHAR(file string) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".har", ".zip", ".json":
		return true
	}
	return false
}
