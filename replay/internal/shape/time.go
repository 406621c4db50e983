package shape

import (
	"strconv"
	"strings"
	"time"
)

// Unit is how a point in time is written.
type Unit uint8

// The ways to write a time.
const (
	NoTime Unit = iota
	Seconds
	Millis
	Micros
	Nanos
	ISO // RFC 3339 and its relatives
	HTTPDate
)

// layouts are the text forms that are read and written.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
}

// Time reads a value as a point in time. Numbers are seconds to nanoseconds
// since 1970 by their size, between 2001 and 2100.
func Time(value string) (time.Time, Unit) {
	switch {
	case len(value) < 10 || len(value) > 40:
		return time.Time{}, NoTime
	case value[0] < '0' || value[0] > '9':
		if t, err := time.Parse(time.RFC1123, value); err == nil {
			return t, HTTPDate
		}
		return time.Time{}, NoTime
	case strings.ContainsAny(value, "-T"):
		for _, layout := range layouts {
			if t, err := time.Parse(layout, value); err == nil {
				return t, ISO
			}
		}
		return time.Time{}, NoTime
	}
	return number(value)
}

// number reads a time that is a count of some unit since 1970.
func number(value string) (time.Time, Unit) {
	whole, fraction, fractional := strings.Cut(value, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	unit := unitOf(len(whole))
	if err != nil || unit == NoTime {
		return time.Time{}, NoTime
	}
	step := int64(unit.Resolution())
	perSecond := int64(time.Second) / step
	t := time.Unix(n/perSecond, n%perSecond*step)
	if fractional {
		f, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil {
			return time.Time{}, NoTime
		}
		t = t.Add(time.Duration(f * float64(step)))
	}
	if t.Year() < 2001 || t.Year() > 2100 {
		return time.Time{}, NoTime
	}
	return t, unit
}

func unitOf(digits int) Unit {
	switch digits {
	case 10:
		return Seconds
	case 13:
		return Millis
	case 16:
		return Micros
	case 19:
		return Nanos
	}
	return NoTime
}

// Resolution returns the smallest step of the unit: of text forms a second,
// as they need not have a fraction.
func (u Unit) Resolution() time.Duration {
	switch u {
	case Millis:
		return time.Millisecond
	case Micros:
		return time.Microsecond
	case Nanos:
		return time.Nanosecond
	}
	return time.Second
}

// ShiftTime returns a time moved by d, written the way it was: unit, digits of
// the fraction, zone. It returns false for what is no time.
func ShiftTime(value string, d time.Duration) (string, bool) {
	t, unit := Time(value)
	switch unit {
	case NoTime:
		return value, false
	case HTTPDate:
		return t.Add(d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), true
	case ISO:
		return shiftISO(value, d)
	}
	whole, fraction, fractional := strings.Cut(value, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return value, false
	}
	step := unit.Resolution()
	if !fractional {
		return strconv.FormatInt(n+int64(d/step), 10), true
	}
	// Work in units of the last digit of the fraction.
	scale := int64(1)
	for range min(len(fraction), 9) {
		scale *= 10
	}
	low, err := strconv.ParseInt(fraction[:min(len(fraction), 9)], 10, 64)
	if err != nil {
		return value, false
	}
	moved := int64(float64(d%step) / float64(step) * float64(scale))
	low += moved
	n += int64(d / step)
	for ; low >= scale; low -= scale {
		n++
	}
	for ; low < 0; low += scale {
		n--
	}
	digits := strconv.FormatInt(low, 10)
	digits = strings.Repeat("0", min(len(fraction), 9)-len(digits)) + digits
	return strconv.FormatInt(n, 10) + "." + digits + strings.Repeat("0", len(fraction)-len(digits)), true
}

// shiftISO moves a time in text form and keeps separator, fraction and zone.
func shiftISO(value string, d time.Duration) (string, bool) {
	for _, layout := range layouts {
		t, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		fraction := 0
		if i := strings.IndexByte(value, '.'); i >= 0 {
			for j := i + 1; j < len(value) && value[j] >= '0' && value[j] <= '9'; j++ {
				fraction++
			}
		}
		exact := ""
		if fraction > 0 {
			exact = "." + strings.Repeat("0", fraction)
		}
		layout = strings.Replace(layout, ".999999999", exact, 1)
		if layout == time.RFC3339Nano || strings.Contains(layout, "Z07:00") && strings.HasSuffix(value, "+00:00") {
			layout = strings.Replace(layout, "Z07:00", "-07:00", 1)
		}
		return t.Add(d).Format(layout), true
	}
	return value, false
}
