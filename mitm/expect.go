package mitm

import (
	"io"
	"net/http"
	"sync"
)

// awaited is the body of a request that expects 100 Continue. net/http does
// not get to see that: it would close the connection of a client whose body was
// not wanted, and answer expectations of other kinds itself. A handler that
// reads the body lets the client go on, as with net/http; the Relay takes the
// body out, for its server says what the client is to do.
type awaited struct {
	io.ReadCloser
	w    http.ResponseWriter
	once sync.Once
}

// Read implements io.Reader.
func (b *awaited) Read(p []byte) (int, error) {
	b.once.Do(func() {
		if a, ok := b.w.(*answer1); ok && !a.began {
			b.w.WriteHeader(http.StatusContinue)
		}
	})
	return b.ReadCloser.Read(p)
}

// expectAgain puts what the client expects back into the request.
func expectAgain(w http.ResponseWriter, r *http.Request, expect []string) {
	r.Header["Expect"] = expect
	if r.ProtoAtLeast(1, 1) && r.ContentLength != 0 && lists(expect[0], "100-continue") {
		r.Body = &awaited{ReadCloser: r.Body, w: w}
	}
}
