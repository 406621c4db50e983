package replay

import "github.com/wiretape/wiretape/replay/internal/payload"

// traits is what the names in a path say.
type traits struct {
	aliases []string // see aliases
	lasts   bool     // see lasting
	made    bool     // see made
	id      bool     // see idName
}

// pathTraits remembers the traits of paths: a recording has few paths and many
// messages.
type pathTraits map[*payload.Path]*traits

func (t pathTraits) of(p *payload.Path) *traits {
	x := t[p]
	if x == nil {
		x = &traits{aliases(p.Name), lasting(p), made(p), idName(p)}
		t[p] = x
	}
	return x
}
