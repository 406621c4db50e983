package cli

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

// chosen calls f with the exchanges that have the given numbers; without any,
// with all that match, tunnels left out.
func (a *app) chosen(tape capture.Reader, keep *filter.Filter, args []string, f func(*capture.Exchange) error) error {
	for _, arg := range args {
		id, err := exchangeID(arg)
		if err != nil {
			return err
		}
		ex, err := tape.Exchange(id)
		if err != nil {
			return missing(id, a.tape, err)
		}
		if err := f(ex); err != nil {
			return err
		}
	}
	if len(args) > 0 {
		return nil
	}
	for ex, err := range tape.Exchanges(0, false) {
		if err != nil {
			return err
		}
		ok, err := a.matches(keep, tape, ex)
		if err == nil && ok && ex.Kind != capture.KindTunnel {
			err = f(ex)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
