package merge_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/merge"
)

// answer is what a vendor's client makes of a stream. What the client does not
// tell is nil.
type answer struct {
	Error   string
	ID      *string
	Model   *string
	Usage   map[string]any
	Choices []struct {
		Index                 int
		Role, Text, Reasoning *string
		Refusal, Finish       *string
		Logprobs              any
		Citations             *int
		Signatures            []string
		Audio                 *struct{ ID, Transcript string }
		Calls                 []call
	}
}

type call struct {
	ID, Name  string
	Arguments *string
	Input     any
}

// oracle is one vendor's client, and the streams it is given.
type oracle struct {
	driver, pkg string
	streams     string // a pattern
	// throws says what the client says of streams that it gives up; Merge goes
	// as far as they came.
	throws map[string]string
	// loses names what the client is known to lose: not compared.
	loses map[string][]string
}

var oracles = []oracle{
	{
		driver: "openai-chat", pkg: "openai", streams: "openai-chat-*.sse",
		throws: map[string]string{
			"openai-chat-cut.sse":    "missing finish_reason",
			"openai-chat-error.sse":  "The server had an error",
			"openai-chat-custom.sse": "missing choices[0].tool_calls[0].function.name", // and "select " is gone
		},
	},
	{driver: "openai-chat", pkg: "openai", streams: "deepseek.sse"},
	{driver: "openai-chat", pkg: "openai", streams: "openrouter.sse"},
	{driver: "openai-chat", pkg: "openai", streams: "groq.sse"},
	{driver: "openai-chat", pkg: "openai", streams: "azure.sse"},
	{driver: "openai-chat", pkg: "openai", streams: "kimi.sse"},
	// Three calls under one index: the client makes one of them, with {}{"k":2}.
	{driver: "openai-chat", pkg: "openai", streams: "one-index.sse", loses: map[string][]string{"one-index.sse": {"calls"}}},
	{
		driver: "openai-responses", pkg: "openai", streams: "openai-responses*.sse",
		throws: map[string]string{"openai-responses-shell.sse": "Unhandled response stream event"},
		loses: map[string][]string{
			"openai-responses-cut.sse":    {"finish"},    // the client says in_progress
			"openai-responses-failed.sse": {"reasoning"}, // the failed response replaces what came
		},
	},
	{
		driver: "anthropic", pkg: "@anthropic-ai/sdk", streams: "anthropic*.sse",
		throws: map[string]string{
			"anthropic-cut.sse":      "stream ended without producing a Message",
			"anthropic-error.sse":    "overloaded_error",
			"anthropic-nameless.sse": "request ended without sending any chunks",
		},
	},
	{driver: "gemini", pkg: "@google/genai", streams: "gemini.sse"},
	{driver: "gemini", pkg: "@google/genai", streams: "gemini-two.sse"},
	{driver: "gemini", pkg: "@google/genai", streams: "gemini-blocked.sse"},
	{driver: "interactions", pkg: "@google/genai", streams: "gemini-interactions.sse"},
	{
		driver: "ollama", pkg: "ollama", streams: "ollama-[cge]*.ndjson",
		throws: map[string]string{"ollama-error.ndjson": "CUDA error"},
	},
	{driver: "ai-sdk", pkg: "ai", streams: "ai-sdk.sse"},
	{driver: "mistral", pkg: "@mistralai/mistralai", streams: "mistral-*.sse"},
	{driver: "cohere", pkg: "cohere-ai", streams: "cohere-v2.sse"},
	{
		driver: "bedrock", pkg: "@aws-sdk/client-bedrock-runtime", streams: "bedrock-*.events",
		throws: map[string]string{"bedrock-exception.events": "Too many tokens, please wait"},
	},
	{driver: "cohere-v1", pkg: "cohere-ai", streams: "cohere-v1.ndjson"},
}

func TestResultsAreThoseOfTheVendorsClients(t *testing.T) {
	dir := os.Getenv("WIRETAPE_NPM")
	for _, o := range oracles {
		t.Run(o.driver+"/"+o.streams, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(dir, "node_modules", o.pkg)); dir == "" || err != nil {
				t.Skip("skipped: needs npm " + o.pkg + " (set WIRETAPE_NPM)")
			}
			files, err := filepath.Glob(filepath.Join("testdata", o.streams))
			if err != nil || len(files) == 0 {
				t.Fatalf("no streams: %v", err)
			}
			for name, want := range o.ask(t, files) {
				t.Run(name, func(t *testing.T) { o.compare(t, name, want) })
			}
		})
	}
}

