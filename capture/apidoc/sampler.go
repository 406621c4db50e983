package apidoc

// sampler chooses what to look into: the first few, and then fewer and fewer,
// so that what comes late is seen too.
type sampler struct {
	n    int // how many there were
	step int // of how many one is taken
	left int // how many are taken before the step grows
}

const (
	firstSamples = 256
	nextSamples  = 64
)

// take reports whether to look into the next one.
func (s *sampler) take() bool {
	if s.step == 0 {
		s.step, s.left = 1, firstSamples
	}
	s.n++
	if s.n%s.step != 0 {
		return false
	}
	if s.left--; s.left == 0 {
		s.step, s.left = s.step*2, nextSamples
	}
	return true
}
