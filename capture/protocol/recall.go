package protocol

import "github.com/wiretape/wiretape/capture"

// maxRecall is how many names of requests are kept at least; twice as many at
// the most.
const maxRecall = 8192

// recall remembers, for a while, what requests asked for, so that answers that
// bear nothing but an id can be named. What is older than maxRecall entries may
// be forgotten.
type recall struct {
	young, old map[recallKey]string
}

type recallKey struct {
	dir capture.Direction
	key string
}

func (r *recall) put(dir capture.Direction, key, value string) {
	if len(r.young) >= maxRecall {
		r.old, r.young = r.young, nil
	}
	if r.young == nil {
		r.young = map[recallKey]string{}
	}
	r.young[recallKey{dir, key}] = value
}

func (r *recall) get(dir capture.Direction, key string) string {
	k := recallKey{dir, key}
	if v, ok := r.young[k]; ok {
		return v
	}
	return r.old[k]
}

func (r *recall) drop(dir capture.Direction, key string) {
	k := recallKey{dir, key}
	delete(r.young, k)
	delete(r.old, k)
}
