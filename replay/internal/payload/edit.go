package payload

// Edit puts text in the place of a run of bytes.
type Edit struct {
	Start, End int
	Text       []byte
}

// Apply appends data with the edits made. They must be in order and must not
// overlap; all other bytes stay as they are.
func Apply(dst, data []byte, edits []Edit) []byte {
	last := 0
	for _, e := range edits {
		dst = append(dst, data[last:e.Start]...)
		dst = append(dst, e.Text...)
		last = e.End
	}
	return append(dst, data[last:]...)
}
