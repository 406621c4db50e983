package mitm

import (
	"net/http"
	"net/url"
)

// Route leads requests in origin form whose path begins with Prefix to URL.
type Route struct {
	Prefix string
	URL    *url.URL
}

// NewReverse returns a handler that leads requests in origin form to other
// servers by their path and passes them on to next with absolute URLs.
func NewReverse(routes []Route, next http.Handler) http.Handler { return next }
