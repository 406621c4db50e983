package merge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/merge"
)

// named returns an event stream of events whose names are the types in them.
func named(events ...string) stream {
	var b strings.Builder
	for _, e := range events {
		name := ""
		if _, rest, ok := strings.Cut(e, `"type":"`); ok {
			name, _, _ = strings.Cut(rest, `"`)
		}
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", name, e)
	}
	return stream{url: "https://h/", typ: "text/event-stream", body: b.String()}
}

// socketOf returns a socket on which the server says this.
func socketOf(url string, messages ...string) stream {
	s := stream{url: url}
	for _, m := range messages {
		s.talk = append(s.talk, said{by: 1, text: m})
	}
	return s
}

// brief returns what a result says in a line: answers one behind the other,
// each with its parts behind their names.
func brief(r *merge.Result) string {
	var b strings.Builder
	for _, c := range r.Choices {
		if b.Len() > 0 {
			b.WriteString(" / ")
		}
		b.WriteString(c.Text)
		if c.Reasoning != "" {
			fmt.Fprintf(&b, " reasoning=%s", c.Reasoning)
		}
		for _, t := range c.Thoughts {
			if t.Signature+t.Data != "" {
				fmt.Fprintf(&b, " signed=%s", t.Signature+t.Data)
			}
		}
		for _, t := range c.ToolCalls {
			fmt.Fprintf(&b, " %s:%s(%s)", t.Type, t.Name, t.Arguments)
			if t.Output != nil {
				fmt.Fprintf(&b, "=%s", t.Output)
			}
		}
		if c.Audio != nil {
			fmt.Fprintf(&b, " audio=%s,%x", c.Audio.Transcript, c.Audio.Bytes)
		}
		for _, m := range c.Media {
			fmt.Fprintf(&b, " media=%s,%s%s", m.MIME, m.Bytes, m.URL)
		}
		if n := len(c.Citations); n > 0 {
			fmt.Fprintf(&b, " citations=%d", n)
		}
		if c.FinishReason != "" {
			fmt.Fprintf(&b, " finish=%s", c.FinishReason)
		}
	}
	if r.Error != nil {
		fmt.Fprintf(&b, " error=%s", r.Error)
	}
	if len(r.Notes) > 0 {
		fmt.Fprintf(&b, " notes=%q", r.Notes)
	}
	return b.String()
}

