package merge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/eventstream"
	"github.com/wiretape/wiretape/capture/merge"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// load reads a stream from testdata. A .talk holds one message of a socket a
// line, behind ">" from the client, "<" from the server, "~" from the server in
// a binary frame. A .events holds one message of Amazon's binary event stream a
// line: its type, a tab, its payload; "!" marks an exception.
func load(t testing.TB, name string) stream {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	s := stream{url: "https://llm.example/answer", body: string(data), cut: strings.Contains(name, "-cut")}
	switch filepath.Ext(name) {
	case ".sse":
		s.typ = "text/event-stream; charset=utf-8"
	case ".ndjson":
		s.typ = "application/x-ndjson"
	case ".json":
		s.typ, s.url = "application/json", "https://llm.example/v1beta/models/m:streamGenerateContent"
	case ".talk":
		s.body = ""
		for line := range strings.Lines(string(data)) {
			by := capture.Receive
			if line[0] == '>' {
				by = capture.Send
			}
			s.talk = append(s.talk, said{by: by, binary: line[0] == '~', text: strings.TrimSpace(line[2:])})
		}
	case ".events":
		s.typ, s.body = "application/vnd.amazon.eventstream", string(binaryStream(t, string(data)))
	}
	return s
}

func binaryStream(t testing.TB, lines string) (stream []byte) {
	t.Helper()
	for line := range strings.Lines(lines) {
		name, payload, _ := strings.Cut(strings.TrimSpace(line), "\t")
		headers := []eventstream.Header{
			eventstream.StringHeader(":message-type", "event"), eventstream.StringHeader(":event-type", name),
		}
		if exception, ok := strings.CutPrefix(name, "!"); ok {
			headers = []eventstream.Header{
				eventstream.StringHeader(":message-type", "exception"), eventstream.StringHeader(":exception-type", exception),
			}
		}
		var err error
		if stream, err = eventstream.AppendMessage(stream, &eventstream.Message{Headers: headers, Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	return stream
}

// streams are the streams in testdata.
func streams(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) != ".js" {
			names = append(names, e.Name())
		}
	}
	if len(names) < 40 {
		t.Fatalf("testdata holds %d streams", len(names))
	}
	return names
}

// printed returns a result as it is printed, indented.
func printed(t testing.TB, r *merge.Result) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryFormatMergesToWhatItSays(t *testing.T) {
	for _, name := range streams(t) {
		t.Run(name, func(t *testing.T) {
			got := printed(t, load(t, name).merged(t, nil))
			golden := filepath.Join("testdata", "golden", name+".json")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestHowTheBytesWereSplitChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range streams(t) {
		t.Run(name, func(t *testing.T) {
			s := load(t, name)
			whole := printed(t, s.merged(t, nil))
			splits := [][]int{{1}, {2}, {3, 1}, {1024}}
			for range 20 {
				splits = append(splits, []int{1 + random.IntN(40), 1 + random.IntN(7), 1 + random.IntN(300)})
			}
			for _, sizes := range splits {
				if got := printed(t, s.merged(t, nil, sizes...)); got != whole {
					t.Fatalf("in runs of %v: -whole +split\n%s", sizes, cmp.Diff(whole, got))
				}
			}
		})
	}
}

// TestFollowingIsMerging adds the events of every stream one by one, and looks
// at the result each time.
func TestFollowingIsMerging(t *testing.T) {
	for _, name := range streams(t) {
		t.Run(name, func(t *testing.T) {
			s := load(t, name)
			tr := s.transcript(t, 7)
			follow := map[string]string{}
			m, err := merge.New(tr.Exchange(), &merge.Options{Delta: func(d merge.Delta) {
				if d.Kind == merge.Text || d.Kind == merge.Reasoning {
					follow[d.Kind.String()] += d.Text
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			switch tr.Exchange().Kind {
			case capture.KindWebSocket:
				for msg := range tr.Messages(1) {
					m.Message(msg)
					m.Result()
				}
			case capture.KindHTTP:
				if err := m.Read(tr); err != nil {
					t.Fatal(err)
				}
			default:
				for e := range tr.Events(1) {
					m.Event(e)
					m.Result()
				}
			}
			r := m.Result()
			if want, got := printed(t, s.merged(t, nil)), printed(t, r); want != got {
				t.Fatalf("-merged +followed\n%s", cmp.Diff(want, got))
			}
			if len(r.Choices) == 1 {
				if follow["text"] != r.Choices[0].Text || follow["reasoning"] != r.Choices[0].Reasoning {
					t.Errorf("the deltas make %q, the result is %q and %q", follow, r.Choices[0].Text, r.Choices[0].Reasoning)
				}
			}
		})
	}
}

func TestReadGoesOnWhereItStopped(t *testing.T) {
	for _, name := range []string{"anthropic-tools.sse", "ollama-chat.ndjson", "gemini-live.talk", "bedrock-converse.events"} {
		t.Run(name, func(t *testing.T) {
			s := load(t, name)
			want := printed(t, s.merged(t, nil))
			half := s
			half.open = true
			if half.talk != nil {
				half.talk = half.talk[:len(half.talk)/2]
			}
			half.body = half.body[:len(half.body)/2]
			tr := half.transcript(t)
			m, err := merge.New(tr.Exchange(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Read(tr); err != nil {
				t.Fatal(err)
			}
			if m.Result().Complete {
				t.Error("half a stream is complete")
			}
			for range 2 {
				if err := m.Read(s.transcript(t)); err != nil {
					t.Fatal(err)
				}
			}
			if got := printed(t, m.Result()); got != want {
				t.Errorf("-at once +in two halves\n%s", cmp.Diff(want, got))
			}
		})
	}
}

func TestAnythingElseIsAnErrorThatSaysSo(t *testing.T) {
	for name, s := range map[string]stream{
		"an event stream": {typ: "text/event-stream", body: "data: {\"hello\":1}\n\ndata: world\n\n"},
		"a page":          {typ: "text/html", body: "<p>hi"},
		"nothing":         {typ: "text/event-stream"},
		"a socket":        {talk: []said{{text: `{"id":"1"}`}, {text: "pong"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s.url = "https://h.example/"
			r, err := merge.Merge(s.transcript(t), nil)
			var unknown *merge.FormatError
			if !errors.As(err, &unknown) || unknown.Hint() == "" {
				t.Errorf("got %+v, %v, want a FormatError", r, err)
			}
		})
	}
}
