package script

import (
	_ "embed"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"

	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/nesting"
)

// The bounds of what built-in functions may make, and of what a script is given.
const (
	maxSource = 16 << 10 // bytes
	maxData   = 16 << 20 // bytes of one event
	maxText   = 4 << 20  // characters
	maxLength = 1 << 20  // elements
	maxDepth  = 500
	maxNodes  = 1 << 20
	maxCalls  = 500 // one inside the other
	maxLog    = 1000
	maxColons = 1000
	maxTree   = 2000 // levels of the script's own tree
)

var (
	//go:embed guard.js
	guardSource string
	//go:embed event.js
	eventSource string
)

// Script is a compiled script with the state of one stream. It implements
// merge.Script and is not for concurrent use.
type Script struct {
	name    string
	options Options
	vm      *goja.Runtime
	call    goja.Callable
	state   *goja.Object
	proto   *goja.Object  // of the event
	shape   goja.Callable // makes {text, reasoning} of what the function returned
	watch   *watch
	spent   time.Duration
	unseen  time.Duration // of that, since memory was last looked at
	logged  int
	failed  error
}

var _ merge.Script = (*Script)(nil)

// New compiles and starts a script for one stream. The name stands in errors,
// which are *Error. The options may be nil.
func New(name, source string, o *Options) (*Script, error) {
	s := &Script{name: name, options: o.withDefaults(), vm: goja.New()}
	if len(source) > maxSource {
		return nil, &Error{Name: name, Message: fmt.Sprintf("longer than %d bytes", maxSource)}
	}
	program, functions, err := compile(name, source)
	if err != nil {
		return nil, err
	}
	s.watch = newWatch(s.vm, &s.options)
	s.vm.SetMaxCallStackSize(maxCalls)
	s.furnish()
	var result goja.Value
	if err := s.run(func() (err error) {
		result, err = s.vm.RunProgram(program)
		return err
	}); err != nil {
		return nil, err
	}
	if s.call = s.function(result, functions); s.call == nil {
		return nil, &Error{Name: name, Message: "no function (event, state): define one called merge"}
	}
	s.state = s.vm.NewObject()
	return s, nil
}

// compile parses a script and looks for what cannot be bounded. It returns the
// names of the functions that the script declares, too.
func compile(name, source string) (program *goja.Program, functions []string, err error) {
	// The parser calls itself for each bracket, without a bound, and goes through
	// all labels again for each.
	if nesting.Depth([]byte(source)) > nesting.Limit || strings.Count(source, ":") > maxColons {
		return nil, nil, &Error{Name: name, Message: "nested too deep"}
	}
	// A comment may name a source map, which the parser would read from disk.
	tree, err := parser.ParseFile(nil, name, source, 0, parser.WithDisableSourceMaps)
	if err != nil {
		e := &Error{Name: name, Message: err.Error()}
		if list, ok := err.(parser.ErrorList); ok && len(list) > 0 {
			e.Line, e.Column, e.Message = list[0].Position.Line, list[0].Position.Column, "SyntaxError: "+list[0].Message
		}
		return nil, nil, e
	}
	if deeperThan(reflect.ValueOf(tree.Body), maxTree) {
		return nil, nil, &Error{Name: name, Message: "nested too deep"}
	}
	if idx, found := findBigInt(reflect.ValueOf(tree.Body)); found {
		at := tree.File.Position(int(idx) - tree.File.Base())
		return nil, nil, &Error{Name: name, Line: at.Line, Column: at.Column, Message: "BigInt is not available"}
	}
	for _, statement := range tree.Body {
		if f, ok := statement.(*ast.FunctionDeclaration); ok && f.Function.Name != nil {
			functions = append(functions, f.Function.Name.Name.String())
		}
	}
	program, err = goja.CompileAST(tree, false)
	if err != nil {
		e := &Error{Name: name, Message: err.Error()}
		if syntax, ok := err.(*goja.CompilerSyntaxError); ok && syntax.File != nil {
			at := syntax.File.Position(syntax.Offset)
			e.Line, e.Column, e.Message = at.Line, at.Column, "SyntaxError: "+syntax.Message
		}
		return nil, nil, e
	}
	return program, functions, nil
}

