package redact

// SetWindow sets how much of a body r holds back at most, so that long ones can
// be tried without being long.
func (r *Redactor) SetWindow(n int) { r.window = n }
