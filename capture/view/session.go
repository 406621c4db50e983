package view

import "github.com/wiretape/wiretape/capture"

// AppendSession appends s. "ended" is left out while the session is open, and
// when it was cut off.
func AppendSession(dst []byte, s *capture.Session) []byte {
	dst = appendUint(dst, `{"id":`, uint64(s.ID))
	dst = appendText(dst, `,"label":`, s.Label)
	dst = appendTime(dst, `,"started":`, s.Started)
	if !s.Ended.IsZero() {
		dst = appendTime(dst, `,"ended":`, s.Ended)
	}
	dst = appendText(dst, `,"creator":`, s.Creator)
	dst = appendText(dst, `,"note":`, s.Note)
	return append(appendStrings(dst, `,"tags":`, s.Tags), '}')
}
