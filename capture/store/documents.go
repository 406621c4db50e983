package store

import (
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

const (
	// DocumentMax is the length of the longest document, in bytes.
	DocumentMax = 1 << 20
	// DocumentKeyMax is the length of the longest name of one, in bytes.
	DocumentKeyMax = 1 << 10
)

// The tags of a document's record. They never change their meaning.
const (
	tagDocumentWritten uint64 = iota + 1
	tagDocumentText
)

// DocumentError tells why a document cannot be kept.
type DocumentError struct {
	Key  string
	Size int // of the document, in bytes
}

func (e *DocumentError) Error() string {
	switch {
	case e.Key == "":
		return "a document has no name"
	case len(e.Key) > DocumentKeyMax:
		return fmt.Sprintf("the name of document %.40q… has %d bytes, at most %d fit", e.Key, len(e.Key), DocumentKeyMax)
	}
	return fmt.Sprintf("document %q has %d bytes, at most %d fit", e.Key, e.Size, DocumentMax)
}

// Hint says what a person can do.
func (e *DocumentError) Hint() string {
	if e.Key == "" || len(e.Key) > DocumentKeyMax {
		return fmt.Sprintf("give it a name of 1 to %d bytes", DocumentKeyMax)
	}
	return "keep it in several documents, or in a file beside the tape"
}

// CheckDocument returns a *DocumentError when SetDocument would.
func CheckDocument(key string, value []byte) error {
	if key == "" || len(key) > DocumentKeyMax || len(value) > DocumentMax {
		return &DocumentError{Key: key, Size: len(value)}
	}
	return nil
}

// SetDocument keeps a small named text on the tape, beside what is recorded,
// and returns when it is on disk. A nil value deletes it. The error is a
// *DocumentError when the name or the text is too long.
func (t *Tape) SetDocument(key string, value []byte) error {
	if err := CheckDocument(key, value); err != nil {
		return err
	}
	return t.edit(func(tx *bbolt.Tx) error {
		b, k := tx.Bucket([]byte(bucketDocuments)), []byte(key)
		if value == nil {
			return b.Delete(k)
		}
		v := appendDocument(beginValue(nil, kindDocument), value, time.Now())
		sealValue(k, v)
		return b.Put(k, v)
	})
}

// Document returns a document, nil if there is none of that name. It is the
// caller's.
func (r *Reader) Document(key string) ([]byte, error) {
	if key == "" || len(key) > DocumentKeyMax {
		return nil, nil
	}
	k := []byte(key)
	v, err := r.source.Get(bucketDocuments, k)
	if err != nil || v == nil {
		return nil, err
	}
	return readDocument(k, v)
}

// Documents returns the names of the documents that begin with prefix, sorted
// by their bytes.
func (r *Reader) Documents(prefix string) ([]string, error) {
	var names []string
	for p, err := range r.scan(bucketDocuments, []byte(prefix)) {
		if err != nil {
			return nil, err
		}
		name := string(p.Key)
		if !strings.HasPrefix(name, prefix) {
			break
		}
		names = append(names, name)
	}
	return names, nil
}

func appendDocument(b, value []byte, written time.Time) []byte {
	b = putTime(b, tagDocumentWritten, written)
	return putString(b, tagDocumentText, value)
}

// readDocument opens the value of a document. It is never nil without an error.
func readDocument(k, v []byte) ([]byte, error) {
	body, err := openValue(k, v, kindDocument)
	text := []byte{}
	if err == nil {
		f := fields{s: string(body)}
		for f.next() {
			if f.tag == tagDocumentText {
				text = f.bytes()
			}
		}
		err = f.err
	}
	if err != nil {
		return nil, fmt.Errorf("document %q: %w", k, err)
	}
	return text, nil
}

// documentTime is when a document was written, in ns since 1970.
func documentTime(v []byte) uint64 {
	f := fields{s: string(v[valueHead:])}
	for f.next() {
		if f.tag == tagDocumentWritten {
			return uint64(f.time().UnixNano())
		}
	}
	return 0
}
