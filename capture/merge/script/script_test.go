package script_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/merge/script"
)

// run gives the data to a script, one event each, and returns all text and all
// reasoning.
func run(t *testing.T, source string, o *script.Options, data ...string) (text, reasoning string, err error) {
	t.Helper()
	s, err := script.New("rule.js", source, o)
	if err != nil {
		return "", "", err
	}
	for i, d := range data {
		x, y, err := s.Event(merge.ScriptEvent{Seq: uint64(i + 1), Dir: 1, At: 1500 * time.Microsecond, Type: "token", ID: "7", Data: d})
		if err != nil {
			return text, reasoning, err
		}
		text, reasoning = text+x, reasoning+y
	}
	return text, reasoning, nil
}

func TestFunctionMakesTextOfEvents(t *testing.T) {
	for name, x := range map[string]struct {
		source, text, reasoning string
	}{
		"called merge":          {`function other() {} function merge(e) { return e.data.toUpperCase() }`, "A|1B|2", ""},
		"the only one":          {`function anything(e) { return e.data[0] }`, "ab", ""},
		"an expression":         {`(e) => e.data[0]`, "ab", ""},
		"exported":              {`module.exports = function (e) { return e.data[0] }`, "ab", ""},
		"state":                 {`(e, s) => { s.n = (s.n || 0) + 1; return s.n + e.data[0] + ' ' }`, "1a 2b ", ""},
		"nothing":               {`(e) => {}`, "", ""},
		"null":                  {`(e) => null`, "", ""},
		"a number":              {`(e) => Number(e.data.split('|')[1])`, "12", ""},
		"text and reasoning":    {`(e) => ({text: e.data[0], reasoning: e.data[2]})`, "ab", "12"},
		"reasoning alone":       {`(e) => ({reasoning: e.data[2]})`, "", "12"},
		"an async function":     {`async (e) => e.data[0]`, "ab", ""},
		"what an event has":     {`(e, s) => s.once ? '' : (s.once = 1, [e.seq, e.dir, e.t, e.type, e.id].join())`, "1,receive,1.5,token,7", ""},
		"no JSON":               {`(e) => String(e.json)`, "undefinedundefined", ""},
		"characters, not bytes": {`(e) => atob('w7w=').length + btoa('\u00fc') + decodeURIComponent(escape(atob(' w7w ')))`, "2/A==ü2/A==ü", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text, reasoning, err := run(t, x.source, nil, "a|1", "b|2")
			if err != nil || text != x.text || reasoning != x.reasoning {
				t.Errorf("got %q, %q, %v, want %q, %q", text, reasoning, err, x.text, x.reasoning)
			}
		})
	}
}

func TestJSONIsParsedOnce(t *testing.T) {
	text, _, err := run(t, `(e) => e.json ? e.json.a.b : '?'`, nil, `{"a":{"b":"x"}}`, `{"a":{"b":"y"}}`, "z")
	if text != "xy?" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for name, x := range map[string]struct{ source, want string }{
		"syntax":           {"function merge(e) {\n  return e.data +\n}", "rule.js:3:1: SyntaxError: Unexpected token }"},
		"compiled":         {"function merge(e) {\n  let a; let a;\n}", "rule.js:2:14: SyntaxError: Identifier 'a' has already been declared"},
		"a name":           {"(e) => {\n  return  nowhere(e)\n}", "rule.js:2:18: ReferenceError: nowhere is not defined"},
		"in the open":      {"\n nowhere()", "rule.js:2:9: ReferenceError: nowhere is not defined"},
		"in a built-in":    {"(e) =>\n  JSON.parse('{')", "rule.js:2:13: SyntaxError"},
		"thrown":           {"(e) => {\n throw 'up' }", "rule.js:2:2: up"},
		"of a promise":     {"async (e) => { throw new TypeError('no') }", "rule.js: TypeError: no"},
		"a promise":        {"(e) => new Promise(() => {})", "rule.js: the function returned a promise that nothing will keep"},
		"a wrong result":   {"(e) => ({a: 1})", "rule.js: TypeError: the function returned object, want a string or {text, reasoning}"},
		"a list":           {"(e) => [1]", "rule.js: TypeError: the function returned an array, want a string or {text, reasoning}"},
		"no function":      {"let a = 1", "rule.js: no function (event, state): define one called merge"},
		"BigInt":           {"(e) =>\n  2n ** 99999999999n", "rule.js:2:3: BigInt is not available"},
		"BigInt deep down": {"class A { f() { return [{a: (x) => `${x} ${1n}`}] } }; () => 1", "rule.js:1:44: BigInt is not available"},
		"too long":         {"() => 1 //" + strings.Repeat("x", 300<<10), "rule.js: longer than 16384 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := run(t, x.source, nil, "data")
			var e *script.Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), x.want) || e.Hint() == "" {
				t.Errorf("got %v, want %s", err, x.want)
			}
		})
	}
}

