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
		{"2.1.1 blanks", `{"a":{"b":["x","y"]}}`, "$ .a \n['b']\t[ 0 , 1 ]", "xy"},
		{"2.1.1 blanks", list, "$.a[ 1 : 5 : 2 ]", "bd"},
		{"2.1.1 blanks", items, "$.l[ ? @.t == 'a' || ( @.t == 'c' ) ].t", "ac"},
		{"2.1.1 blanks", items, "$.l[?length( @.t )==1].t", "abcd"},
		{"2.3.1 escapes", `{"\n":"1","/":"2","\"":"3","\\":"4"}`, `$['\n','\/','"','\\']`, "1234"},
		{"2.3.1 beyond ASCII", `{"\u0080":"1","\ud7ff":"2","\ue000":"3"}`, `$["\u0080","\uD7FF","\uE000"]`, "123"},
		{"2.3.1 of an array", `["x"]`, `$['0']`, ""},
		{"2.3.2 of a scalar", `"x"`, `$.*`, ""},
		{"2.3.3 of an object", `{"0":"x"}`, `$[0]`, ""},
		{"2.3.3 the largest", list, `$.a[9007199254740991]`, ""},
		{"2.3.3 below the first", list, `$.a[-8]`, ""},
		{"2.3.4 beyond the ends", list, `$.a[-100:100]`, "abcdefg"},
		{"2.3.4 backwards without an end", list, `$.a[3::-1]`, "dcba"},
		{"2.3.4 backwards without a start", list, `$.a[:3:-1]`, "gfe"},
		{"2.3.4 nothing", list, `$.a[3:3]`, ""},
		{"2.3.4 a large step", list, `$.a[::1000]`, "a"},
		{"2.3.4 of an object", `{"a":"x"}`, `$[0:1]`, ""},
		{"2.3.5 of an object", `{"a":{"v":1,"t":"x"},"b":{"v":2,"t":"y"}}`, `$[?@.v==2].t`, "y"},
		{"2.3.5 objects", `{"l":[{"o":{"a":1,"b":2},"t":"x"},{"o":{"b":2,"a":1},"t":"y"},{"o":{"a":1},"t":"z"}],"o":{"a":1,"b":2}}`, `$.l[?@.o==$.o].t`, "xy"},
		{"2.3.5 arrays", `{"l":[{"o":[1,2],"t":"x"},{"o":[2,1],"t":"y"}],"o":[1,2]}`, `$.l[?@.o==$.o].t`, "x"},
		{"2.3.5 other types", items, `$.l[?@.n=='3'].t`, ""},
		{"2.3.5 order of other types", `{"l":[{"v":true,"t":"x"},{"v":null,"t":"y"}]}`, `$.l[?@.v<=@.v].t`, "xy"},
		{"2.3.5 minus zero", `{"l":[{"v":-0,"t":"x"}]}`, `$.l[?@.v==0].t`, "x"},
		{"2.3.5 exponents", `{"l":[{"v":1e2,"t":"x"},{"v":1,"t":"y"}]}`, `$.l[?@.v==1E+2].t`, "x"},
		{"2.3.5 a null is there", `{"l":[{"v":null,"t":"x"},{"t":"y"}]}`, `$.l[?@.v].t`, "x"},
		{"2.3.5 inside each other", `{"l":[{"k":[{"v":1}],"t":"x"},{"k":[{"v":2}],"t":"y"}]}`, `$.l[?@.k[?@.v>1]].t`, "y"},
		{"2.3.5 order of code points", `{"l":["a","é","z","\ud83d\ude00"]}`, `$.l[?@>'z']`, "é😀"},
		{"2.4.4 of arrays and objects", `{"l":[{"v":[1,2],"t":"x"},{"v":{"a":1,"b":2},"t":"y"},{"v":12,"t":"z"}]}`, `$.l[?length(@.v)==2].t`, "xy"},
		{"2.4.4 characters, not bytes", `{"l":["😀é","ab"]}`, `$.l[?length(@)==2]`, "😀éab"},
		{"2.4.5 of nothing", items, `$.l[?count(@.x)==0].t`, "abcd"},
		{"2.4.6 all of it", `{"l":["ab","a\nb","xab"]}`, `$.l[?match(@, 'a.?b')]`, "ab"},
		{"2.4.6 classes", `{"l":["Ж1","a1","11"]}`, `$.l[?match(@, '\\p{L}1')]`, "Ж1a1"},
		{"2.4.6 of what is no text", `{"l":[1,"1"]}`, `$.l[?match(@, '1')]`, "1"},
		{"2.4.7 no anchors", `{"l":["x^","xa"]}`, `$.l[?search(@, '[.^]')]`, "x^"},
		{"2.4.8 of several", `{"l":[{"b":[9,9],"c":"x"}]}`, `$.l[?value(@.b[*])==9].c`, ""},
		{"2.5.1 several kinds", `{"a":["x",{"t":"y"}],"b":"z"}`, `$['b','a'][0,1]`, "x"},
		{"2.5.2 all", `{"a":{"b":"x"},"c":["y",["z"]]}`, `$..[0]`, "yz"},
		{"2.5.2 with a filter", `{"a":[{"t":"x","n":1},{"k":[{"t":"y","n":1}]}]}`, `$..[?@.n==1].t`, "xy"},
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
		"$.a[?length(@.a, @.b)==1]", "$.a[?count()==1]", "$.a[?match(@.b, 'x')==true]", "$.a[?!(@.b==1)==true]", "$.a[?@.b==1==1]",
		"$.a[?@.b===1]", "$.a[?@.b==01]", "$.a[?@.b==1.]", "$.a[?@.b=='a]", "$['\\uD800']", "$['\\x']", "$.a[1:2:3:4]", "$.a[1,]", "$.a.[0]",
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
