package store

import "github.com/wiretape/wiretape/capture"

// MarksAfter returns the marks of an exchange behind one, in order: what was
// added since that was the last.
func (r *Reader) MarksAfter(id capture.ExchangeID, after capture.Mark) ([]capture.Mark, error) {
	e, err := r.extent(id)
	if err != nil {
		return nil, err
	}
	var marks []capture.Mark
	if !e.logged {
		all, err := r.Marks(id)
		for _, m := range all {
			if m.Pieces > after.Pieces {
				marks = append(marks, m)
			}
		}
		return marks, err
	}
	for next := after.Pieces + 1; ; {
		list, err := r.refsFrom(uint64(id), next, e)
		if err != nil || len(list) == 0 {
			return marks, err
		}
		for _, at := range list {
			marks = append(marks, at.mark)
			next = at.mark.Pieces + 1
		}
	}
}
