package web

import "time"

// oldest returns the key of what was used longest ago.
func oldest[K comparable, V any](kept map[K]V, used func(V) time.Time) (key K) {
	var least time.Time
	found := false
	for k, v := range kept {
		if t := used(v); !found || t.Before(least) {
			key, least, found = k, t, true
		}
	}
	return key
}