// runaways must be stopped, whatever they hold on to.
var runaways = map[string]string{
	"an endless loop":          `for (;;) {}`,
	"an endless recursion":     `(function f() { f() })()`,
	"recursion by a built-in":  `(function f() { [1].map(f) })()`,
	"recursion by a getter":    `const o = { get x() { return this.x } }; o.x`,
	"endless promises":         `(function f() { Promise.resolve().then(f) })()`,
	"a growing list":           `const a = []; for (;;) a.push('x'.repeat(1000) + a.length)`,
	"a doubling string":        `let s = 'x'; for (;;) s += s`,
	"a doubling list":          `let a = [1]; for (;;) a = a.concat(a)`,
	"a doubling spread":        `let a = [1]; for (;;) a = [...a, ...a]`,
	"a long repetition":        `'x'.repeat(1e9)`,
	"padding":                  `'x'.padEnd(1e9)`,
	"a join of a sparse list":  `new Array(4294967295).join('xxxx')`,
	"a join of long strings":   `const s = 'x'.repeat(1e6); new Array(1e5).fill(s).join('')`,
	"a sparse list":            `const a = []; a[1790000001] = 1; a.indexOf(7)`,
	"a spread of a sparse one": `const a = []; a.length = 4294967295; [...a]`,
	"arguments without end":    `Math.max.apply(null, {length: 4294967295})`,
	"what looks like a list":   `Array.prototype.indexOf.call({length: 9007199254740991}, 1)`,
	"a list of a length":       `Array.from({length: 4294967295})`,
	"a buffer":                 `new ArrayBuffer(1e12)`,
	"bytes":                    `new Uint8Array(1e12)`,
	"replacing much":           `'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1e6))`,
	"replacing by itself":      `'x'.repeat(1e5).replace(/x/g, "$'")`,
	"backtracking":             `/^(?=a)(a+)+$/.test('a'.repeat(40) + 'b'); for (;;) {}`,
	"deep JSON":                `JSON.parse('['.repeat(1e6))`,
	"deep objects":             `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)`,
	"wide objects":             `let a = 1; for (let i = 0; i < 40; i++) a = [a, a]; JSON.stringify(a)`,
	"a deep list to text":      `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)`,
	"a deep list flattened":    `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity); for (;;) {}`,
	"a generator":              `[...(function* () { for (;;) yield 1 })()]`,
	"code that comes as text":  `new (function () {}).constructor('for (;;) {}')()`,
	"eval":                     `eval('1n << 99999999999n')`,
}

func TestRunawaysAreStopped(t *testing.T) {
	for name, code := range runaways {
		t.Run(name, func(t *testing.T) {
			o := &script.Options{Event: 100 * time.Millisecond, Memory: 64 << 20}
			for where, source := range map[string]string{
				"an event":  "(e) => { " + code + " }",
				"the start": code + "; () => 1",
			} {
				_, _, err := run(t, source, o, "data")
				var e *script.Error
				if !errors.As(err, &e) {
					t.Errorf("%s: got %v, want it to be stopped", where, err)
				}
			}
		})
	}
}

func TestMemoryIsWatched(t *testing.T) {
	runtime.GC() // what other tests left counts as the program's own
	o := &script.Options{Event: time.Minute, Total: time.Minute, Memory: 32 << 20}
	_, _, err := run(t, `(e, s) => { s.a = s.a || []; for (let i = 0; i < 1000; i++) s.a.push('x'.repeat(1000) + i) }`, o,
		make([]string, 1000)...)
	var e *script.Error
	if !errors.As(err, &e) || !e.Stopped || !strings.Contains(e.Message, "32 MiB") {
		t.Errorf("got %v, want it to be stopped for its memory", err)
	}
}

func TestTimeAddsUp(t *testing.T) {
	o := &script.Options{Event: time.Minute, Total: 50 * time.Millisecond}
	_, _, err := run(t, `(e) => { const end = Date.now() + 10; while (Date.now() < end); }`, o, make([]string, 100)...)
	var e *script.Error
	if !errors.As(err, &e) || !e.Stopped {
		t.Errorf("got %v, want it to be stopped", err)
	}
}

