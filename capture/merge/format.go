package merge

import "slices"

// The formats that Merge knows, as Result.Format and Options.Format have them.
const (
	OpenAIChat         = "openai-chat"        // chat completions of OpenAI, Azure and all that are compatible
	OpenAICompletions  = "openai-completions" // the older completions, with choices[].text
	OpenAIResponses    = "openai-responses"
	OpenAIRealtime     = "openai-realtime"
	OpenAIAssistants   = "openai-assistants"
	Anthropic          = "anthropic"
	Gemini             = "gemini"
	GeminiLive         = "gemini-live"
	GeminiInteractions = "gemini-interactions"
	OllamaChat         = "ollama-chat"
	OllamaGenerate     = "ollama-generate"
	OllamaProgress     = "ollama-progress" // of pull, push and create
	MistralAgents      = "mistral-conversations"
	CohereV1           = "cohere-v1"
	CohereV2           = "cohere-v2"
	BedrockConverse    = "bedrock-converse"
	BedrockInvoke      = "bedrock-invoke" // followed by a slash and the format inside, where it is known
	AISDK              = "ai-sdk-ui"      // the Vercel AI SDK's UI message stream
	PlainText          = "text"           // the body is the text
	JSONPath           = "jsonpath"       // by Options.Path
	Scripted           = "script"         // by Options.Script
)

// Formats returns the formats that Options.Format can name.
func Formats() []string {
	return []string{
		OpenAIChat, OpenAICompletions, OpenAIResponses, OpenAIRealtime, OpenAIAssistants, Anthropic,
		Gemini, GeminiLive, GeminiInteractions, OllamaChat, OllamaGenerate, OllamaProgress, MistralAgents,
		CohereV1, CohereV2, BedrockConverse, BedrockInvoke, AISDK, PlainText,
	}
}

// newAccumulator returns an accumulator for a format of Formats, or nil.
func newAccumulator(format string) accumulator {
	switch format {
	case OpenAIChat, OpenAICompletions:
		return &chat{}
	case OpenAIResponses:
		return &responses{}
	case OpenAIRealtime:
		return &realtime{}
	case OpenAIAssistants:
		return &assistants{}
	case Anthropic:
		return &anthropic{}
	case Gemini:
		return &gemini{}
	case GeminiLive:
		return &geminiLive{}
	case GeminiInteractions:
		return &interactions{}
	case OllamaChat, OllamaGenerate, OllamaProgress:
		return &ollama{}
	case MistralAgents:
		return &mistralAgents{}
	case CohereV1:
		return &cohereV1{}
	case CohereV2:
		return &cohereV2{}
	case BedrockConverse, BedrockInvoke:
		return &bedrock{}
	case AISDK:
		return &uiStream{}
	case PlainText:
		return plainText{}
	}
	return nil
}

// plainText takes what comes as it comes.
type plainText struct{}

func (plainText) takesAll() {}

func (plainText) add(d *draft, e *event) {
	d.atEOF = true
	if c := d.choice(0); c != nil {
		c.part(d, key{}).addText(d, string(e.data))
	}
}

// isFormat reports whether Options.Format can name it.
func isFormat(name string) bool { return slices.Contains(Formats(), name) }
