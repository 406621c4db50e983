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
			{"blocked", &t.blocked},
			{"dns", &t.dns},
			{"connect", &t.connect},
			{"ssl", &t.ssl},
			{"send", &t.send},
			{"wait", &t.wait},
			{"receive", &t.receive},
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