func TestStoppedScriptStaysStopped(t *testing.T) {
	s, err := script.New("rule.js", `(e) => { if (e.seq === 2) for (;;) {} return 'x' }`, &script.Options{Event: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	for i := range 3 {
		_, _, err := s.Event(merge.ScriptEvent{Seq: uint64(i + 1)})
		errs = append(errs, err)
	}
	if errs[0] != nil || errs[1] == nil || errs[2] != errs[1] {
		t.Errorf("got %v", errs)
	}
}

func TestThereIsNoWayOut(t *testing.T) {
	for _, name := range []string{
		"require", "process", "fetch", "XMLHttpRequest", "WebSocket", "setTimeout", "setInterval", "import",
		"Deno", "Bun", "eval", "Function", "BigInt", "load", "read", "print", "os", "std",
	} {
		if name == "import" {
			if _, err := script.New("rule.js", `(e) => import('fs')`, nil); err == nil {
				t.Error("import() compiles")
			}
			continue
		}
		text, _, err := run(t, fmt.Sprintf("(e) => typeof %s", name), nil, "")
		if text != "undefined" || err != nil {
			t.Errorf("%s is %s, %v", name, text, err)
		}
	}
	// A source map would be read from disk.
	if _, _, err := run(t, "(e) => 1\n//# sourceMappingURL=/nonexistent/map", nil, ""); err != nil {
		t.Errorf("a source map is looked for: %v", err)
	}
}

func TestLogIsBounded(t *testing.T) {
	var lines []string
	_, _, err := run(t, `(e) => { for (let i = 0; i < 5000; i++) console.log(i, 'x', {}) }`,
		&script.Options{Log: func(line string) { lines = append(lines, line) }}, "")
	if err != nil || len(lines) != 1000 || lines[1] != "1 x [object Object]" {
		t.Errorf("%d lines, the second %q, %v", len(lines), lines[1], err)
	}
}

func TestBuiltinsStillWork(t *testing.T) {
	for source, want := range map[string]string{
		`[3, 1, 2].sort().map((x) => x * 2).filter((x) => x > 2).concat([9]).join('-')`: "4-6-9",
		`'a-b-c'.replace(/-/g, '+').replace('a', '$&$&').replaceAll('+', '')`:           "aabc",
		`'ab'.repeat(2).padStart(6, '.').padEnd(8)`:                                     "..abab  ",
		`JSON.stringify({a: [1, {b: null}], c: 'é'}, null, 1).replace(/\s/g, '')`:       `{"a":[1,{"b":null}],"c":"é"}`,
		`JSON.parse('{"a":[1,2]}', (k, v) => Array.isArray(v) ? v.length : v).a`:        "2",
		`Array.from(new Set([1, 1, 2])).length + [...'héé'].length`:                     "5",
		`new Uint8Array([1, 2, 3]).length + Uint8Array.from(['1', '2'], Number)[1]`:     "5",
		`Math.max(...[1, 5, 2]) + Math.min.apply(null, [4, 3])`:                         "8",
		`Object.entries({a: 1, b: 2}).map(([k, v]) => k + v).join()`:                    "a1,b2",
		`'x1y22'.match(/\d+/g).join() + /(?<n>\d+)(?=y)/.exec('x1y').groups.n`:          "1,221",
		`[1, [2, [3, [4]]]].flat(Infinity).length`:                                      "4",
		`Reflect.apply(Math.max, null, [1, 2])`:                                         "2",
		`(() => { class A { #x = 1; get x() { return this.#x } } return new A().x })()`: "1",
	} {
		text, _, err := run(t, "(e) => "+source, nil, "")
		if err != nil || text != want {
			t.Errorf("%s is %q, %v, want %q", source, text, err, want)
		}
	}
}

// TestScriptsThatNestWithoutEnd are refused: the parser would use up the stack of
// the program, which nothing can stop, or all of an afternoon.
func TestScriptsThatNestWithoutEnd(t *testing.T) {
	for _, part := range []string{
		"(", "[", "f(", "a=>{", "`${", "!|1", "1+|1", "a?1:|2", "if(1)|;", "a=>|1", "()=>|1", "async()=>|1", "1**|1", "a?.|b", "l:|;", "for(;;)|;",
	} {
		t.Run(part, func(t *testing.T) {
			again, end, _ := strings.Cut(part, "|")
			source := "function merge(e,s){" + strings.Repeat(again, (15<<10)/len(again)) + end + "}"
			var refused *script.Error
			if _, err := script.New("rule.js", source, nil); !errors.As(err, &refused) {
				t.Errorf("%v", err)
			}
		})
	}
}