// ask runs the client on the streams.
func (o oracle) ask(t *testing.T, files []string) map[string]answer {
	t.Helper()
	args := []string{filepath.Join("testdata", "oracle", o.driver+".mjs")}
	for _, f := range files {
		path := filepath.Join(t.TempDir(), filepath.Base(f))
		if err := os.WriteFile(path, []byte(load(t, filepath.Base(f)).body), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.Command("node", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	var all map[string]answer
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(all) != len(files) {
		t.Fatalf("%d answers to %d streams", len(all), len(files))
	}
	return all
}

func (o oracle) compare(t *testing.T, name string, want answer) {
	got := load(t, name).merged(t, nil)
	if reason, ok := o.throws[name]; ok {
		if !strings.Contains(want.Error, reason) {
			t.Errorf("the client says %q, want %q", want.Error, reason)
		}
		return
	}
	if want.Error != "" {
		t.Fatalf("the client gives up: %s", want.Error)
	}
	lost := map[string]bool{}
	for _, what := range o.loses[name] {
		lost[what] = true
	}
	same := func(what string, want *string, got string) {
		if want != nil && !lost[what] && *want != got {
			t.Errorf("%s: the client says %q, the merge %q", what, *want, got)
		}
	}
	same("id", want.ID, got.ID)
	same("model", want.Model, got.Model)
	if want.Usage != nil {
		compareUsage(t, want.Usage, got.Usage)
	}
	if len(want.Choices) != len(got.Choices) {
		t.Fatalf("%d choices, the merge has %d", len(want.Choices), len(got.Choices))
	}
	for i, w := range want.Choices {
		g := got.Choices[i]
		same("role", w.Role, g.Role)
		same("text", w.Text, g.Text)
		same("reasoning", w.Reasoning, g.Reasoning)
		same("refusal", w.Refusal, g.Refusal)
		same("finish", w.Finish, g.FinishReason)
		if w.Citations != nil && *w.Citations != len(g.Citations) {
			t.Errorf("%d citations, the merge has %d", *w.Citations, len(g.Citations))
		}
		for n, s := range w.Signatures {
			if g.Thoughts[n].Signature+g.Thoughts[n].Data != s {
				t.Errorf("thought %d is signed %q, in the merge %q", n, s, g.Thoughts[n].Signature)
			}
		}
		if w.Audio != nil && (w.Audio.ID != g.Audio.ID || w.Audio.Transcript != g.Audio.Transcript) {
			t.Errorf("audio %v, in the merge %v", *w.Audio, *g.Audio)
		}
		if w.Logprobs != nil && !reflect.DeepEqual(map[string]any{"refusal": w.Logprobs}, loose(t, g.Logprobs)) {
			t.Errorf("logprobs %v, in the merge %s", w.Logprobs, g.Logprobs)
		}
		if w.Calls != nil && !lost["calls"] {
			compareCalls(t, w.Calls, g.ToolCalls)
		}
	}
}

// compareUsage checks that the merge has every counter of the client.
func compareUsage(t *testing.T, want map[string]any, got *merge.Usage) {
	t.Helper()
	if got == nil {
		t.Errorf("usage %v, the merge has none", want)
		return
	}
	raw, _ := loose(t, got.Raw).(map[string]any)
	for name, n := range want {
		if n != nil && !reflect.DeepEqual(raw[name], n) {
			t.Errorf("usage %s: %v, in the merge %v", name, n, raw[name])
		}
	}
}

// compareCalls compares the calls of the user's tools, and those of the
// vendor's that the client lists too.
func compareCalls(t *testing.T, want []call, got []merge.ToolCall) {
	t.Helper()
	if len(got) < len(want) {
		t.Errorf("%d calls, the merge has %d", len(want), len(got))
		return
	}
	for i, w := range want {
		g := got[i]
		if w.ID != g.ID || w.Name != g.Name {
			t.Errorf("call %d is %s %s, in the merge %s %s", i, w.ID, w.Name, g.ID, g.Name)
		}
		if w.Arguments != nil && *w.Arguments != g.Arguments {
			t.Errorf("call %d: arguments %q, in the merge %q", i, *w.Arguments, g.Arguments)
		}
		if w.Input != nil {
			if diff := cmp.Diff(w.Input, loose(t, g.Input)); diff != "" {
				t.Errorf("call %d: input -client +merge\n%s", i, diff)
			}
		}
	}
}

// loose decodes JSON as JavaScript does: all numbers are float64.
func loose(t *testing.T, raw json.RawMessage) (v any) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return v
}
