package merge

import (
	"net/url"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
)

// source is what is known of a stream before its first event.
type source struct {
	id      capture.ExchangeID
	kind    capture.Kind
	host    string // without the port, in lower case
	path    string
	essence string // of the response's media type
	ui      bool   // marked as a UI message stream
}

// sourceOf reads the heads of an exchange.
func sourceOf(ex *capture.Exchange) source {
	s := source{id: ex.ID, kind: ex.Kind}
	if u, err := url.Parse(ex.Request.URL); err == nil {
		s.host, s.path = strings.ToLower(u.Hostname()), u.Path
	}
	if r := ex.Response; r != nil {
		s.essence = content.ParseMediaType(capture.Get(r.Header, "Content-Type")).Essence
		s.ui = capture.Get(r.Header, "x-vercel-ai-ui-message-stream") != ""
	}
	return s
}

// format tells the format by transport and headers, or returns "".
func (s source) format() string {
	socket := s.kind == capture.KindWebSocket
	switch {
	case s.essence == "application/vnd.amazon.eventstream":
		return BedrockConverse
	case s.ui:
		return AISDK
	case socket && strings.HasSuffix(strings.TrimRight(s.path, "/"), "/realtime"):
		return OpenAIRealtime
	case socket && strings.Contains(s.path, "BidiGenerateContent"):
		return GeminiLive
	}
	return ""
}

// promised tells the format by the address alone. It serves streams that hold
// nothing but an error, or nothing at all.
func (s source) promised() string {
	for _, p := range [...]struct{ end, format string }{
		{"/chat/completions", OpenAIChat},
		{"/completions", OpenAICompletions},
		{"/responses", OpenAIResponses},
		{"/v1/messages", Anthropic},
		{":streamGenerateContent", Gemini},
		{":generateContent", Gemini},
		{"/interactions", GeminiInteractions},
		{"/api/chat", OllamaChat},
		{"/api/generate", OllamaGenerate},
		{"/v2/chat", CohereV2},
		{"/v1/chat", CohereV1},
		{"/conversations", MistralAgents},
	} {
		if strings.HasSuffix(s.path, p.end) {
			return p.format
		}
	}
	return ""
}

// signs are the members of an event that tell its format.
type signs struct {
	typ, eventType, object string
	has                    map[string]value
}

// signsOf collects the signs of an object.
func signsOf(v value) signs {
	s := signs{has: map[string]value{}}
	for name, f := range v.fields() {
		switch string(name) {
		case "type":
			s.typ = f.text()
		case "event_type":
			s.eventType = f.text()
		case "object":
			s.object = f.text()
		}
		if len(s.has) < maxExtra {
			s.has[string(name)] = f
		}
	}
	return s
}

// any reports whether the object has one of the members.
func (s signs) any(names ...string) bool {
	for _, n := range names {
		if s.has[n] != nil {
			return true
		}
	}
	return false
}

// shape tells the format by what the event looks like, or returns "". The first
// test that is true counts.
func (s source) shape(e *event) string {
	x := signsOf(e.json)
	socket := s.kind == capture.KindWebSocket
	switch {
	case isUIChunk(x.typ) && !socket:
		return AISDK
	case socket && strings.HasPrefix(x.typ, "session."):
		return OpenAIRealtime
	case socket && x.any("setup", "setupComplete", "serverContent", "clientContent", "realtimeInput"):
		return GeminiLive
	case strings.HasPrefix(x.eventType, "interaction.") || strings.HasPrefix(x.eventType, "step."):
		return GeminiInteractions
	case strings.HasPrefix(x.typ, "response.") && !e.sent:
		if socket && !x.any("sequence_number") {
			return OpenAIRealtime
		}
		return OpenAIResponses
	case x.object == "response":
		return OpenAIResponses
	case isAnthropic(x.typ) && !socket:
		return Anthropic
	case x.typ == "message" && x.any("content") && x.any("stop_reason"):
		return Anthropic
	case isCohere(x.typ):
		return CohereV2
	case isCohereV1(x.eventType):
		return CohereV1
	case strings.HasPrefix(x.typ, "conversation.response."), x.typ == "message.output.delta", x.typ == "function.call.delta":
		return MistralAgents
	}
	return s.objects(x, e)
}

// objects goes on with the formats whose events have no type.
func (s source) objects(x signs, e *event) string {
	switch {
	case strings.HasPrefix(x.object, "chat.completion"):
		return OpenAIChat
	case x.object == "text_completion":
		return OpenAICompletions
	case x.has["choices"].is('['):
		return choicesFormat(x)
	case x.any("candidates", "promptFeedback", "usageMetadata"):
		return Gemini
	case x.any("done") && x.has["message"].is('{'):
		return OllamaChat
	case x.any("done") && x.has["response"].is('"'):
		return OllamaGenerate
	case s.kind == capture.KindNDJSON && x.has["status"].is('"'):
		return OllamaProgress
	case strings.HasPrefix(e.name, "thread."):
		return OpenAIAssistants
	}
	return ""
}

// choicesFormat tells chat from the older completions. An object without any
// choice, as Azure sends it first, tells neither; but then only chat has one.
func choicesFormat(x signs) string {
	for c := range x.has["choices"].elements() {
		if c.get("text") != nil && c.get("delta") == nil && c.get("message") == nil {
			return OpenAICompletions
		}
	}
	return OpenAIChat
}

// isUIChunk reports whether a UI message stream has chunks of this type.
func isUIChunk(typ string) bool {
	switch typ {
	case "start", "start-step", "text-start", "text-delta", "reasoning-start", "reasoning-delta", "finish", "finish-step":
		return true
	}
	return strings.HasPrefix(typ, "tool-input-") || strings.HasPrefix(typ, "tool-output-") || strings.HasPrefix(typ, "data-")
}

// isAnthropic reports whether Anthropic has events of this type, with
// underscores.
func isAnthropic(typ string) bool {
	switch typ {
	case "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
		"message_stop", "ping":
		return true
	}
	return false
}

// isCohere reports whether Cohere's version 2 has events of this type, with
// hyphens.
func isCohere(typ string) bool {
	switch typ {
	case "message-start", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start",
		"tool-call-delta", "tool-call-end", "citation-start", "citation-end", "message-end":
		return true
	}
	return false
}

// isCohereV1 reports whether Cohere's version 1 has events of this type.
func isCohereV1(eventType string) bool {
	switch eventType {
	case "stream-start", "search-queries-generation", "search-results", "text-generation", "citation-generation",
		"tool-calls-generation", "tool-calls-chunk", "stream-end":
		return true
	}
	return false
}
