package har

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// ImportZip reads the HAR log in a zip file, as Playwright writes them, with
// the files attached to it. Where there are several logs, har.har is taken.
func ImportZip(r io.ReaderAt, size int64, tape capture.Writer, o *ImportOptions) (*Report, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return &Report{}, fmt.Errorf("import a zip file: %w", err)
	}
	name, err := logName(z)
	if err != nil {
		return &Report{}, err
	}
	f, err := z.Open(name)
	if err != nil {
		return &Report{}, fmt.Errorf("import %s from a zip file: %w", name, err)
	}
	defer f.Close()
	var options ImportOptions
	if o != nil {
		options = *o
	}
	if options.Files == nil {
		options.Files = z
		if dir := path.Dir(name); dir != "." {
			if options.Files, err = fs.Sub(z, dir); err != nil {
				return &Report{}, fmt.Errorf("import %s from a zip file: %w", name, err)
			}
		}
	}
	return Import(f, tape, &options)
}

// logName returns the name of the log in a zip file.
func logName(z *zip.Reader) (string, error) {
	found := ""
	for _, f := range z.File {
		switch {
		case !strings.HasSuffix(strings.ToLower(f.Name), ".har") || !fs.ValidPath(f.Name):
		case path.Base(f.Name) == "har.har":
			return f.Name, nil
		case found == "":
			found = f.Name
		}
	}
	if found == "" {
		return "", errors.New("import a zip file: there is no .har file in it")
	}
	return found, nil
}

// attached opens the file that holds a body, and returns how long it is. A file
// that there is not, or that lies outside, is a defect.
func (im *importer) attached(where string, b *storedBody) (io.Reader, int64, error) {
	data, err := im.file(b.file)
	if err != nil {
		im.defect(where+"._file", "%v", err)
		if b.there {
			return b.reader(), b.n, nil
		}
		b.size = -1 // said already
		return nil, 0, nil
	}
	b.reset()
	if _, err := io.Copy(&b.spool, data); err != nil {
		im.defect(where+"._file", "%s: %v: taken up to there", clip(b.file), err)
	}
	data.Close()
	return b.reader(), b.n, nil
}

// file opens an attached file. What it yields counts as read.
func (im *importer) file(name string) (io.ReadCloser, error) {
	switch {
	case im.Files == nil:
		return nil, fmt.Errorf("%s is a file that was not given along", clip(name))
	case !fs.ValidPath(name) || strings.ContainsAny(name, `\:`):
		return nil, fmt.Errorf("%s is not the name of a file beside the archive", clip(name))
	}
	f, err := im.Files.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("%s is no file", clip(name))
	}
	return &attachment{limited{r: f, budget: im.left}, f}, nil
}

type attachment struct {
	limited
	io.Closer
}

// attach reads the messages of a socket from a file, one a line, where the entry
// says so.
func (f *foreign) attach() error {
	b := &f.h.response.body
	if b.file == "" || !strings.HasSuffix(b.file, ".jsonl") || f.h.messages.n > 0 {
		return nil
	}
	if f.h.resource != "websocket" && !isSocketURL(f.h.request.url) && f.h.response.status != 101 {
		return nil
	}
	file, err := f.im.file(b.file)
	if err != nil {
		f.im.defect("response.content._file", "%v", err)
		return nil
	}
	defer file.Close()
	f.h.hasMessage = true
	name := b.file
	b.clear()
	if err := f.im.lines(file); err != nil {
		f.im.defect("response.content._file", "%s: %v: taken up to there", clip(name), err)
	}
	return nil
}

// lines reads messages, one a line.
func (im *importer) lines(r io.Reader) error {
	outer := im.scanner
	defer func() { im.scanner = outer }()
	im.scanner = newScanner(io.MultiReader(r, bytes.NewReader([]byte("\n"))))
	im.repeat = outer.repeat
	for i := 0; ; i++ {
		if _, err := im.peek(); err != nil {
			var syntax *SyntaxError
			if errors.As(err, &syntax) {
				return nil // the end, between two lines
			}
			return err
		}
		if err := im.webSocketMessage(i); err != nil {
			return err
		}
	}
}
