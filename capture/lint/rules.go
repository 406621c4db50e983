package lint

// The rules. Client behaviour is that of the versions named in docs/lint.md.
var (
	// The exchange.
	ruleStatus = Rule{
		"status", Error, "WHATWG HTML 9.2.3",
		"EventSource fails for good unless the status is 200; the vendors' SDKs throw for 400 and above",
	}
	ruleContentType = Rule{
		"content-type", Error, "WHATWG HTML 9.2.3",
		"EventSource fails for good unless the type is text/event-stream; fetch-based clients mostly do not look",
	}
	ruleCharset = Rule{
		"charset", Note, "WHATWG HTML 9.2.5",
		"event streams are UTF-8 whatever the header says: clients ignore the parameter",
	}
	ruleCut = Rule{
		"cut", Error, "RFC 9112 8",
		"clients report a network error; EventSource connects again, with Last-Event-ID where there was an id",
	}
	ruleLost = Rule{
		"not-recorded", Warning, "wiretape",
		"none: the bytes were forwarded; what is found around the gap may be the gap's doing",
	}
	ruleCoding = Rule{
		"content-coding", Error, "RFC 9110 8.4",
		"clients that undo the coding fail here",
	}

	// Event streams.
	ruleTail = Rule{
		"unterminated-tail", Error, "WHATWG HTML 9.2.6",
		"EventSource, openai-node 6 and @anthropic-ai/sdk throw the event away; openai-node 7 delivers it; @google/genai fails with \"Incomplete JSON segment at the end\"",
	}
	ruleNoData = Rule{
		"no-data", Warning, "WHATWG HTML 9.2.6",
		"EventSource dispatches nothing and says nothing; openai-node 6 fails, as it parses \"\" as JSON",
	}
	ruleNoField = Rule{
		"no-field", Error, "WHATWG HTML 9.2.6",
		"every client ignores the line, and says nothing",
	}
	ruleFieldName = Rule{
		"field-name", Error, "WHATWG HTML 9.2.6",
		"names are compared byte by byte: every client ignores the line, and says nothing",
	}
	ruleBOM = Rule{
		"bom", Error, "WHATWG HTML 9.2.5",
		"only the first of the stream is stripped: here it becomes part of the field's name, and the line is ignored; launchdarkly/eventsource and r3labs/sse trip over the first one too",
	}
	ruleUTF8 = Rule{
		"utf-8", Error, "WHATWG HTML 9.2.5",
		"clients show U+FFFD in its place",
	}
	ruleLineEnds = Rule{
		"line-ends", Warning, "@google/genai",
		"@google/genai wants both line ends between two events to be alike, and fails with a SyntaxError otherwise; the standard allows it",
	}
	ruleCR = Rule{
		"cr-line-ends", Note, "openai-go, anthropic-sdk-go",
		"openai-go and anthropic-sdk-go know no CR alone as a line end, and see one endless line; the standard allows it",
	}
	ruleRetry = Rule{
		"retry", Warning, "WHATWG HTML 9.2.6",
		"clients ignore the line and keep their reconnection time",
	}
	ruleID = Rule{
		"id", Warning, "WHATWG HTML 9.2.6",
		"clients ignore the line and keep the last event ID",
	}
	ruleLong = Rule{
		"long-event", Note, "tmaxmax/go-sse, r3labs/sse",
		"tmaxmax/go-sse and r3labs/sse fail with \"token too long\" beyond 64 KiB; the standard sets no limit",
	}
	ruleBuffered = Rule{
		"buffered", Warning, "wiretape",
		"every client gets all at once: something on the way collects the stream before it passes it on (X-Accel-Buffering: no, no gzip without flushing)",
	}

	// What the events of language models need.
	ruleSplitJSON = Rule{
		"split-json", Error, "openai-node, @google/genai",
		"lines of data are joined by a line feed: inside a JSON string that is an error for every client; @google/genai reads only the first line",
	}
	ruleJSON = Rule{
		"json", Error, "RFC 8259",
		"the vendors' SDKs throw, and the stream is over",
	}
	ruleEventName = Rule{
		"event-name", Error, "@anthropic-ai/sdk",
		"@anthropic-ai/sdk skips every event without a name, and fails with \"request ended without sending any chunks\"",
	}
	ruleDataFirst = Rule{
		"data-first", Error, "@google/genai",
		"@google/genai loses every event whose block does not begin with data:, and says nothing",
	}
	ruleTerminator = Rule{
		"terminator", Warning, "stream-formats",
		"openai-node accepts it if the finish reason came; @anthropic-ai/sdk and ollama-js throw",
	}
	ruleFinish = Rule{
		"finish-reason", Warning, "openai-node",
		"openai-node throws \"missing finish_reason\"; @anthropic-ai/sdk and ollama-js throw; @google/genai ends as if all were well",
	}
	ruleStreamError = Rule{
		"error-in-stream", Error, "the server",
		"the vendors' SDKs throw it as an error of the API, in the middle of the answer",
	}
	ruleArguments = Rule{
		"tool-arguments", Error, "RFC 8259",
		"the vendors' SDKs hand on the text as it is, or throw when it is parsed",
	}

	// Streams of JSON texts.
	ruleRecord = Rule{
		"record", Error, "RFC 8259",
		"ollama-js warns and goes on; most clients throw",
	}
	ruleRecordTail = Rule{
		"cut-record", Error, "RFC 8259",
		"clients that wait for the line end lose it; those that parse what is left throw",
	}
	ruleRecordLong = Rule{
		"long-record", Note, "ollama (Go)",
		"Ollama's own Go client reads lines of up to 8 MB",
	}
	ruleRecordType = Rule{
		"record-type", Note, "NDJSON 1.0",
		"clients that go by the type wait for the end and read one JSON text: they fail at the second",
	}
	ruleBinary = Rule{
		"event-stream-message", Error, "Smithy, Amazon Event Stream",
		"the AWS SDKs throw",
	}

	// Sockets.
	ruleHandshake = Rule{
		"handshake", Error, "RFC 6455 4",
		"browsers and ws refuse the connection",
	}
	ruleFrame = Rule{
		"frame", Error, "RFC 6455",
		"most clients and servers fail the connection with 1002",
	}
	ruleMask = Rule{
		"mask", Error, "RFC 6455 5.1",
		"the peer must fail the connection with 1002",
	}
	ruleText = Rule{
		"socket-utf-8", Error, "RFC 6455 8.1",
		"the peer must fail the connection with 1007; browsers and ws do",
	}
	ruleDeflate = Rule{
		"deflate", Error, "RFC 7692 7",
		"the peer fails the connection with 1002 or 1007; browsers and ws do",
	}
	ruleClose = Rule{
		"close-code", Error, "RFC 6455 7.4",
		"browsers and ws fail the connection with 1002 and report 1006 or 1002 instead",
	}
	ruleNoClose = Rule{
		"no-close", Warning, "RFC 6455 7.1.5",
		"clients report 1006, and most connect again",
	}
	ruleCloseAnswer = Rule{
		"close-unanswered", Note, "RFC 6455 5.5.1",
		"the side that closed waits until it gives up: ws after 30 s",
	}
	rulePing = Rule{
		"ping-unanswered", Error, "RFC 6455 5.5.2",
		"a peer that watches the connection by pings drops it",
	}
	ruleHeartbeat = Rule{
		"heartbeat-unanswered", Warning, "the protocol in the messages",
		"okx-api and its like terminate the connection two seconds after an unanswered ping",
	}
	ruleCutMessage = Rule{
		"cut-message", Error, "RFC 6455 5.4",
		"nothing of the message is delivered",
	}
)

// Rules returns all rules, in the order in which the manual has them.
func Rules() []Rule {
	return []Rule{
		ruleStatus, ruleContentType, ruleCharset, ruleCut, ruleLost, ruleCoding,
		ruleTail, ruleNoData, ruleNoField, ruleFieldName, ruleBOM, ruleUTF8, ruleLineEnds, ruleCR, ruleRetry, ruleID,
		ruleLong, ruleBuffered,
		ruleSplitJSON, ruleJSON, ruleEventName, ruleDataFirst, ruleTerminator, ruleFinish, ruleStreamError, ruleArguments,
		ruleRecord, ruleRecordTail, ruleRecordLong, ruleRecordType, ruleBinary,
		ruleHandshake, ruleFrame, ruleMask, ruleText, ruleDeflate, ruleClose, ruleNoClose, ruleCloseAnswer, rulePing,
		ruleHeartbeat, ruleCutMessage,
	}
}
