package merge_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/merge"
)

// selected merges one event by a JSONPath.
func selected(t *testing.T, doc, path string) string {
	t.Helper()
	s := stream{url: "https://h/", typ: "application/x-ndjson", body: doc + "\n"}
	r := s.merged(t, &merge.Options{Path: path})
	return r.Choices[0].Text
}

// TestPathsAreThoseOfRFC9535 goes through the standard, section by section. The
// text is what a path selects, one behind the other.
func TestPathsAreThoseOfRFC9535(t *testing.T) {
	const list = `{"a":["a","b","c","d","e","f","g"]}`
	const tree = `{"o":{"j j":{"k.k":"x"}},"'":{"@":"y"},"n":[5,{"v":6},[7,[8]]]}`
	const items = `{"l":[{"t":"a","n":1},{"t":"b","n":2.5},{"t":"c"},{"t":null,"n":"3"},{"t":"d","n":true}],"two":2}`
	for _, x := range []struct{ section, doc, path, want string }{
		{"2.2", `"root"`, "$", "root"},
		{"2.2", `17.50`, "$", "17.50"},
		{"2.3.1", tree, `$.o['j j']['k.k']`, "x"},
		{"2.3.1", tree, `$.o["j j"]["k.k"]`, "x"},
		{"2.3.1", tree, `$["'"]["@"]`, "y"},
		{"2.3.1", tree, `$['\'']['@']`, "y"},
		{"2.3.1", `{"é":"1","☺":"2","😀":"3"}`, `$.é`, "1"},
		{"2.3.1", `{"é":"1","☺":"2","😀":"3"}`, `$['\u263A']`, "2"},
		{"2.3.1", `{"é":"1","☺":"2","😀":"3"}`, `$["\uD83D\uDE00"]`, "3"},
		{"2.3.1", `{"A":"upper","a":"lower"}`, `$.A`, "upper"},
		{"2.3.1", `{"":"empty"}`, `$['']`, "empty"},
		{"2.3.2", `{"a":["x","y"]}`, `$.a[*]`, "xy"},
		{"2.3.2", `{"a":["x","y"]}`, `$.a.*`, "xy"},
		{"2.3.2", `{"a":["x",["y"]]}`, `$.a[*][*]`, "y"},
		{"2.3.3", list, `$.a[1]`, "b"},
		{"2.3.3", list, `$.a[-2]`, "f"},
		{"2.3.3", list, `$.a[7]`, ""},
		{"2.3.4", list, `$.a[1:3]`, "bc"},
		{"2.3.4", list, `$.a[5:]`, "fg"},
		{"2.3.4", list, `$.a[1:5:2]`, "bd"},
		{"2.3.4", list, `$.a[5:1:-2]`, "fd"},
		{"2.3.4", list, `$.a[::-1]`, "gfedcba"},
		{"2.3.4", list, `$.a[-2:]`, "fg"},
		{"2.3.4", list, `$.a[0:2:0]`, ""},
		{"2.3.5 existence", items, `$.l[?@.n].t`, "abd"},
		{"2.3.5 equality", items, `$.l[?@.n==1].t`, "a"},
		{"2.3.5 a number in another form", items, `$.l[?@.n==25e-1].t`, "b"},
		{"2.3.5 null", items, `$.l[?@.t==null].n`, "3"},
		{"2.3.5 order", items, `$.l[?@.n>1].t`, "b"},
		{"2.3.5 order", items, `$.l[?@.n<=2.5].t`, "ab"},
		{"2.3.5 difference", items, `$.l[?@.n!=1].t`, "bcd"},
		{"2.3.5 strings", items, `$.l[?@.t>='b'].t`, "bcd"},
		{"2.3.5 true", items, `$.l[?@.n==true].t`, "d"},
		{"2.3.5 not", items, `$.l[?!@.n].t`, "c"},
		{"2.3.5 and", items, `$.l[?@.n && @.t!='a'].t`, "bd"},
		{"2.3.5 or", items, `$.l[?@.t=='a' || @.t=='c'].t`, "ac"},
		{"2.3.5 precedence", items, `$.l[?@.t=='a' || @.t=='c' && @.n].t`, "a"},
		{"2.3.5 parentheses", items, `$.l[?(@.t=='a' || @.t=='c') && @.n].t`, "a"},
		{"2.3.5 the root", items, `$.l[?@.n<$.two].t`, "a"},
		{"2.3.5 what is not there", items, `$.l[?@.x==@.y].t`, "abcd"},
		{"2.4.4", items, `$.l[?length(@.t)==1].t`, "abcd"},
		{"2.4.5", `{"a":[{"b":[1,2],"c":"x"},{"b":[1],"c":"y"}]}`, `$.a[?count(@.b[*])==2].c`, "x"},
		{"2.4.6", items, `$.l[?match(@.t, '[ab]')].t`, "ab"},
		{"2.4.6", `{"a":["abc"]}`, `$.a[?match(@, 'b')]`, ""},
		{"2.4.7", `{"a":["abc","xyz"]}`, `$.a[?search(@, 'b')]`, "abc"},
		{"2.4.8", `{"a":[{"b":[9],"c":"x"},{"b":[9,9],"c":"y"}]}`, `$.a[?value(@.b[*])==9].c`, "x"},
		{"2.5.1", list, `$.a[0,2]`, "ac"},
		{"2.5.1", list, `$.a[0:2,5]`, "abf"},
		{"2.5.1", list, `$.a[0,0]`, "aa"},
		{"2.5.1", tree, `$.n[1]['v','w']`, "6"},
		{"2.5.2", tree, `$..v`, "6"},
		{"2.5.2", tree, `$.n[2]..[0]`, "78"},
		{"2.5.2", tree, `$..['k.k']`, "x"},
		{"2.6", `{"a":null,"b":"x"}`, `$.a`, ""},
		{"2.6", `{"a":null,"b":[null]}`, `$.b[?@==null]`, ""},
		{"numbers as they were sent", `{"id":9007199254740993,"x":1.50}`, `$['id','x']`, "90071992547409931.50"},
		{"truth", `{"a":[true,false]}`, `$.a[*]`, "truefalse"},
		{"what has no text", `{"a":[{"b":1},[2],"c"]}`, `$.a[*]`, "c"},
	} {
		if got := selected(t, x.doc, x.path); got != x.want {
			t.Errorf("RFC 9535 %s: %s in %s is %q, want %q", x.section, x.path, x.doc, got, x.want)
		}
	}
}

