package view

import (
	"strconv"

	"github.com/wiretape/wiretape/capture"
)

// Ending says in words how an exchange ended, and by whom; "open" while it has
// not. What it holds of recorded data is printable.
func Ending(ex *capture.Exchange) string {
	e := ex.End
	switch {
	case e == nil && ex.Cut:
		return "cut off: the recorder ended first"
	case e == nil && ex.Open:
		return "open"
	case e == nil:
		return "end not recorded"
	}
	s := ending(ex, e)
	if e.Err != "" {
		s += ": " + Sanitize(e.Err)
	}
	if e.NoNotify {
		s += ", without TLS close_notify"
	}
	return s
}

// ending says what the connection did. The same FIN ends a tunnel as it should,
// cuts a body short, and leaves a socket without a close frame.
func ending(ex *capture.Exchange, e *capture.End) string {
	by := e.By.String()
	if by != "" {
		by = " by " + by
	}
	switch e.How {
	case capture.HowClose:
		switch {
		case ex.Kind == capture.KindTunnel:
			return "closed" + by
		case ex.Kind != capture.KindWebSocket:
			return "complete"
		case e.Code == 0:
			return "closed" + by
		}
		return "closed" + by + ": " + closeWords(e.Code, e.Reason)
	case capture.HowFIN:
		if ex.Kind == capture.KindWebSocket {
			return "connection closed" + by + " without a close frame"
		}
		if ex.Kind == capture.KindTunnel {
			return "closed" + by
		}
		return "cut short: connection closed" + by
	case capture.HowReset:
		return "connection reset" + by
	case capture.HowTimeout:
		return "timed out" + by
	case capture.HowError:
		return "failed" + by
	}
	return e.How.String() + by
}

// closeWords gives a close code with its name and its reason.
func closeWords(code int, reason string) string {
	s := strconv.Itoa(code)
	if name := CloseName(code); name != "" {
		s += " " + name
	}
	if reason != "" {
		s += ` "` + Sanitize(reason) + `"`
	}
	return s
}

// CloseName returns the name of a WebSocket close code in the registry of RFC
// 6455 §11.7, or what the range means that it is in, or "".
func CloseName(code int) string {
	switch code {
	case 1000:
		return "normal closure"
	case 1001:
		return "going away"
	case 1002:
		return "protocol error"
	case 1003:
		return "unsupported data"
	case 1005:
		return "no status received"
	case 1006:
		return "abnormal closure"
	case 1007:
		return "invalid frame payload data"
	case 1008:
		return "policy violation"
	case 1009:
		return "message too big"
	case 1010:
		return "mandatory extension"
	case 1011:
		return "internal error"
	case 1012:
		return "service restart"
	case 1013:
		return "try again later"
	case 1014:
		return "bad gateway"
	case 1015:
		return "TLS handshake"
	case 3000:
		return "unauthorized"
	case 3003:
		return "forbidden"
	case 3008:
		return "timeout"
	}
	switch {
	case code >= 3000 && code < 4000:
		return "(registered by a library)"
	case code >= 4000 && code < 5000:
		return "(the application's own)"
	case code > 0:
		return "(not a valid code)"
	}
	return ""
}

// state in one or two words, for a column.
func shortEnding(ex *capture.Exchange) (words string, wrong bool) {
	e := ex.End
	switch {
	case e == nil && ex.Cut:
		return "cut", true
	case e == nil && ex.Open:
		return "open", false
	case e == nil:
		return "done", false
	case e.How == capture.HowClose && e.Code != 0:
		return "close " + strconv.Itoa(e.Code), e.Code != 1000 && e.Code != 1001 && e.Code != 1005
	case e.How == capture.HowClose:
		return "done", false
	case e.How == capture.HowFIN && ex.Kind == capture.KindTunnel:
		return "done", false
	case e.How == capture.HowError:
		return "error", true
	}
	return e.How.String() + " " + e.By.String(), true
}
