package merge

import "github.com/wiretape/wiretape/capture/transcript"

// Merge merges all that an exchange holds. The options may be nil. A stream
// that breaks off is no error: its Result says that it is not complete, and why.
// A stream in no known format is a *FormatError, a rule that cannot be used an
// error that says which.
func Merge(t *transcript.Transcript, o *Options) (*Result, error) {
	m, err := New(t.Exchange(), o)
	if err != nil {
		return nil, err
	}
	broken := m.Read(t)
	r := m.Result()
	if r.Format == "" && r.Error == nil {
		if broken != nil && m.seen == 0 {
			return nil, broken
		}
		ex := t.Exchange()
		return nil, &FormatError{Exchange: ex.ID, Events: m.seen, Kind: ex.Kind}
	}
	return r, nil
}
