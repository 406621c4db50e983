package replay

import "github.com/wiretape/wiretape/replay/internal/payload"

// layout finds the fields of binary messages.
func (p *Plan) layout(parser *payload.Parser) {}