// deeperThan reports whether a tree has more levels. Compiling takes a call for
// each, and longer than the tree is.
func deeperThan(v reflect.Value, levels int) bool {
	if levels < 0 {
		return true
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*file.File]() {
			return deeperThan(v.Elem(), levels-1)
		}
	case reflect.Interface:
		return !v.IsNil() && deeperThan(v.Elem(), levels)
	case reflect.Slice:
		for i := range v.Len() {
			if deeperThan(v.Index(i), levels) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && deeperThan(v.Field(i), levels) {
				return true
			}
		}
	}
	return false
}

// findBigInt looks for a BigInt in a tree of statements.
func findBigInt(v reflect.Value) (file.Idx, bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return 0, false
		}
		if n, ok := v.Interface().(*ast.NumberLiteral); ok {
			_, big := n.Value.(*big.Int)
			return n.Idx, big
		}
		if v.Type() == reflect.TypeFor[*file.File]() {
			return 0, false
		}
		return findBigInt(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if idx, found := findBigInt(v.Index(i)); found {
				return idx, true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if idx, found := findBigInt(v.Field(i)); found {
				return idx, true
			}
		}
	}
	return 0, false
}

// function returns the function to call: what the script's last expression is,
// module.exports, the function called merge, or the only one there is.
func (s *Script) function(result goja.Value, declared []string) goja.Callable {
	candidates := []goja.Value{result, s.vm.Get("module").ToObject(s.vm).Get("exports"), s.vm.Get("merge")}
	if len(declared) == 1 {
		candidates = append(candidates, s.vm.Get(declared[0]))
	}
	for _, v := range candidates {
		if call, ok := goja.AssertFunction(v); ok {
			return call
		}
	}
	return nil
}

// Event implements merge.Script. After an error the script is not run again.
func (s *Script) Event(e merge.ScriptEvent) (text, reasoning string, err error) {
	if s.failed != nil {
		return "", "", s.failed
	}
	text, reasoning, s.failed = s.event(e)
	return text, reasoning, s.failed
}

// event runs the function on one event.
func (s *Script) event(e merge.ScriptEvent) (text, reasoning string, err error) {
	if len(e.Data) > maxData {
		return "", "", &Error{
			Name: s.name, Stopped: true,
			Message: fmt.Sprintf("event %d has %d bytes, more than a script may get", e.Seq, len(e.Data)),
		}
	}
	var result goja.Value
	err = s.run(func() (err error) {
		result, err = s.call(goja.Undefined(), s.object(e), s.state)
		return err
	})
	if err != nil {
		return "", "", err
	}
	err = s.run(func() (err error) {
		text, reasoning, err = s.texts(result)
		return err
	})
	return text, reasoning, err
}

// object returns the event as the script sees it.
func (s *Script) object(e merge.ScriptEvent) *goja.Object {
	o := s.vm.CreateObject(s.proto)
	set(o, "seq", e.Seq)
	set(o, "dir", e.Dir.String())
	set(o, "t", float64(e.At)/float64(time.Millisecond))
	set(o, "type", e.Type)
	set(o, "id", e.ID)
	set(o, "data", e.Data)
	return o
}

// texts reads what the function returned.
func (s *Script) texts(v goja.Value) (text, reasoning string, err error) {
	if o, ok := v.(*goja.Object); ok {
		if p, ok := o.Export().(*goja.Promise); ok {
			switch p.State() {
			case goja.PromiseStateRejected:
				return "", "", &Error{Name: s.name, Message: p.Result().String()}
			case goja.PromiseStatePending:
				return "", "", &Error{Name: s.name, Message: "the function returned a promise that nothing will keep"}
			}
			v = p.Result()
		}
	}
	pair, err := s.shape(goja.Undefined(), v)
	if err != nil {
		return "", "", err
	}
	o := pair.ToObject(s.vm)
	return o.Get("text").String(), o.Get("reasoning").String(), nil
}
