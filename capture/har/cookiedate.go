package har

import (
	"strconv"
	"strings"
	"time"
)

// cookieDate reads the date of an Expires attribute by the rules of RFC 6265
// §5.1.1, which take whatever order and punctuation servers use.
func cookieDate(s string) (time.Time, bool) {
	hour, minute, second, day, month, year := -1, 0, 0, 0, 0, -1
	for token := range strings.FieldsFuncSeq(s, dateDelimiter) {
		if h, m, sec, ok := clock(token); ok && hour < 0 {
			hour, minute, second = h, m, sec
			continue
		}
		if n, digits := leadingNumber(token); digits > 0 {
			switch {
			case day == 0 && digits <= 2:
				day = n
				continue
			case year < 0 && (digits == 2 || digits == 4):
				year = n
				continue
			}
		}
		if month == 0 && len(token) >= 3 {
			month = 1 + strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3]))/3
			if !strings.Contains("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3])) {
				month = 0
			}
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if day < 1 || day > 31 || month == 0 || year < 1601 || hour < 0 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day
}

func dateDelimiter(r rune) bool {
	return r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x7f
}

// clock reads hh:mm:ss.
func clock(token string) (h, m, s int, ok bool) {
	parts := strings.SplitN(token, ":", 3)
	if len(parts) != 3 {
		return 0, 0, 0, false
	}
	var n [3]int
	for i, part := range parts {
		v, digits := leadingNumber(part)
		if digits < 1 || digits > 2 || digits < len(part) && i < 2 {
			return 0, 0, 0, false
		}
		n[i] = v
	}
	return n[0], n[1], n[2], true
}

func leadingNumber(s string) (n, digits int) {
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		digits++
	}
	if digits > 4 {
		return 0, digits
	}
	n, _ = strconv.Atoi(s[:digits]) // nothing but digits; 0 where there are none
	return n, digits
}

func wholeNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && strings.Trim(s, "0123456789") == "" && s != "" {
		return 1 << 62, true // too many digits: for ever
	}
	return n, err == nil
}