func TestWrongPathsAreRefused(t *testing.T) {
	for _, path := range []string{
		"a", "@.a", "$.", "$a", "$ ", " $", "$.a b", "$[", "$[']", "$[1", "$.a[01]", "$.a[-0]", "$.a[9007199254740992]",
		"$.a[?]", "$.a[?@.b=1]", "$.a[?@.b==]", "$.a[?(@.b]", "$.a[?@.b==@.*]", "$.a[?length(@.*)==1]", "$.a[?nope(@)]",
		"$.a[?count(1)==1]", "$.a[?match(@.b)]", "$.a[?1]", "$..", "$.&", `$["\x41"]`, `$['a"\']`, "$.1a",
	} {
		_, err := merge.Merge(stream{url: "https://h/", typ: "text/event-stream"}.transcript(t), &merge.Options{Path: path})
		var wrong *merge.PathError
		if !errors.As(err, &wrong) || wrong.Path != path || wrong.Hint() == "" {
			t.Errorf("%q: got %v, want a PathError", path, err)
		}
	}
}

func TestPathsMergeAnyStreamOfJSON(t *testing.T) {
	s := stream{url: "https://h/", typ: "text/event-stream", body: strings.Join([]string{
		`: hello`, `data: {"kind":"thought","delta":"Mm"}`, `data: {"kind":"out","delta":"Yes"}`,
		`data: {"kind":"ping"}`, `data: heartbeat`, `data: {"kind":"out","delta":"!"}`, `data: [DONE]`, "",
	}, "\n\n")}
	r := s.merged(t, &merge.Options{Path: `$[?@=='out']`})
	if got := r.Choices[0].Text; got != "outout" {
		t.Errorf("text is %q", got)
	}
	r = s.merged(t, &merge.Options{Path: "$.delta", ReasoningPath: "$.kind"})
	c := r.Choices[0]
	if c.Text != "MmYes!" || c.Reasoning != "thoughtoutpingout" || r.Format != merge.JSONPath || !r.Complete || r.Terminator != "[DONE]" {
		t.Errorf("got %+v", r)
	}
	r = s.merged(t, &merge.Options{Path: "$.delta"})
	if len(r.Notes) != 1 || r.Notes[0] != "the path selects something in 3 of 4 events; the first without is event 4" {
		t.Errorf("notes are %q", r.Notes)
	}
	talk := stream{url: "wss://h/", talk: []said{
		{by: 0, text: `{"t":"no"}`}, {by: 1, text: `{"t":"a"}`}, {by: 1, binary: true, text: `{"t":"b"}`},
	}}
	if r := talk.merged(t, &merge.Options{Path: "$.t"}); r.Choices[0].Text != "ab" {
		t.Errorf("of a socket: %+v", r.Choices)
	}
}
