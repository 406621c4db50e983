package merge

import "encoding/json"

// Result is a merged answer.
type Result struct {
	Format  string   `json:"format"` // as in Formats; "" where nothing told it
	Model   string   `json:"model"`
	ID      string   `json:"id"`
	Choices []Choice `json:"choices"`
	Usage   *Usage   `json:"usage"`
	// Error is the error the stream itself told of, as it was sent.
	Error json.RawMessage `json:"error"`
	// Complete tells that the terminator of the format came, that no error did,
	// and that all that came could be merged.
	Complete bool `json:"complete"`
	// Terminator is what ended the answer: "[DONE]", the name of an event,
	// "done:true", or "eof" where nothing but the end of the stream did.
	Terminator string `json:"terminator"`
	// Extra holds the fields that have no place above, as they came last.
	Extra map[string]json.RawMessage `json:"extra"`
	// Notes says what could not be merged, and why.
	Notes []string `json:"notes,omitempty"`
}

// Choice is one answer of possibly several. A socket on which a model answers
// again and again has one Choice for each answer.
type Choice struct {
	Index        int               `json:"index"`
	ID           string            `json:"id,omitempty"` // where the answers of a socket have their own
	Role         string            `json:"role"`
	Text         string            `json:"text"`
	Reasoning    string            `json:"reasoning"`
	Refusal      string            `json:"refusal"`
	ToolCalls    []ToolCall        `json:"toolCalls"`
	Audio        *Audio            `json:"audio"`
	Citations    []json.RawMessage `json:"citations"`
	FinishReason string            `json:"finishReason"` // "" until it is known
	// Thoughts is the reasoning block by block, where the blocks have more to
	// them than their text.
	Thoughts []Thought       `json:"thoughts,omitempty"`
	Media    []Media         `json:"media,omitempty"`
	Logprobs json.RawMessage `json:"logprobs,omitempty"`
	Usage    *Usage          `json:"usage,omitempty"` // where the answers of a socket have their own
}

// ToolCall is one call of a tool that the model asks for, or that its vendor
// ran.
type ToolCall struct {
	Index int    `json:"index"`
	ID    string `json:"id"`
	Type  string `json:"type"` // in the vendor's words: "function", "tool_use", "mcp_call", …
	Name  string `json:"name"`
	// Arguments is what came, joined and otherwise untouched.
	Arguments string `json:"arguments"`
	// Input is Arguments as JSON; nil where they are free text, or not valid.
	Input     json.RawMessage `json:"input"`
	Output    json.RawMessage `json:"output"`              // what the vendor's own tool returned
	Signature string          `json:"signature,omitempty"` // the thought signature that must go back with the call
}

// Audio is spoken output.
type Audio struct {
	ID         string `json:"id"`
	Transcript string `json:"transcript"`
	Bytes      []byte `json:"bytes"`
	MIME       string `json:"mime"`
}

// Thought is one block of reasoning.
type Thought struct {
	Type      string `json:"type"` // in the vendor's words: "thinking", "redacted_thinking", "reasoning.encrypted", …
	Text      string `json:"text"`
	Signature string `json:"signature,omitempty"`
	Data      string `json:"data,omitempty"` // reasoning that only the vendor can read
}

// Media is an image, a file or the like.
type Media struct {
	MIME  string `json:"mime"`
	Bytes []byte `json:"bytes,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Usage counts tokens. A counter that the stream did not tell is "". Of each
// the last one counts, as servers repeat and correct them.
type Usage struct {
	Input     json.Number
	Output    json.Number
	Reasoning json.Number
	Cached    json.Number
	Total     json.Number
	Raw       json.RawMessage // all counters in the vendor's words
}

// usageJSON is Usage as it is printed: a counter that is not known is null.
type usageJSON struct {
	Input     *json.Number    `json:"input"`
	Output    *json.Number    `json:"output"`
	Reasoning *json.Number    `json:"reasoning"`
	Cached    *json.Number    `json:"cached"`
	Total     *json.Number    `json:"total"`
	Raw       json.RawMessage `json:"raw"`
}

// MarshalJSON prints a counter that is not known as null.
func (u Usage) MarshalJSON() ([]byte, error) {
	known := func(n *json.Number) *json.Number {
		if *n == "" {
			return nil
		}
		return n
	}
	return json.Marshal(usageJSON{
		known(&u.Input), known(&u.Output), known(&u.Reasoning), known(&u.Cached), known(&u.Total), u.Raw,
	})
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (u *Usage) UnmarshalJSON(p []byte) error {
	j := usageJSON{&u.Input, &u.Output, &u.Reasoning, &u.Cached, &u.Total, nil}
	if err := json.Unmarshal(p, &j); err != nil {
		return err
	}
	u.Raw = j.Raw
	return nil
}
