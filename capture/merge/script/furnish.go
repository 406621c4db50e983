package script

import (
	"encoding/base64"
	"strings"

	"github.com/dop251/goja"
)

// furnish gives the script its surroundings: the bounds of the language, atob,
// btoa, console, module, and what events have in common.
func (s *Script) furnish() {
	vm := s.vm
	guard, err := vm.RunString(guardSource)
	if err != nil {
		panic("script: guard.js: " + err.Error()) // it is our own
	}
	call, _ := goja.AssertFunction(guard)
	if _, err := call(goja.Undefined(), vm.GlobalObject(), vm.ToValue(tooDeep),
		vm.ToValue(maxText), vm.ToValue(maxLength), vm.ToValue(maxDepth), vm.ToValue(maxNodes)); err != nil {
		panic("script: guard.js: " + err.Error())
	}
	console := vm.NewObject()
	for _, name := range []string{"log", "debug", "info", "warn", "error"} {
		set(console, name, s.log)
	}
	set(vm.GlobalObject(), "console", console)
	set(vm.GlobalObject(), "module", vm.NewObject())
	set(vm.GlobalObject(), "atob", s.atob)
	set(vm.GlobalObject(), "btoa", s.btoa)

	inside, err := vm.RunString(eventSource)
	if err != nil {
		panic("script: event.js: " + err.Error())
	}
	s.proto = inside.ToObject(vm).Get("event").ToObject(vm)
	s.shape, _ = goja.AssertFunction(inside.ToObject(vm).Get("shape"))
}

// set sets a member of an object of ours, which cannot fail.
func set(o *goja.Object, name string, v any) { _ = o.Set(name, v) }

// tooDeep reports whether JSON is nested too deep for functions that go down
// into it.
func tooDeep(source string) bool {
	depth, quoted := 0, false
	for i := 0; i < len(source); i++ {
		c := source[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// atob decodes base64 to a string with one character for each byte (WHATWG
// HTML 8.3, forgiving-base64 decode of WHATWG Infra 5).
func (s *Script) atob(call goja.FunctionCall) goja.Value {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune("\t\n\f\r ", r) {
			return -1
		}
		return r
	}, call.Argument(0).String())
	if len(text)%4 == 0 {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		panic(s.vm.NewTypeError("atob: not base64"))
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return s.vm.ToValue(string(runes))
}

// btoa is the inverse of atob.
func (s *Script) btoa(call goja.FunctionCall) goja.Value {
	text := call.Argument(0).String()
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			panic(s.vm.NewTypeError("btoa: a character is beyond U+00FF"))
		}
		b = append(b, byte(r))
	}
	return s.vm.ToValue(base64.StdEncoding.EncodeToString(b))
}

// log hands a line to Options.Log, the first thousand times.
func (s *Script) log(call goja.FunctionCall) goja.Value {
	if s.options.Log == nil || s.logged >= maxLog {
		return goja.Undefined()
	}
	s.logged++
	var words []string
	for _, v := range call.Arguments {
		words = append(words, v.String())
	}
	s.options.Log(strings.Join(words, " "))
	return goja.Undefined()
}
