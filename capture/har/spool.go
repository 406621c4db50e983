package har

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// spool keeps bytes until they are wanted again: in memory while they are few,
// then in a file that nobody else can read. It may not be used concurrently.
type spool struct {
	mem   []byte
	file  *os.File
	inMem int // how much stays in memory; 0: spoolMemory
	n     int64
}

// spoolMemory is how much a spool keeps in memory, in bytes.
const spoolMemory = 1 << 20

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	limit := s.inMem
	if limit == 0 {
		limit = spoolMemory
	}
	if s.file == nil && len(s.mem)+len(p) > limit {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	s.n += int64(len(p))
	s.mem = append(s.mem, p...)
	if s.file != nil && len(s.mem) >= 64<<10 {
		return len(p), s.drain()
	}
	return len(p), nil
}

// spill goes on in a file. On systems that can, the file has no name any more
// once it is open.
func (s *spool) spill() error {
	f, err := os.CreateTemp("", "wiretape-har-")
	if err != nil {
		return fmt.Errorf("put aside what does not fit into memory: %w", err)
	}
	_ = os.Remove(f.Name()) // where that fails, close removes it
	s.file = f
	return s.drain()
}

func (s *spool) drain() error {
	_, err := s.file.Write(s.mem)
	if s.mem = s.mem[:0]; cap(s.mem) > 128<<10 {
		s.mem = nil
	}
	if err != nil {
		return fmt.Errorf("put aside what does not fit into memory: %w", err)
	}
	return nil
}

// reader returns what was written, from its beginning. Nothing may be written
// after the first call.
func (s *spool) reader() io.Reader {
	if s.file == nil {
		return bytes.NewReader(s.mem)
	}
	return io.MultiReader(io.NewSectionReader(s.file, 0, s.n-int64(len(s.mem))), bytes.NewReader(s.mem))
}

// readAt reads exactly p at off.
func (s *spool) readAt(p []byte, off int64) error {
	filed := s.n - int64(len(s.mem))
	if s.file != nil && off < filed {
		k := int(min(int64(len(p)), filed-off))
		if _, err := s.file.ReadAt(p[:k], off); err != nil {
			return fmt.Errorf("read what was put aside: %w", err)
		}
		p, off = p[k:], off+int64(k)
	}
	if at := off - filed; at < 0 || at+int64(len(p)) > int64(len(s.mem)) {
		if len(p) > 0 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	copy(p, s.mem[off-filed:])
	return nil
}

// section returns a reader of n bytes from off on. Nothing may be written any
// more.
func (s *spool) section(off, n int64) io.Reader {
	return io.NewSectionReader(spoolAt{s}, off, n)
}

// spoolAt is a spool as an io.ReaderAt.
type spoolAt struct{ *spool }

func (s spoolAt) ReadAt(p []byte, off int64) (int, error) {
	k := min(int64(len(p)), max(s.n-off, 0))
	if err := s.readAt(p[:k], off); err != nil {
		return 0, err
	}
	if k < int64(len(p)) {
		return int(k), io.EOF
	}
	return int(k), nil
}

// reset empties the spool for new use.
func (s *spool) reset() {
	s.close()
	*s = spool{mem: s.mem[:0], inMem: s.inMem}
}

// close frees the file.
func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		_ = os.Remove(s.file.Name()) // gone already on most systems
		s.file = nil
	}
}
