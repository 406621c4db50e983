package mitm_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
)

// TestHeadsOfResponsesAreKept is about every head that has one meaning only.
func TestHeadsOfResponsesAreKept(t *testing.T) {
	for name, head := range map[string]string{
		"order, case, repeated lines, reason": "HTTP/1.1 299 Odd  One\r\nx-zeta: 1\r\nSet-Cookie: b=2\r\ndate: never\r\nset-cookie: a=1\r\nX-Empty:\r\nX-Wide:   2  \r\ncontent-length: 2\r\n\r\nok",
		"no reason":                           "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
		"longer than a buffer":                "HTTP/1.1 200 OK\r\nB: " + strings.Repeat("b", 50_000) + "\r\nA: 1\r\nContent-Length: 2\r\n\r\nok",
		"chunks":                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"trailers":                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n2\r\nok\r\n0\r\nz: 1\r\na: 2\r\n\r\n",
		"not modified":                        "HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Type: text/css\r\nContent-Length: 1234\r\n\r\n",
		"informational":                       "HTTP/1.1 103 Here They Come\r\nlink: a\r\nLink: b\r\n\r\nHTTP/1.1 204 Nothing\r\nB: 1\r\nA: 2\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked("/")
				s.say(head)
				c.hears(head)
				w.tape.next(t).ends(t, capture.HowClose, capture.Server)
				c.say("GET /again HTTP/1.1\r\nHost: h\r\n\r\n")
				s.head()
				s.say("HTTP/1.1 204 Still Here\r\n\r\n")
				c.hears("HTTP/1.1 204 Still Here\r\n\r\n")
			})
		})
	}
}

// TestHeadsWithTwoMeaningsAreMadeAnew is about the others.
func TestHeadsWithTwoMeaningsAreMadeAnew(t *testing.T) {
	for name, test := range map[string]struct{ sent, got string }{
		"length and chunks": {
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		},
		"two lengths": {
			"HTTP/1.1 200 OK\r\nB: 1\r\nContent-Length: 2\r\nA: 1\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 200 OK\r\nA: 1\r\nB: 1\r\nContent-Length: 2\r\n\r\nok",
		},
		"folded": {
			"HTTP/1.1 200 OK\r\nB: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 200 OK\r\nB: 1 2\r\nContent-Length: 2\r\n\r\nok",
		},
		"bare line feeds": {
			"HTTP/1.1 200 OK\nB: 1\nContent-Length: 2\n\nok",
			"HTTP/1.1 200 OK\r\nB: 1\r\nContent-Length: 2\r\n\r\nok",
		},
	} {
		t.Run(name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked("/")
				s.say(test.sent)
				c.hears(test.got)
			})
		})
	}
}

// TestAnOldServerEndsItsConnection is about HTTP/1.0, where that is the rule.
func TestAnOldServerEndsItsConnection(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		const answer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
		s.say(answer)
		s.fin()
		c.hears(answer)
		c.ends("FIN")
	})
}
