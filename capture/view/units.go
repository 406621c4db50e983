package view

import (
	"math"
	"strconv"
	"time"
)

// Size returns n bytes in decimal units with three digits at the most: "812 B",
// "1.2 kB", "34 MB".
func Size(n uint64) string {
	digits, unit := scaled(n)
	if unit == "" {
		return digits + " B"
	}
	return digits + " " + unit + "B"
}

// count returns n as Size does, for narrow columns: "812", "1.2k", "34M".
func count(n uint64) string {
	digits, unit := scaled(n)
	return digits + unit
}

// scaled cuts n to two digits below ten units, three at the most, rounded down:
// what is shown has been there.
func scaled(n uint64) (digits, unit string) {
	units := [...]string{"", "k", "M", "G", "T", "P", "E"}
	i, rest := 0, uint64(0)
	for n >= 1000 {
		rest, n = n%1000, n/1000
		i++
	}
	digits = strconv.FormatUint(n, 10)
	if i > 0 && n < 10 {
		digits += "." + strconv.FormatUint(rest/100, 10)
	}
	return digits, units[i]
}

// Duration returns d with three digits or two units: "950ns", "12.3µs",
// "1.23s", "1m02s", "2h05m", "3d04h".
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-max(d, -math.MaxInt64))
	case d == 0:
		return "0s"
	case d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + "ns"
	case d < time.Millisecond:
		return threeDigits(d, time.Microsecond) + "µs"
	case d < time.Second:
		return threeDigits(d, time.Millisecond) + "ms"
	case d < time.Minute:
		return threeDigits(d, time.Second) + "s"
	case d < time.Hour:
		return twoUnits(int64(d/time.Second), 60, "m", "s")
	case d < 24*time.Hour:
		return twoUnits(int64(d/time.Minute), 60, "h", "m")
	}
	return twoUnits(int64(d/time.Hour), 24, "d", "h")
}

// threeDigits divides d, which is less than 1000 units, by unit, rounded down.
func threeDigits(d, unit time.Duration) string {
	whole := int64(d / unit)
	s := strconv.FormatInt(whole, 10)
	digits := 3 - len(s)
	if digits <= 0 {
		return s
	}
	frac := strconv.FormatInt(int64(d%unit)*1000/int64(unit)+1000, 10)[1:]
	return s + "." + frac[:digits]
}

// twoUnits writes n small units as big and small ones, "1m02s".
func twoUnits(n, perBig int64, big, small string) string {
	rest := strconv.FormatInt(n%perBig, 10)
	if len(rest) == 1 {
		rest = "0" + rest
	}
	return strconv.FormatInt(n/perBig, 10) + big + rest + small
}
