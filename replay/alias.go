package replay

import "strings"

// replyWords are words that a server puts to the name by which the client knows
// a value: in_reply_to, request_seq, seqReply, refMsgId.
var replyWords = map[string]bool{
	"reply": true, "response": true, "request": true, "req": true, "ack": true, "ref": true, "re": true, "in": true,
	"to": true, "orig": true, "original": true, "correlation": true, "client": true, "replied": true, "acked": true,
	"acknowledges": true, "acknowledged": true,
}

// idNames are the names of a message's own id.
var idNames = []string{"id", "seq", "msgid", "msg_id", "messageid", "message_id", "mid", "ref", "uuid", "nonce"}

// aliases returns by which names the client may have sent a value that the
// server repeats under name, which is in lower case but for its words' borders.
func aliases(name string) []string {
	var rest []string
	found := false
	for _, w := range words(name) {
		if replyWords[w] {
			found = true
		} else {
			rest = append(rest, w)
		}
	}
	switch {
	case name == "receipt-id":
		return []string{"receipt"}
	case len(rest) > 0 && (rest[0] == "subscription" || rest[0] == "sub") && (len(rest) == 1 || len(rest) == 2 && rest[1] == "id"):
		return []string{"id"}
	case !found:
		return nil
	case len(rest) == 0, len(rest) == 1 && (rest[0] == "id" || rest[0] == "uuid"):
		return idNames
	}
	return []string{strings.Join(rest, ""), strings.Join(rest, "_")}
}

// words cuts a name at its separators and capitals.
func words(name string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(name[start:end]))
		}
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '_' || c == '-' || c == '.':
			cut(i)
			start = i + 1
		case c >= 'A' && c <= 'Z' && i > start && !(name[i-1] >= 'A' && name[i-1] <= 'Z'):
			cut(i)
			start = i
		}
	}
	cut(len(name))
	return out
}
