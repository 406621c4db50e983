package mitm

// requests takes the bytes of a connection apart into requests.
type requests struct {
	head []byte
}

func (r *requests) read(p []byte, below func([]byte) (int, error)) (int, error) { return below(p) }

// Head returns the head of the request at hand byte for byte as it came, from
// the request line to the blank line. It is nil under HTTP/2. The slice is not
// used again.
func (r *requests) Head() []byte { return r.head }
