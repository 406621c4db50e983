package apidoc

import (
	"io"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/transcript"
)

// bodies are the bodies of one side, by media type in the order in which they
// first came.
type bodies struct {
	budget *int
	all    []*bodyKind
}

type bodyKind struct {
	Content
	payloads
}

// maxMediaTypes is how many media types are told apart.
const maxMediaTypes = 16

// read takes the body of one side of an exchange, if there is one.
func (b *bodies) read(t *transcript.Transcript, dir capture.Direction, header []capture.Field) {
	media := content.ParseMediaType(capture.Get(header, "Content-Type")).Essence
	payload, whole := head(t, dir)
	if len(payload) == 0 {
		return
	}
	k := b.of(media)
	if k == nil {
		return
	}
	k.Count++
	e := example(t.Exchange(), 0, payload)
	switch {
	case media == "application/x-www-form-urlencoded":
		e.Format, e.Payload = JSON, form(payload)
	case !whole, strings.HasPrefix(media, "multipart/"), strings.HasPrefix(media, "image/"):
		e.Format, e.Payload = Binary, nil
	case strings.HasSuffix(media, "html"), strings.HasSuffix(media, "javascript"), strings.HasSuffix(media, "css"):
		e.Format, e.Payload = Text, nil
	}
	k.add(e)
}

// head reads the beginning of a body; whole tells that this is all of it. What
// cannot be decoded ends where it breaks.
func head(t *transcript.Transcript, dir capture.Direction) (b []byte, whole bool) {
	body := t.Body(dir)
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, maxSample+1))
	if len(b) > maxSample {
		return b[:maxSample], false
	}
	return b, err == nil
}

func (b *bodies) of(media string) *bodyKind {
	for _, k := range b.all {
		if k.MediaType == media {
			return k
		}
	}
	if len(b.all) == maxMediaTypes {
		return nil
	}
	k := &bodyKind{Content: Content{MediaType: media}, payloads: payloads{budget: b.budget}}
	b.all = append(b.all, k)
	return k
}

// content returns what was found out.
func (b *bodies) content() []*Content {
	var all []*Content
	for _, k := range b.all {
		c := &k.Content
		c.Format, c.Schema, c.Examples = k.payloads.format(), k.payloads.schema(), k.payloads.all()
		if c.MediaType == "application/x-www-form-urlencoded" {
			c.Format = Form
		}
		all = append(all, c)
	}
	return all
}
