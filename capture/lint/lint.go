package lint

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/transcript"
)

// Lint looks an exchange through and returns what is wrong, in the order of
// the places. An exchange that is still open is looked at as far as it is. The
// error is the tape's.
func Lint(t *transcript.Transcript) ([]Finding, error) {
	ex := t.Exchange()
	l := &linter{t: t, ex: ex}
	l.exchange()
	var err error
	switch {
	case ex.Kind == capture.KindWebSocket:
		err = l.socket()
	case ex.Response == nil:
	case ex.Kind == capture.KindSSE:
		err = l.stream()
	case ex.Kind == capture.KindNDJSON:
		err = l.records()
	case ex.Kind == capture.KindHTTP:
		err = l.body()
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(l.list, func(a, b Finding) int {
		return int(a.Where.Seq) - int(b.Where.Seq)
	})
	return l.list, nil
}

// linter looks through one exchange.
type linter struct {
	findings
	t  *transcript.Transcript
	ex *capture.Exchange
}

// media returns the type of the response.
func (l *linter) media() content.MediaType {
	return content.ParseMediaType(capture.Get(l.ex.Response.Header, "Content-Type"))
}

// exchange looks at the exchange as a whole.
func (l *linter) exchange() {
	ex := l.ex
	if ex.Lost.Gaps > 0 {
		l.add(&ruleLost, "", Where{}, "%d bytes were not recorded, in %d places", ex.Lost.Bytes, ex.Lost.Gaps)
	}
	if ex.Fault != "" {
		l.add(&ruleLost, "fault", Where{}, "the recording stopped before the exchange did: %s", quote(ex.Fault))
	}
	if ex.End == nil || ex.Response == nil || ex.Kind == capture.KindWebSocket || ex.Kind == capture.KindTunnel {
		return
	}
	switch ex.End.How {
	case capture.HowFIN:
		l.add(&ruleCut, "", Where{}, "the body is shorter than its head announced: the connection was closed by the %s", ex.End.By)
	case capture.HowReset:
		l.add(&ruleCut, "", Where{}, "the connection was reset inside the body, by the %s", ex.End.By)
	case capture.HowTimeout, capture.HowError:
		l.add(&ruleCut, "", Where{}, "the body ended with an error: %s", quote(ex.End.Err))
	}
}

// answer looks at what the events make together, if they are a language
// model's, and returns the format, or "".
func (l *linter) answer() string {
	r, err := merge.Merge(l.t, nil)
	if err != nil {
		return "" // no such stream; what else is wrong with it is found elsewhere
	}
	if r.Error != nil {
		l.add(&ruleStreamError, "", Where{}, "the stream tells of an error: %s", quote(string(r.Error)))
	}
	if l.ex.Open || r.Format == merge.PlainText || r.Format == "" {
		return r.Format
	}
	if want := terminator(r.Format); r.Terminator == "eof" && want != "" && r.Error == nil {
		l.add(&ruleTerminator, "", Where{}, "the stream ends without %s", want)
	}
	for _, c := range r.Choices {
		if c.FinishReason == "" && r.Error == nil && finishes(r.Format) {
			l.add(&ruleFinish, "", Where{}, "choice %d has no finish reason", c.Index)
		}
		for _, call := range c.ToolCalls {
			if call.Input == nil && call.Arguments != "" && jsonArguments(call.Type) {
				l.add(&ruleArguments, "", Where{}, "the arguments of tool call %d, %s, are not JSON: %s", call.Index, quote(call.Name), quote(call.Arguments))
			}
		}
	}
	return r.Format
}

// terminator returns what a stream of this format ends with, or "" where it is
// the end of the stream.
func terminator(format string) string {
	switch format {
	case merge.OpenAIChat, merge.OpenAICompletions, merge.OpenAIAssistants:
		return "[DONE]"
	case merge.OpenAIResponses:
		return "response.completed, response.failed or response.incomplete"
	case merge.Anthropic:
		return "message_stop"
	case merge.GeminiInteractions:
		return "interaction.completed"
	case merge.OllamaChat, merge.OllamaGenerate:
		return "done:true"
	case merge.OllamaProgress:
		return "the status success"
	case merge.MistralAgents:
		return "conversation.response.done"
	case merge.CohereV1:
		return "stream-end"
	case merge.CohereV2:
		return "message-end"
	case merge.AISDK:
		return "finish and [DONE]"
	}
	return ""
}

// finishes reports whether the answers of a format have a finish reason.
func finishes(format string) bool {
	switch format {
	case merge.MistralAgents, merge.OllamaProgress, merge.GeminiLive, merge.AISDK:
		return false
	}
	return !strings.HasPrefix(format, merge.BedrockInvoke)
}

// jsonArguments reports whether the arguments of a call of this type should be
// JSON.
func jsonArguments(typ string) bool {
	switch typ {
	case "custom", "custom_tool_call", "code_interpreter_call", "executableCode":
		return false
	}
	return true
}
