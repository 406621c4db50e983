package diff

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// classes tells what the fields of two recordings hold.
type classes struct {
	judge *replay.Judge
	bytes bool // nothing may vary
}

// of returns the class of a scalar in a message.
func (c *classes) of(u *unit, l *payload.Leaf) replay.Class {
	switch root := rootOf(l.Path); root {
	case "id", "port":
		return replay.ClassToken
	case "path":
		if shape.Opaque(l.Value) {
			return replay.ClassToken
		}
		return replay.ClassConst
	case "headers":
		return headerClass(l)
	case "query":
		return named(l)
	case "method", "scheme", "host", "status", "event", "retry", "opcode", "incomplete", "end", "by", "code", "reason":
		return replay.ClassConst
	}
	class := c.judge.Class(u.dir, u.label, l)
	if u.dir == capture.Receive && !class.Volatile() && serverMade(l) {
		return replay.ClassToken
	}
	return class
}

// serverMade reports whether a scalar of the server looks like an id that it
// gave to something in this run.
func serverMade(l *payload.Leaf) bool {
	if l.Kind != payload.String && l.Kind != payload.Number || shape.RoleOf(l.Path.Name) != shape.ID {
		return false
	}
	return shape.Digits(l.Value) && len(l.Value) >= 3 || shape.Numbered(l.Value) || shape.Opaque(l.Value)
}

// headerClass goes by the names of header fields.
func headerClass(l *payload.Leaf) replay.Class {
	switch l.Path.Name {
	case "date", "expires", "last-modified", "age", "if-modified-since", "if-unmodified-since":
		return replay.ClassTime
	case "etag", "if-match", "if-none-match", "set-cookie", "cookie", "sec-websocket-key", "sec-websocket-accept",
		"content-length", "last-event-id", "proxy-authorization", "x-amzn-trace-id":
		return replay.ClassToken
	case "location", "link", "content-disposition":
		if shape.Opaque(l.Value) {
			return replay.ClassToken
		}
	}
	p := *l
	name := *l.Path
	name.Name = strings.TrimPrefix(name.Name, "x-")
	p.Path = &name
	return named(&p)
}

// named goes by the name of a scalar alone.
func named(l *payload.Leaf) replay.Class {
	switch role := shape.RoleOf(l.Path.Name); role {
	case shape.Credential, shape.Request:
		return replay.ClassToken
	case shape.Signature:
		return replay.ClassSign
	case shape.Clock:
		if _, unit := shape.Time(l.Value); unit != shape.NoTime {
			return replay.ClassTime
		}
	}
	switch l.Path.Name {
	case "_", "t", "cb", "rand", "random", "nocache", "cachebust":
		return replay.ClassToken
	}
	return replay.ClassConst
}

// lasts returns what of a scalar is compared, and false where nothing is.
func (c *classes) lasts(u *unit, l *payload.Leaf, class replay.Class) (string, bool) {
	if c.bytes {
		return l.Value, true
	}
	if class.Volatile() {
		if rootOf(l.Path) == "$" {
			if claims, ok := c.judge.Lasts(u.dir, u.label, l); ok && strings.HasPrefix(claims, "{") && shape.Opaque(l.Value) {
				return claims, true // a JSON Web Token
			}
		}
		return "", false
	}
	if l.Kind == payload.Number {
		return payload.Canonical(l.Value), true
	}
	return l.Value, true
}

// rootOf returns the name of the part of a message that a path lies in.
func rootOf(p *payload.Path) string {
	for p.Parent() != nil {
		p = p.Parent()
	}
	return p.Name
}
