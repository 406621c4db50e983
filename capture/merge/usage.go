package merge

import (
	"bytes"
	"encoding/json"
)

// usage collects the counters of tokens. All vendors count the same things
// under other names.
type usage struct {
	Usage
	names []string // of the raw counters, in the order in which they came
	raw   map[string]json.RawMessage
}

// take reads an object of counters. Of each the last one that is not null
// counts.
func (u *usage) take(v value) {
	for name, f := range v.fields() {
		u.one(string(name), f)
	}
}

// one takes one counter.
func (u *usage) one(name string, v value) {
	if v.isNull() {
		return
	}
	u.count(name, v)
	old, known := u.raw[name]
	switch {
	case bytes.Equal(old, v), !known && len(u.names) >= maxExtra:
		return
	case u.raw == nil:
		u.raw = map[string]json.RawMessage{}
	}
	if !known {
		u.names = append(u.names, name)
	}
	u.raw[name] = v.raw()
}

// count takes one counter by the name that a vendor gave it.
func (u *usage) count(name string, v value) {
	switch name {
	case "prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count", "inputTokens",
		"total_input_tokens", "inputTokenCount", "prompt_token_count", "inputTextTokenCount":
		u.set(&u.Input, v)
	case "completion_tokens", "output_tokens", "candidatesTokenCount", "responseTokenCount", "eval_count",
		"outputTokens", "total_output_tokens", "outputTokenCount", "generation_token_count", "totalOutputTextTokenCount":
		u.set(&u.Output, v)
	case "total_tokens", "totalTokenCount", "totalTokens":
		u.set(&u.Total, v)
	case "cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount", "cacheReadInputTokens",
		"cachedInputTokens", "prompt_cache_hit_tokens", "total_cached_tokens", "cacheReadInputTokenCount",
		"cacheReadTokens":
		u.set(&u.Cached, v)
	case "reasoning_tokens", "thoughtsTokenCount", "reasoningTokens", "total_thought_tokens", "total_reasoning_tokens",
		"thinking_tokens":
		u.set(&u.Reasoning, v)
	case "prompt_tokens_details", "input_tokens_details", "input_token_details", "inputTokenDetails",
		"completion_tokens_details", "output_tokens_details", "output_token_details", "outputTokenDetails":
		u.details(v)
	case "tokens", "billed_units": // Cohere: what was billed stands in where nothing else was sent
		if name == "tokens" || u.Input == "" && u.Output == "" {
			u.set(&u.Input, v.get("input_tokens"))
			u.set(&u.Output, v.get("output_tokens"))
		}
	}
}

// details reads the counters inside another one that are counted apart.
func (u *usage) details(v value) {
	for name, f := range v.fields() {
		switch string(name) {
		case "cached_tokens", "cacheReadTokens":
			u.set(&u.Cached, f)
		case "reasoning_tokens", "reasoningTokens", "thinking_tokens":
			u.set(&u.Reasoning, f)
		}
	}
}

// set sets a counter to a number, as it was sent.
func (u *usage) set(counter *json.Number, v value) {
	if v.number() {
		*counter = json.Number(v)
	}
}

// result returns the counters, or nil where there are none.
func (u *usage) result() *Usage {
	if len(u.names) == 0 {
		return nil
	}
	r := u.Usage
	var b bytes.Buffer
	for i, name := range u.names {
		b.WriteByte("{,"[min(i, 1)])
		quoted, _ := json.Marshal(name) // a string: cannot fail
		b.Write(quoted)
		b.WriteByte(':')
		b.Write(u.raw[name])
	}
	b.WriteByte('}')
	r.Raw = b.Bytes()
	return &r
}
