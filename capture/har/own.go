package har

import (
	"strconv"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// ownEntry is entry._wiretape. What it tells goes before what the entry tells.
type ownEntry struct {
	there    bool
	version  int64
	session  string
	exchange capture.Exchange // what it tells of it; End nil where there was none
	request  ownHead
	response ownHead
	answered bool // there was a response, or an early one
	pieces   pieceStore
}

// ownHead is what _wiretape tells of a head.
type ownHead struct {
	at                time.Duration
	url, method       string
	proto, reason     string
	headers, trailers []capture.Field
	raw               []byte
	early             []capture.Early
}

// ownEntry reads entry._wiretape.
func (im *importer) ownEntry() error {
	const where = "_wiretape"
	o := &im.one.own
	o.exchange.Timing = capture.NoTiming
	ex := &o.exchange
	ok, err := im.members(where, func(name string) error {
		switch name {
		case "v":
			return im.integer(where+".v", &o.version)
		case "session":
			return im.string(where+".session", &o.session)
		case "kind":
			return im.named(where+".kind", func(s string) (err error) { ex.Kind, err = capture.ParseKind(s); return err })
		case "startNs":
			var ns int64
			err := im.integer(where+".startNs", &ns)
			ex.Started = time.Unix(0, ns).UTC()
			return err
		case "at":
			return im.span(where+".at", &ex.At)
		case "duration":
			return im.span(where+".duration", &ex.Duration)
		case "open":
			return im.boolean(where+".open", &ex.Open)
		case "cut":
			return im.boolean(where+".cut", &ex.Cut)
		case "client":
			return im.exact(where+".client", &ex.Client)
		case "server":
			return im.exact(where+".server", &ex.Server)
		case "timing":
			return im.ownTiming(&ex.Timing)
		case "sent":
			return im.ownCounts(where+".sent", &ex.Sent)
		case "received":
			return im.ownCounts(where+".received", &ex.Received)
		case "request":
			return im.ownHead(where+".request", &o.request)
		case "response":
			o.answered = true
			return im.ownHead(where+".response", &o.response)
		case "frames", "chunks":
			o.pieces.reset()
			_, err := im.elements(where+"."+name, func(int) error { return im.ownPiece(where + "." + name) })
			return err
		case "end":
			ex.End = &capture.End{}
			return im.ownEnd(ex.End)
		case "lost":
			return im.ownLoss(&ex.Lost)
		case "fault":
			return im.exact(where+".fault", &ex.Fault)
		case "note":
			return im.exact(where+".note", &ex.Note)
		case "tags":
			ex.Tags = nil
			return im.tags(where+".tags", &ex.Tags)
		}
		return im.skip()
	})
	o.there = ok
	return err
}

// named reads a string that must be one of a list.
func (im *importer) named(where string, parse func(string) error) error {
	var s string
	if err := im.string(where, &s); err != nil {
		return err
	}
	if err := parse(s); err != nil {
		im.defect(where, "%v", err)
	}
	return nil
}

// span reads nanoseconds.
func (im *importer) span(where string, into *time.Duration) error {
	n := int64(*into)
	err := im.integer(where, &n)
	*into = time.Duration(n)
	return err
}

func (im *importer) unsigned(where string, into *uint64) error {
	s, err := im.digits(where)
	if err != nil || s == "" {
		return err
	}
	n, perr := strconv.ParseUint(s, 10, 64)
	if perr != nil {
		im.defect(where, "is %s, not a count", clip(s))
		return nil
	}
	*into = n
	return nil
}

// exact reads a string, or an object with it in base64.
func (im *importer) exact(where string, into *string) error {
	c, err := im.peek()
	if err != nil || c != '{' {
		if err != nil {
			return err
		}
		return im.string(where, into)
	}
	var b []byte
	err = im.object(func(name string) error {
		if name == "base64" {
			return im.inline(where, &b)
		}
		return im.skip()
	})
	*into = string(b)
	return err
}

// tags reads a list of strings of ours.
func (im *importer) tags(where string, into *[]string) error {
	*into = nil
	_, err := im.elements(where, func(int) error {
		var s string
		err := im.exact(where, &s)
		*into = append(*into, s)
		return err
	})
	return err
}

// maxInline is the longest run of payload that a frame or a chunk brings along,
// in base64. A run is what one read brought, so that it is far shorter.
const maxInline = 64 << 20

// inline reads bytes in base64.
func (im *importer) inline(where string, into *[]byte) error {
	b := brief{max: maxInline, p: (*into)[:0]}
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c != '"' {
		im.defect(where, "is %s, not base64", kindOf(c))
		return im.skip()
	}
	if err := im.text(&b); err != nil {
		return err
	}
	p, err := decodeBase64(b.p)
	if err != nil || b.over {
		im.defect(where, "is not base64, or too long: taken up to there")
	}
	*into = p
	if p == nil {
		*into = []byte{}
	}
	return nil
}

func (im *importer) ownTiming(t *capture.Timing) error {
	const where = "_wiretape.timing"
	_, err := im.members(where, func(name string) error {
		switch name {
		case "blocked":
			return im.span(where, &t.Blocked)
		case "dns":
			return im.span(where, &t.DNS)
		case "connect":
			return im.span(where, &t.Connect)
		case "tls":
			return im.span(where, &t.TLS)
		case "send":
			return im.span(where, &t.Send)
		case "wait":
			return im.span(where, &t.Wait)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownCounts(where string, c *capture.Counts) error {
	_, err := im.members(where, func(name string) error {
		switch name {
		case "messages":
			return im.unsigned(where, &c.Messages)
		case "control":
			return im.unsigned(where, &c.Control)
		case "frames":
			return im.unsigned(where, &c.Frames)
		case "bytes":
			return im.unsigned(where, &c.Bytes)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownLoss(l *capture.Loss) error {
	const where = "_wiretape.lost"
	_, err := im.members(where, func(name string) error {
		switch name {
		case "gaps":
			return im.unsigned(where, &l.Gaps)
		case "bytes":
			return im.unsigned(where, &l.Bytes)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownHead(where string, h *ownHead) error {
	_, err := im.members(where, func(name string) error {
		switch name {
		case "at":
			return im.span(where+".at", &h.at)
		case "url":
			return im.exact(where+".url", &h.url)
		case "method":
			return im.exact(where+".method", &h.method)
		case "proto":
			return im.exact(where+".proto", &h.proto)
		case "reason":
			return im.exact(where+".reason", &h.reason)
		case "headers":
			return im.ownFields(where+".headers", &h.headers)
		case "trailers":
			return im.ownFields(where+".trailers", &h.trailers)
		case "raw":
			return im.inline(where+".raw", &h.raw)
		case "early":
			_, err := im.elements(where+".early", func(int) error {
				var e capture.Early
				err := im.ownEarly(where+".early", &e)
				h.early = append(h.early, e)
				return err
			})
			return err
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownEarly(where string, e *capture.Early) error {
	_, err := im.members(where, func(name string) error {
		switch name {
		case "at":
			return im.span(where+".at", &e.At)
		case "status":
			var n int64
			err := im.integer(where+".status", &n)
			e.Status = int(n)
			return err
		case "headers":
			return im.ownFields(where+".headers", &e.Header)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownFields(where string, into *[]capture.Field) error {
	_, err := im.elements(where, func(int) error {
		var f capture.Field
		_, err := im.elements(where, func(i int) error {
			switch i {
			case 0:
				return im.exact(where, &f.Name)
			case 1:
				return im.exact(where, &f.Value)
			}
			return im.skip()
		})
		*into = append(*into, f)
		return err
	})
	return err
}

func (im *importer) ownEnd(e *capture.End) error {
	const where = "_wiretape.end"
	_, err := im.members(where, func(name string) error {
		switch name {
		case "by":
			return im.named(where+".by", func(s string) (err error) { e.By, err = capture.ParseParty(s); return err })
		case "how":
			return im.named(where+".how", func(s string) (err error) { e.How, err = capture.ParseHow(s); return err })
		case "at":
			return im.span(where+".at", &e.At)
		case "code":
			var n int64
			err := im.integer(where+".code", &n)
			e.Code = int(n)
			return err
		case "reason":
			return im.exact(where+".reason", &e.Reason)
		case "noNotify":
			return im.boolean(where+".noNotify", &e.NoNotify)
		case "err":
			return im.exact(where+".err", &e.Err)
		}
		return im.skip()
	})
	return err
}
