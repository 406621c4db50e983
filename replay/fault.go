package replay

// Fault is a disturbance that is played at a stated point.
type Fault struct {
	Do string `json:"do" yaml:"do"`
}
