package replay

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Speed scales recorded delays: 2 halves them. Zero is the recorded speed.
type Speed float64

// Max leaves out every delay.
var Max = Speed(math.Inf(1))

// ParseSpeed reads "original", "max" or a positive factor such as "2.5".
func ParseSpeed(s string) (Speed, error) {
	switch s {
	case "original", "":
		return 0, nil
	case "max":
		return Max, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || math.IsInf(f, 1) {
		return 0, fmt.Errorf("unknown speed %q (original, max or a positive factor)", s)
	}
	return Speed(f), nil
}

// String returns what ParseSpeed reads.
func (s Speed) String() string {
	switch {
	case s == 0:
		return "original"
	case math.IsInf(float64(s), 1):
		return "max"
	}
	return strconv.FormatFloat(float64(s), 'g', -1, 64)
}

// scale returns how long a recorded delay takes at this speed.
func (s Speed) scale(d time.Duration) time.Duration {
	switch {
	case d <= 0 || math.IsInf(float64(s), 1):
		return 0
	case s == 0 || s == 1:
		return d
	}
	return time.Duration(float64(d) / float64(s))
}
