package replay

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// variant is what header fields ask for beside the URL and the body: whose
// answer, which part of it, on what condition, in what form.
type variant struct {
	identity  string // lasting claims of a JWT; "": there is none
	part      string // Range
	condition bool   // If-None-Match and the like: the client has an answer already
	stream    bool   // an event stream and nothing else
}

// variantOf reads the header of a request.
func variantOf(fields []capture.Field) variant {
	var v variant
	for _, f := range fields {
		switch strings.ToLower(f.Name) {
		case "range":
			v.part = strings.TrimSpace(f.Value)
		case "if-none-match", "if-modified-since":
			v.condition = true
		case "accept":
			v.stream = content.ParseMediaType(f.Value).Essence == "text/event-stream" && !strings.Contains(f.Value, ",")
		case "authorization", "proxy-authorization", "x-access-token", "x-auth-token", "x-jwt-assertion", "x-id-token":
			if claims, ok := shape.JWT(f.Value); ok {
				v.identity += shape.Claims(claims)
			}
		}
	}
	return v
}

// fit tells how well a recorded request's header suits a live one's, and false
// where its answer would be wrong: another's, another part, or "not modified" to
// a client that has nothing.
func (v variant) fit(live variant) (score int, ok bool) {
	if v.identity != "" && live.identity != "" && v.identity != live.identity || v.part != live.part || v.condition && !live.condition {
		return 0, false
	}
	for _, same := range [...]bool{v.identity == live.identity, v.condition == live.condition, v.stream == live.stream} {
		if same {
			score++
		}
	}
	return score, true
}

// suiting returns the members of a list whose header suits the live one's best.
func suiting(list []*message, live variant) []*message {
	var best []*message
	bestScore := -1
	for _, m := range list {
		score, ok := m.variant.fit(live)
		switch {
		case !ok:
		case score > bestScore:
			best, bestScore = []*message{m}, score
		case score == bestScore:
			best = append(best, m)
		}
	}
	return best
}
