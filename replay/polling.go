package replay

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// source is a recorded exchange and, where that opened a session of Engine.IO
// over long polling, those that carried the session on.
type source struct {
	tr   *transcript.Transcript
	rest []*transcript.Transcript
}

// packetEnd stands between the packets of one body (Engine.IO 4, HTTP
// long-polling).
const packetEnd = "\x1e"

// enginePoll reports whether a URL is one of Engine.IO 4 that polls or goes on
// with what polling opened, and with which session.
func enginePoll(rawURL string) (sid string, polls, ok bool) {
	if !isEngine(rawURL) {
		return "", false, false
	}
	_, query := splitURL(rawURL)
	q, err := url.ParseQuery(query)
	if err != nil || q.Get("EIO") != "4" {
		return "", false, false
	}
	sid, polls = q.Get("sid"), q.Get("transport") == "polling"
	return sid, polls, polls || sid != ""
}

// gatherPolls takes the sessions of Engine.IO that polling opened out of the
// exchanges of a tape: each becomes one source, as every other exchange does.
func gatherPolls(list []*transcript.Transcript) (out []source, err error) {
	bySID := map[string]int{}
	for _, tr := range list {
		ex := tr.Exchange()
		sid, polls, ok := enginePoll(ex.Request.URL)
		switch {
		case !ok:
		case sid == "" && polls && ex.Request.Method == http.MethodGet && ex.Response != nil && ex.Response.Status == http.StatusOK:
			text, err := bodyText(tr, capture.Receive)
			if err != nil {
				return nil, err
			}
			if sid = sidIn(text); sid != "" {
				bySID[sid] = len(out)
			}
		case sid != "":
			if i, ok := bySID[sid]; ok {
				out[i].rest = append(out[i].rest, tr)
				continue
			}
		}
		out = append(out, source{tr: tr})
	}
	return out, nil
}

// sidIn returns the session of an open packet, "" for anything else.
func sidIn(packet string) string {
	if !strings.HasPrefix(packet, "0{") {
		return ""
	}
	_, after, _ := strings.Cut(packet, `"sid":"`)
	sid, _, ok := strings.Cut(after, `"`)
	if !ok {
		return ""
	}
	return sid
}

func bodyText(tr *transcript.Transcript, dir capture.Direction) (string, error) {
	r := tr.Body(dir)
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxRequestBody))
	if err != nil {
		return "", fmt.Errorf("read the body of exchange %d: %w", tr.Exchange().ID, err)
	}
	return string(data), nil
}

// loadPolled reads the messages of a session of Engine.IO, as if all had come
// over one WebSocket.
func loadPolled(s source, p *payload.Parser) (*recording, error) {
	ex := s.tr.Exchange()
	r := &recording{ex: ex, engine: true, polled: true, opened: ex.Response.At}
	var all []*capture.Message
	for _, tr := range append([]*transcript.Transcript{s.tr}, s.rest...) {
		list, err := carried(tr, tr.Exchange().Started.Sub(ex.Started))
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b *capture.Message) int { return int(a.At - b.At) })
	for i, m := range all {
		m.Seq = uint64(i + 1)
		r.add(m, p)
	}
	var err error
	r.end, err = polledEnd(s)
	return r, err
}

// polledEnd tells how the server ended a session: as the WebSocket ended that
// had taken over, with a close packet, or by breaking off.
func polledEnd(s source) (end ending, err error) {
	for _, tr := range s.rest {
		ex := tr.Exchange()
		since := ex.Started.Sub(s.tr.Exchange().Started)
		switch {
		case ex.End == nil:
			continue
		case ex.Kind == capture.KindWebSocket:
			end = ending{byServer: ex.End.By == capture.Server, at: since + ex.End.At, how: ex.End.How}
			if ex.End.Code != 0 {
				end.close = closePayload(ex.End.Code, ex.End.Reason)
			}
			return end, nil
		case ex.Request.Method != http.MethodGet:
			continue
		case ex.Response == nil || ex.Response.Status != http.StatusOK:
			end = ending{byServer: ex.End.By == capture.Server, at: since + ex.End.At, how: capture.HowFIN}
			continue
		}
		text, err := bodyText(tr, capture.Receive)
		if err != nil {
			return end, err
		}
		if slices.Contains(strings.Split(text, packetEnd), "1") {
			return ending{byServer: true, at: since + ex.Response.At, how: capture.HowClose, close: closePayload(1000, "")}, nil
		}
	}
	return end, nil
}

// carried returns what an exchange carried of a session that began before it by
// so much.
func carried(tr *transcript.Transcript, since time.Duration) (out []*capture.Message, err error) {
	ex := tr.Exchange()
	if ex.Kind == capture.KindWebSocket {
		for m, err := range tr.Messages(0) {
			if err != nil {
				return nil, fmt.Errorf("read the messages of exchange %d: %w", ex.ID, err)
			}
			if isData(m.Opcode) && !m.Incomplete && m.Lost == 0 && !(m.Opcode == capture.OpText && ofTransport(string(m.Data))) {
				c := *m
				c.At += since
				out = append(out, &c)
			}
		}
		return out, nil
	}
	for _, dir := range []capture.Direction{capture.Send, capture.Receive} {
		text, err := bodyText(tr, dir)
		if err != nil {
			return nil, err
		}
		at := since
		if dir == capture.Receive {
			if ex.Response == nil || ex.Response.Status != http.StatusOK || ex.Request.Method != http.MethodGet {
				continue
			}
			at += ex.Response.At
		}
		for packet := range strings.SplitSeq(text, packetEnd) {
			if packet == "" || ofTransport(packet) {
				continue
			}
			m := &capture.Message{Dir: dir, At: at, Opcode: capture.OpText, Data: []byte(packet)}
			if m.Opcode, m.Data, err = messageOf(packet); err == nil {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// ofTransport reports whether a packet is about the transport and says nothing
// to the application: close, the probe and its answer, upgrade, noop.
func ofTransport(packet string) bool {
	switch packet {
	case "1", "2probe", "3probe", "5", "6":
		return true
	}
	return false
}

// messageOf turns a packet of a body into what it would be on a WebSocket:
// binary is "b" and its Base64.
func messageOf(packet string) (capture.Opcode, []byte, error) {
	if packet[0] != 'b' {
		return capture.OpText, []byte(packet), nil
	}
	data, err := base64.StdEncoding.DecodeString(packet[1:])
	return capture.OpBinary, data, err
}

// packetOf is the inverse of messageOf.
func packetOf(op capture.Opcode, data []byte) string {
	if op == capture.OpBinary {
		return "b" + base64.StdEncoding.EncodeToString(data)
	}
	return string(data)
}