// TestCornersOfTheFormats goes where the streams in testdata do not.
func TestCornersOfTheFormats(t *testing.T) {
	for name, x := range map[string]struct {
		s    stream
		want string
	}{
		"chat: an event called error": {
			stream{url: "https://h/", typ: "text/event-stream", body: "data: " + chunk(`{"content":"a"}`) + "\n\nevent: error\ndata: {\"error\":{\"message\":\"x\"}}\n\nevent: error\ndata: {\"detail\":1}\n\n"},
			`a error={"detail":1}`,
		},
		"chat: details alone": {
			events(chunk(`{"reasoning_details":[{"type":"reasoning.summary","summary":"S","index":0}]}`), chunk(`{"reasoning_details":[{"type":"reasoning.text","text":"T","index":1}]}`)),
			" reasoning=ST",
		},
		"chat: a list of chunks": {
			events(chunk(`{"content":[{"type":"thinking","thinking":"hm"},{"type":"image_url","image_url":"data:x"},{"type":"image_url","image_url":{"url":"data:y"}},{"type":"new"}]}`)),
			" reasoning=hm media=,data:x media=,data:y",
		},
		"chat: pictures":               {events(chunk(`{"images":[{"image_url":{"url":"data:z"}}]}`)), " media=,data:z"},
		"chat: arguments as an object": {events(chunk(`{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x": 1.0}}}]}`)), ` function:f({"x": 1.0})`},
		"chat: a call without an index goes on": {
			events(chunk(`{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]}`), chunk(`{"tool_calls":[{"function":{"arguments":"}"}}]}`), chunk(`{"tool_calls":[{"id":"a","function":{"arguments":" "}}]}`)),
			` function:f({} )`,
		},
		"chat: an id that changes within a call": {
			events(chunk(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}`), chunk(`{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"}"}}]}`)),
			` function:f({})`,
		},
		"chat: audio that is not base64": {events(chunk(`{"audio":{"data":"!!!!"}}`)), ` audio=, notes=["audio is not base64"]`},
		"completions before chat":        {events(`{"choices":[{"text":"a","index":0}]}`), "a"},

		"responses: one after the other": {
			socketOf("wss://h/v1/responses",
				`{"type":"response.created","sequence_number":0,"response":{"id":"r1","status":"in_progress"}}`,
				`{"type":"response.output_text.delta","sequence_number":1,"output_index":0,"content_index":0,"delta":"a"}`,
				`{"type":"response.completed","sequence_number":2,"response":{"id":"r1","status":"completed","output":[]}}`,
				`{"type":"response.created","sequence_number":0,"response":{"id":"r2","status":"in_progress"}}`,
				`{"type":"response.output_text.delta","sequence_number":1,"output_index":0,"content_index":0,"delta":"b"}`),
			"a finish=completed / b",
		},
		"responses: a picture": {
			named(`{"type":"response.output_item.done","output_index":0,"item":{"id":"i","type":"image_generation_call","result":"cGlj","output_format":"webp"}}`,
				`{"type":"response.completed","response":{"status":"completed","output":[{"id":"i","type":"image_generation_call","result":"cGlj"}]}}`),
			" media=image/webp,pic finish=completed",
		},
		"responses: an event called error": {named(`{"type":"response.created","response":{"id":"r"}}`, `{"type":"error","code":"x","message":"y"}`), ` error={"type":"error","code":"x","message":"y"}`},
		"responses: done without deltas":   {named(`{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"all"}`, `{"type":"response.audio.delta","delta":"AAE="}`, `{"type":"response.audio.transcript.delta","delta":"hm"}`), "all audio=hm,0001"},
		"responses: too many commands":     {named(`{"type":"response.shell_call_command.added","output_index":0,"command_index":9999,"command":"x"}`), " shell_call:()"},
		"responses: what is listed":        {named(`{"type":"response.output_item.done","output_index":0,"item":{"type":"mcp_list_tools","tools":[]}}`, `{"type":"response.output_item.done","output_index":1,"item":{}}`), ""},

		"realtime: an error":        {socketOf("wss://h/v1/realtime?model=m", `{"type":"error","error":{"message":"x"}}`), ` error={"message":"x"}`},
		"realtime: no deltas":       {socketOf("wss://h/", `{"type":"session.created","session":{}}`, `{"type":"conversation.item.input_audio_transcription.completed","transcript":"q"}`, `{"type":"response.done","response":{"id":"r","status":"failed","status_details":{"error":{"code":"c"}},"output":[{"type":"message","role":"assistant","content":[{"type":"output_audio","transcript":"said"},{"type":"output_text","text":"t"}]}]}}`), `t audio=said, finish=failed error={"code":"c"}`},
		"realtime: said at the end": {socketOf("wss://h/v1/realtime/", `{"type":"response.output_audio_transcript.done","response_id":"r","transcript":"late"}`, `{"type":"response.text.done","response_id":"r","text":"x"}`, `{"type":"rate_limits.updated","rate_limits":[]}`), "x audio=late,"},

		"anthropic: two messages": {
			named(`{"type":"message_start","message":{"id":"a","role":"assistant"}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`, `{"type":"message_stop"}`,
				`{"type":"message_start","message":{"id":"b","role":"assistant"}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"b"}}`, `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}`),
			"a /  reasoning=b tool_use:({})",
		},
		"anthropic: deltas of other blocks": {
			named(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"pre","citations":[{"a":1}]}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"no"}}`,
				`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"no"}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"no"}}`,
				`{"type":"content_block_delta","index":9,"delta":{"type":"new_delta"}}`, `{"type":"content_block_delta","index":1,"delta":{"type":"compaction_delta","content":"x"}}`),
			"pre citations=1",
		},
		"anthropic: input with the start": {named(`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}`), ` tool_use:f({"a":1})`},
		"anthropic: a strange block":      {named(`{"type":"content_block_start","index":0,"content_block":{"type":"container_upload","file_id":"f"}}`), ""},

		"gemini: the file's address": {events(`{"candidates":[{"content":{"parts":[{"fileData":{"mimeType":"a/b","fileUri":"gs://x"}},{"inlineData":{"mimeType":"audio/wav","data":"AAE="}},{"toolCall":{}}]}}]}`), " audio=,0001 media=a/b,gs://x"},
		"gemini: an error":           {events(`{"candidates":[]}`, `{"error":{"code":503}}`), ` error={"code":503}`},
		"gemini: paths that lead astray": {
			events(`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$..x","stringValue":"a"},{"jsonPath":"$.l[5]","numberValue":1},{"jsonPath":"$.s","stringValue":"a"},{"jsonPath":"$.s.t","numberValue":1},{"jsonPath":"$[0]","numberValue":1},{"jsonPath":"$.ok","boolValue":false},{"jsonPath":"$","willContinue":true},{"jsonPath":"x"}]}}]}}]}`),
			` functionCall:f({"l":{},"s":"a","ok":false}) notes=["tool call 0: path \"$..x\" leads to more than one place" "tool call 0: $.l[5] leads nowhere" "tool call 0: $.s.t leads nowhere" "tool call 0: $[0] leads nowhere" "tool call 0: path \"x\": jsonpath: unexpected identifier at position 1"]`,
		},
		"gemini live: an error": {socketOf("wss://h/BidiGenerateContent", `{"error":{"code":1}}`, `{"goAway":{"timeLeft":"9s"}}`), ` error={"code":1}`},

		"interactions: steps at the end": {
			events(`{"event_type":"interaction.completed","interaction":{"id":"i","status":"completed","steps":[{"type":"thought","summary":[{"type":"text","text":"S"}],"signature":"sg"},{"type":"model_output","content":[{"type":"text","text":"T","annotations":[{}]},{"type":"image","mime_type":"image/png","data":"cGlj"},{"type":"audio","mime_type":"audio/l16","data":"AAE="}]},{"type":"google_search_call","id":"g","arguments":{"queries":["q"]}},{"type":"google_search_result","call_id":"g","result":[1]}]}}`),
			`T reasoning=S signed=sg google_search_call:({"queries":["q"]})=[1] audio=,0001 media=image/png,pic citations=1 finish=completed`,
		},
		"interactions: an error": {events(`{"event_type":"step.delta","index":0,"delta":{"type":"arguments_delta","arguments":"{}"}}`, `{"event_type":"error","error":{"message":"x"}}`), ` function_call:({}) error={"message":"x"}`},

		"ollama: pictures and probabilities": {stream{url: "https://h/", typ: "application/x-ndjson", body: `{"message":{"content":"a","images":["cGlj"],"new":1},"logprobs":[{"token":"a"}],"tool_calls":[{"function":{"name":"f","arguments":{}}}],"done":false}`}, "a function:f({}) media=,pic"},
		"mistral: chunks": {
			named(`{"type":"message.output.delta","output_index":0,"content_index":0,"role":"assistant","content":{"type":"text","text":"a"}}`, `{"type":"message.output.delta","output_index":0,"content_index":1,"content":{"type":"thinking","thinking":[{"type":"text","text":"t"}]}}`,
				`{"type":"message.output.delta","output_index":0,"content_index":2,"content":{"type":"thinking","thinking":"u"}}`, `{"type":"message.output.delta","output_index":0,"content_index":3,"content":{"type":"image_url","image_url":{"url":"x"}}}`,
				`{"type":"message.output.delta","output_index":0,"content_index":3,"content":{"type":"image_url","image_url":"y"}}`, `{"type":"message.output.delta","output_index":0,"content_index":4,"content":{"type":"tool_file","file_id":"f"}}`,
				`{"type":"agent.handoff.started","id":"h"}`, `{"type":"conversation.response.error","message":"m","code":1}`),
			`a reasoning=tu media=,x media=,y error={"type":"conversation.response.error","message":"m","code":1}`,
		},
		"cohere: an error": {named(`{"type":"message-start","id":"c"}`, `{"type":"message-end","delta":{"finish_reason":"ERROR","error":"x"}}`), ` finish=ERROR error="x"`},
		"cohere 1: searches": {
			stream{url: "https://h/", typ: "application/x-ndjson", body: `{"event_type":"search-queries-generation","search_queries":[]}` + "\n" + `{"event_type":"search-results","documents":[1]}` + "\n" + `{"event_type":"tool-calls-generation","tool_calls":[{"name":"f","parameters":{"a":1}}]}`},
			` function:f({"a":1})`,
		},
		"ai sdk: a step that is tried again": {
			events(`{"type":"start"}`, `{"type":"text-delta","id":"0","delta":"kept "}`, `{"type":"start-step"}`, `{"type":"text-start","id":"0"}`, `{"type":"text-delta","id":"0","delta":"lost"}`, `{"type":"source-url","url":"x"}`, `{"type":"file","mediaType":"a/b","url":"x"}`,
				`{"type":"tool-input-start","toolCallId":"t","toolName":"f"}`, `{"type":"reset-step"}`, `{"type":"text-delta","id":"0","delta":"again"}`, `{"type":"finish","finishReason":"stop"}`),
			"kept again finish=stop",
		},
		"ai sdk: tools that fail": {
			events(`{"type":"tool-input-available","toolCallId":"a","toolName":"f","input":"text","dynamic":true}`, `{"type":"tool-output-error","toolCallId":"a","errorText":"e"}`,
				`{"type":"tool-input-error","toolCallId":"b","toolName":"g","input":{"x":1},"errorText":"bad"}`,
				`{"type":"tool-input-start","toolCallId":"c","toolName":"h","inputEncoding":"text"}`, `{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"a b"}`, `{"type":"tool-input-available","toolCallId":"c","toolName":"h","input":"a b"}`,
				`{"type":"tool-input-start","toolCallId":"d","toolName":"i"}`, `{"type":"tool-input-delta","toolCallId":"d","inputTextDelta":"{ \"y\": 1"}`, `{"type":"tool-input-available","toolCallId":"d","toolName":"i","input":{"y":1}}`,
				`{"type":"data-x","data":1}`, `{"type":"data-x","data":2}`, `{"type":"error","errorText":"boom"}`, `{"type":"abort"}`),
			` dynamic-tool:f("text")="e" tool:g({"x":1})="bad" tool:h(a b) tool:i({"y":1}) finish=abort error="boom" notes=["the answer was aborted"]`,
		},
		"assistants: code and pictures": {
			stream{url: "https://h/", typ: "text/event-stream", body: "event: thread.run.step.delta\ndata: {\"delta\":{\"step_details\":{\"tool_calls\":[{\"index\":0,\"type\":\"code_interpreter\",\"code_interpreter\":{\"input\":\"1+\"}}]}}}\n\n" +
				"event: thread.run.step.delta\ndata: {\"delta\":{\"step_details\":{\"tool_calls\":[{\"index\":0,\"code_interpreter\":{\"input\":\"1\",\"outputs\":[2]}}]}}}\n\n" +
				"event: thread.message.delta\ndata: {\"delta\":{\"content\":[{\"index\":0,\"type\":\"refusal\",\"refusal\":\"no\"},{\"index\":1,\"type\":\"image_file\"}]}}\n\nevent: error\ndata: {\"message\":\"x\"}\n\n"},
			` code_interpreter:(1+1)=[2] error={"message":"x"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := brief(x.s.merged(t, nil)); got != x.want {
				t.Errorf("got  %s\nwant %s", got, x.want)
			}
		})
	}
}
