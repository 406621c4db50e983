package apidoc

import (
	"fmt"
	"slices"

	"github.com/wiretape/wiretape/capture"
)

// DefaultMaxMessages is how many messages and events of one endpoint are read
// by default.
const DefaultMaxMessages = 500_000

// Options says what to read. The zero value, and nil, are the default: all.
type Options struct {
	Session   capture.SessionID            // only of this session
	Exchanges []capture.ExchangeID         // only these
	Keep      func(*capture.Exchange) bool // only what it keeps, nil: everything; it gets exchanges whole
	Only      *Key                         // only this endpoint
	// Notes is where notes on endpoints are kept; nil: there are none.
	Notes Notebook
	// Patterns are endpoints to sort paths into beside those with notes.
	Patterns []Key
	// Brief leaves out all that the heads of exchanges do not tell.
	Brief bool
	// MaxMessages bounds how many messages and events of one endpoint are read;
	// 0 means DefaultMaxMessages.
	MaxMessages int
	// Progress is called with how many endpoints are done, of how many.
	Progress func(done, of int)
}

// Read tells what API the exchanges on a tape are of. Tunnels, and the
// questions browsers ask before they send something elsewhere (CORS preflights),
// are no endpoints.
func Read(tape capture.Reader, o *Options) (*API, error) {
	r := &reader{tape: tape, byKey: map[Key]*builder{}}
	if o != nil {
		r.Options = *o
	}
	if r.MaxMessages == 0 {
		r.MaxMessages = DefaultMaxMessages
	}
	keys, err := noted(r.Notes)
	if err != nil {
		return nil, err
	}
	r.patterns = newPatterns(append(keys, r.Patterns...))
	if err := r.survey(); err != nil {
		return nil, err
	}
	return r.api()
}

// reader reads one tape.
type reader struct {
	Options
	tape     capture.Reader
	patterns *patterns
	byKey    map[Key]*builder
}

// survey finds out which endpoints there are: once for what varies in their
// paths, once for themselves.
func (r *reader) survey() error {
	for ex, err := range r.chosen {
		if err != nil {
			return fmt.Errorf("look for endpoints: %w", err)
		}
		if a, ok := splitURL(ex.Request.URL); ok {
			r.patterns.see(ex.Request.Method, a.host, a.path)
		}
	}
	for ex, err := range r.chosen {
		if err != nil {
			return fmt.Errorf("look for endpoints: %w", err)
		}
		a, ok := splitURL(ex.Request.URL)
		if !ok || isPreflight(ex) {
			continue
		}
		k := Key{ex.Request.Method, a.host, r.patterns.of(ex.Request.Method, a.host, a.path)}
		if r.Only != nil && k != *r.Only {
			continue
		}
		if r.byKey[k] == nil {
			r.byKey[k] = newBuilder(k, r.MaxMessages)
		}
		r.byKey[k].see(ex, a)
	}
	return nil
}

// chosen yields the exchanges that were asked for.
func (r *reader) chosen(yield func(*capture.Exchange, error) bool) {
	wanted := map[capture.ExchangeID]bool{}
	for _, id := range r.Exchanges {
		wanted[id] = true
	}
	for ex, err := range r.tape.Exchanges(0, r.Keep == nil) {
		if err == nil && (ex.Kind == capture.KindTunnel ||
			r.Session != 0 && ex.Session != r.Session ||
			len(wanted) > 0 && !wanted[ex.ID] ||
			r.Keep != nil && !r.Keep(ex)) {
			continue
		}
		if !yield(ex, err) {
			return
		}
	}
}

// isPreflight reports whether a request is a CORS preflight: nothing but
// browsers sends OPTIONS (WHATWG Fetch, "CORS-preflight fetch").
func isPreflight(ex *capture.Exchange) bool {
	return ex.Request.Method == "OPTIONS"
}

// api reads the endpoints and puts them in order.
func (r *reader) api() (*API, error) {
	var keys []Key
	for k := range r.byKey {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	api := &API{}
	for i, k := range keys {
		b := r.byKey[k]
		if r.Progress != nil {
			r.Progress(i, len(keys))
		}
		if r.Notes != nil {
			notes, err := ReadNotes(r.Notes, k)
			if err != nil {
				return nil, err
			}
			b.Notes = notes
		}
		if !r.Brief {
			for _, id := range b.ids {
				if err := b.read(r.tape, id); err != nil {
					return nil, err
				}
			}
			b.Read.Cut = b.Read.Cut || b.Read.Exchanges < b.Exchanges
		}
		e := b.endpoint()
		api.Endpoints = append(api.Endpoints, e)
		if api.First.IsZero() || e.First.Before(api.First) {
			api.First = e.First
		}
		if e.Last.After(api.Last) {
			api.Last = e.Last
		}
		delete(r.byKey, k)
	}
	return api, nil
}
