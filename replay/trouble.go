package replay

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// trouble is the faults of one live connection or response.
type trouble struct {
	server *Server
	random *rand.Rand
	faults []*armed
	opened time.Time
	sent   int // messages of the server, or events
}

// armed is a fault that waits for its point.
type armed struct {
	*Fault
	index int // in the options
	done  bool
}

// troubles returns the faults for a live connection that stands for a recorded
// URL. It counts the connection.
func (s *Server) troubles(url string, opened time.Time) *trouble {
	if len(s.options.Faults) == 0 {
		return nil
	}
	t := &trouble{server: s, opened: opened}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.options.Faults {
		f := &s.options.Faults[i]
		if !strings.Contains(url, f.URL) {
			continue
		}
		s.faultSeen[i]++
		if f.Connection == 0 || f.Connection == s.faultSeen[i] {
			t.faults = append(t.faults, &armed{Fault: f, index: i})
		}
	}
	t.random = s.newRandom()
	return t
}

// ofBody leaves out what says nothing to a body: there are no pings.
func (t *trouble) ofBody() *trouble {
	if t != nil {
		t.faults = slices.DeleteFunc(t.faults, func(a *armed) bool { return a.Do == DoMute })
	}
	return t
}

// fire notes that a fault happens, and reports false if it has happened as often
// as it may.
func (t *trouble) fire(a *armed) bool {
	a.done = true
	s := t.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Times > 0 && s.faultFired[a.index] >= a.Times {
		return false
	}
	s.faultFired[a.index]++
	s.options.Log.Info("fault", "do", string(a.Do), "message", t.sent)
	return true
}

// refused returns the fault that refuses the connection, or nil.
func (t *trouble) refused() *Fault {
	if t == nil {
		return nil
	}
	for _, a := range t.faults {
		if a.Do == DoRefuse && !a.done && t.fire(a) {
			return a.Fault
		}
	}
	return nil
}

// here reports whether a fault's point is the message number n with this text.
func (a *armed) here(n int, text []byte) bool {
	if a.After > 0 && a.After != n || a.Kind != "" && !strings.Contains(string(text), a.Kind) {
		return false
	}
	return a.After > 0 || a.Kind != ""
}

// at returns the first fault of the given kinds whose point is message n. With
// always, one without any condition counts too, and goes on counting.
func (t *trouble) at(n int, text []byte, now time.Time, always bool, kinds ...Disturbance) *Fault {
	if t == nil {
		return nil
	}
	for _, a := range t.faults {
		if a.done || !among(kinds, a.Do) || a.Time > 0 && now.Sub(t.opened) < a.Time {
			continue
		}
		if always && a.After == 0 && a.Kind == "" {
			return a.Fault
		}
		if a.here(n, text) && t.fire(a) {
			return a.Fault
		}
	}
	return nil
}

func among(list []Disturbance, d Disturbance) bool {
	return slices.Contains(list, d)
}

// due returns when the next fault is due that waits for a time alone, or that
// is due at the start.
func (t *trouble) due() (time.Time, bool) {
	if t == nil {
		return time.Time{}, false
	}
	var next time.Time
	found := false
	for _, a := range t.faults {
		if !a.byTime() {
			continue
		}
		if at := t.opened.Add(a.Time); !found || at.Before(next) {
			next, found = at, true
		}
	}
	return next, found
}

// byTime reports whether a fault waits for nothing but a time.
func (a *armed) byTime() bool {
	if a.done || a.After > 0 || a.Kind != "" {
		return false
	}
	switch a.Do {
	case DoClose, DoFIN, DoReset, DoStall, DoMute:
		return true
	}
	return false
}

// now returns the fault that is due by time, or nil.
func (t *trouble) now(now time.Time) *Fault {
	if t == nil {
		return nil
	}
	for _, a := range t.faults {
		if a.byTime() && !t.opened.Add(a.Time).After(now) && t.fire(a) {
			return a.Fault
		}
	}
	return nil
}

// corrupted returns a message with one byte changed.
func (t *trouble) corrupted(f *Fault, data []byte) []byte {
	if len(data) == 0 {
		return data
	}
	at := f.Byte
	if at == 0 || at >= len(data) {
		at = t.random.IntN(len(data))
	}
	out := append([]byte{}, data...)
	out[at] ^= byte(1 + t.random.IntN(127))
	return out
}

// late returns how long a delayed message waits.
func (t *trouble) late(f *Fault) time.Duration {
	d := f.Delay
	if f.Jitter > 0 {
		d += time.Duration(t.random.Int64N(int64(f.Jitter)))
	}
	return d
}
