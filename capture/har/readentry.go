package har

import (
	"fmt"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// harEntry is one entry as the archive has it. Its spools are used again for the
// next one.
type harEntry struct {
	started    time.Time
	hasStart   bool
	time       float64 // milliseconds; -1 unknown
	comment    string
	request    harRequest
	response   harResponse
	phases     harTimings
	server     string // the address alone
	resource   string
	messages   messageStore
	hasMessage bool // _webSocketMessages was there
	events     eventStore
	closing    harClose
	failure    string
	own        ownEntry
}

type harRequest struct {
	there              bool
	method, url, proto string
	headers, trailers  []capture.Field
	body               storedBody // postData
	bytes              storedBody // HTTP Toolkit's _content
	params             []pair
}

type harResponse struct {
	there             bool
	status            int64
	reason, proto     string
	headers, trailers []capture.Field
	body              storedBody
	failure           string
}

// harTimings are the timings in milliseconds; -1 where unknown.
type harTimings struct {
	there                                           bool
	blocked, dns, connect, ssl, send, wait, receive float64
}

// harClose is HTTP Toolkit's _webSocketClose.
type harClose struct {
	there, aborted bool
	code           int64
	reason         string
	at             int64
}

func (h *harEntry) clear() {
	h.request.body.clear()
	h.request.bytes.clear()
	h.response.body.clear()
	h.messages.reset()
	h.events.reset()
	h.own.pieces.reset()
	*h = harEntry{
		time:     -1,
		request:  harRequest{body: h.request.body, bytes: h.request.bytes},
		response: harResponse{body: h.response.body},
		phases:   harTimings{blocked: -1, dns: -1, connect: -1, ssl: -1, send: -1, wait: -1, receive: -1},
		messages: h.messages,
		events:   h.events,
		closing:  harClose{at: unknownTime},
		own:      ownEntry{pieces: h.own.pieces},
	}
	h.events.count = 0
}

func (h *harEntry) free() {
	h.clear()
}

// readEntry reads one entry and puts it on the tape, also where the archive
// breaks off inside it.
func (im *importer) readEntry(i int) error {
	h := &im.one
	h.clear()
	ok, err := im.members(fmt.Sprintf("log.entries[%d]", i), im.entryMember)
	if !ok && err == nil {
		return nil // a null or worse among the entries
	}
	if err != nil {
		if !h.request.there || h.request.url == "" {
			return err
		}
		im.defect("entry", "the archive breaks off inside it: %v", err)
	}
	if terr := im.put(h); terr != nil {
		return terr
	}
	return err
}

func (im *importer) entryMember(name string) error {
	h := &im.one
	switch name {
	case "startedDateTime":
		return im.startTime()
	case "time":
		return im.float("time", &h.time)
	case "request":
		return im.request()
	case "response":
		return im.response()
	case "timings":
		return im.timings()
	case "comment":
		return im.string("comment", &h.comment)
	case "serverIPAddress":
		return im.string("serverIPAddress", &h.server)
	case "_resourceType":
		return im.string("_resourceType", &h.resource)
	case "_error", "_failureText":
		return im.string(name, &h.failure)
	case "_webSocketMessages":
		return im.webSocketMessages()
	case "_webSocketClose":
		return im.webSocketClose()
	case "_eventSourceMessages":
		return im.eventSourceMessages()
	case "_wiretape":
		if im.ours {
			return im.ownEntry()
		}
	}
	return im.skip()
}

func (im *importer) startTime() error {
	var s string
	if err := im.string("startedDateTime", &s); err != nil {
		return err
	}
	at, zoned, ok := moment(s)
	switch {
	case !ok:
		im.defect("startedDateTime", "%q is no date and time", clip(s))
		return nil
	case !zoned:
		im.defect("startedDateTime", "%q has no time zone: taken for UTC", clip(s))
	}
	im.one.started, im.one.hasStart = at, true
	return nil
}

func (im *importer) request() error {
	q := &im.one.request
	ok, err := im.members("request", func(name string) (err error) {
		switch name {
		case "method":
			return im.string("request.method", &q.method)
		case "url":
			return im.string("request.url", &q.url)
		case "httpVersion":
			return im.string("request.httpVersion", &q.proto)
		case "headers":
			return im.pairs("request.headers", &q.headers)
		case "_trailers":
			return im.pairs("request._trailers", &q.trailers)
		case "postData":
			return im.body("request.postData", &q.body, q)
		case "_content":
			return im.body("request._content", &q.bytes, nil)
		}
		return im.skip()
	})
	q.there = q.there || ok
	return err
}

func (im *importer) response() error {
	r := &im.one.response
	ok, err := im.members("response", func(name string) (err error) {
		switch name {
		case "status":
			return im.integer("response.status", &r.status)
		case "statusText":
			return im.string("response.statusText", &r.reason)
		case "httpVersion":
			return im.string("response.httpVersion", &r.proto)
		case "headers":
			return im.pairs("response.headers", &r.headers)
		case "_trailers":
			return im.pairs("response._trailers", &r.trailers)
		case "content":
			return im.body("response.content", &r.body, nil)
		case "_error", "_failureText":
			return im.string("response."+name, &r.failure)
		}
		return im.skip()
	})
	r.there = r.there || ok
	return err
}

// pairs reads a list of header fields: objects with name and value, pairs as
// lists of two, or one object with the names as members.
func (im *importer) pairs(where string, into *[]capture.Field) error {
	*into = nil
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c == '{' {
		im.defect(where, "is an object, not a list")
		return im.object(func(name string) error {
			var value string
			err := im.string(where, &value)
			*into = append(*into, capture.Field{Name: strings.Clone(name), Value: value})
			return err
		})
	}
	_, err = im.elements(where, func(i int) error {
		f, ok, err := im.pair(where)
		if ok {
			*into = append(*into, f)
		}
		return err
	})
	return err
}

func (im *importer) pair(where string) (f capture.Field, ok bool, err error) {
	c, err := im.peek()
	if err == nil && c == '[' {
		var parts []string
		if err = im.strings(where, &parts); len(parts) > 1 {
			f.Name, f.Value = parts[0], strings.Join(parts[1:], ", ")
		}
		if len(parts) != 2 && err == nil {
			im.defect(where, "has a list of %d where name and value belong", len(parts))
		}
		return f, len(parts) > 1, err
	}
	ok, err = im.members(where, func(name string) error {
		switch name {
		case "name":
			return im.string(where+".name", &f.Name)
		case "value":
			return im.string(where+".value", &f.Value)
		}
		return im.skip()
	})
	return f, ok, err
}

// body reads postData or content.
func (im *importer) body(where string, b *storedBody, q *harRequest) error {
	b.clear()
	_, err := im.members(where, func(name string) error {
		switch name {
		case "text":
			return im.bodyText(where+".text", b)
		case "encoding":
			return im.string(where+".encoding", &b.encoding)
		case "_file":
			return im.string(where+"._file", &b.file)
		case "mimeType":
			return im.string(where+".mimeType", &b.mimeType)
		case "size":
			return im.integer(where+".size", &b.size)
		case "params":
			if q != nil {
				return im.params(q)
			}
		}
		return im.skip()
	})
	return err
}

func (im *importer) bodyText(where string, b *storedBody) error {
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c != '"' {
		if c != 'n' {
			im.defect(where, "is %s, not a string", kindOf(c))
		}
		return im.skip()
	}
	b.reset()
	b.there = true
	im.lossy = false
	err = im.text(&b.spool)
	if im.lossy {
		im.defect(where, "holds half a surrogate pair, which is no character: U+FFFD stands there now")
	}
	return err
}

func (im *importer) params(q *harRequest) error {
	q.params = nil
	_, err := im.elements("request.postData.params", func(int) error {
		f, ok, err := im.pair("request.postData.params")
		if ok {
			q.params = append(q.params, pair{f.Name, f.Value})
		}
		return err
	})
	return err
}

func (im *importer) timings() error {
	t := &im.one.phases
	ok, err := im.members("timings", func(name string) error {
		for _, phase := range [...]struct {
			name string
			into *float64
		}{
			{"blocked", &t.blocked}, {"dns", &t.dns}, {"connect", &t.connect}, {"ssl", &t.ssl},
			{"send", &t.send}, {"wait", &t.wait}, {"receive", &t.receive},
		} {
			if name == phase.name {
				return im.float("timings."+name, phase.into)
			}
		}
		return im.skip()
	})
	t.there = ok
	return err
}

func (im *importer) webSocketMessages() error {
	h := &im.one
	h.messages.reset()
	ok, err := im.elements("_webSocketMessages", func(i int) error { return im.webSocketMessage(i) })
	h.hasMessage = h.hasMessage || ok
	return err
}

// webSocketMessage reads one message; it may stand in the archive or on a line
// of an attached file.
func (im *importer) webSocketMessage(i int) error {
	const where = "_webSocketMessages"
	h := &im.one
	m := message{at: unknownTime, opcode: 1, offset: h.messages.data.n}
	kind, encoding := "", ""
	there := false
	ok, err := im.members(where, func(name string) error {
		switch name {
		case "type":
			return im.string(where+".type", &kind)
		case "time":
			return im.when(where+".time", &m.at)
		case "opcode":
			return im.integer(where+".opcode", &m.opcode)
		case "encoding":
			return im.string(where+".encoding", &encoding)
		case "data":
			there = true
			return im.messageData(where, &m)
		}
		return im.skip()
	})
	if err != nil || !ok {
		if err == nil {
			im.defect(where, "message %d is no message: left out", i)
		}
		return err
	}
	switch kind {
	case "send", "request", "client", "outgoing":
		m.dir = capture.Send
	case "receive", "response", "server", "incoming":
		m.dir = capture.Receive
	case "error":
		m.failure = true
	default:
		im.defect(where+".type", "message %d is of type %q: taken for one received", i, clip(kind))
		m.dir = capture.Receive
	}
	m.failure = m.failure || m.opcode == -1
	m.coded = encoding == "base64"
	if !there && !m.failure {
		im.defect(where+".data", "message %d has none: taken for empty", i)
	}
	if m.opcode > 15 || m.opcode < -1 {
		im.defect(where+".opcode", "message %d has %d: taken for 1", i, m.opcode)
		m.opcode = 1
	}
	return h.messages.add(&m)
}

func (im *importer) messageData(where string, m *message) error {
	data := &im.one.messages.data
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c != '"' {
		if c != 'n' {
			im.defect(where+".data", "is %s, not a string", kindOf(c))
		}
		return im.skip()
	}
	m.offset = data.n
	im.lossy = false
	err = im.text(data)
	m.length = data.n - m.offset
	if im.lossy {
		im.defect(where+".data", "holds half a surrogate pair, which is no character: U+FFFD stands there now")
	}
	return err
}

// when reads a point in time; -1 and what is no time are unknown.
func (im *importer) when(where string, into *int64) error {
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c == '"' {
		var s string
		if err := im.string(where, &s); err != nil {
			return err
		}
		if at, _, ok := moment(s); ok {
			*into = at.UnixNano()
			return nil
		}
		if at, ok := epoch(s); ok {
			*into = at.UnixNano()
			return nil
		}
		im.defect(where, "is %q, not a time", clip(s))
		return nil
	}
	s, err := im.digits(where)
	if err != nil || s == "" || s == "-1" {
		return err
	}
	if at, ok := epoch(s); ok && countable(at) {
		*into = at.UnixNano()
		return nil
	}
	im.defect(where, "is %s, not a time since 1970", clip(s))
	return nil
}

func (im *importer) webSocketClose() error {
	const where = "_webSocketClose"
	c := &im.one.closing
	first, err := im.peek()
	if err != nil {
		return err
	}
	c.there = first != 'n'
	if first == '"' {
		var s string
		err := im.string(where, &s)
		if c.aborted = true; s != "aborted" {
			im.defect(where, "is %q: taken for aborted", clip(s))
		}
		return err
	}
	_, err = im.members(where, func(name string) error {
		switch name {
		case "code":
			return im.integer(where+".code", &c.code)
		case "reason":
			return im.string(where+".reason", &c.reason)
		case "timestamp":
			return im.when(where+".timestamp", &c.at)
		}
		return im.skip()
	})
	return err
}

func (im *importer) eventSourceMessages() error {
	const where = "_eventSourceMessages"
	events := &im.one.events
	events.reset()
	events.count = 0
	_, err := im.elements(where, func(i int) error {
		e := event{at: unknownTime, name: "message"}
		ok, err := im.members(where, func(name string) error {
			switch name {
			case "time":
				return im.when(where+".time", &e.at)
			case "eventName":
				return im.string(where+".eventName", &e.name)
			case "eventId":
				return im.string(where+".eventId", &e.id)
			case "data":
				return im.string(where+".data", &e.data)
			}
			return im.skip()
		})
		if err == nil && !ok {
			im.defect(where, "event %d is no event: left out", i)
			return nil
		}
		if err != nil {
			return err
		}
		return events.add(&e)
	})
	return err
}
