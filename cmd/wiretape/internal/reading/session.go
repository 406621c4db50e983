package reading

import (
	"strconv"

	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/view"
)

// AppendSession appends a session with what it holds, as tape info --json prints
// it.
func AppendSession(dst []byte, s *store.SessionInfo) []byte {
	dst = view.AppendSession(dst, &s.Session)
	dst = dst[:len(dst)-1]
	for _, n := range [...]struct {
		key string
		n   uint64
	}{{`,"exchanges":`, s.Exchanges}, {`,"payload":`, s.Payload}, {`,"stored":`, s.Stored}} {
		dst = strconv.AppendUint(append(dst, n.key...), n.n, 10)
	}
	return append(dst, '}')
}
