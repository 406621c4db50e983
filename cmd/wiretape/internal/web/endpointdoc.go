package web

import (
	"encoding/base64"

	"github.com/wiretape/wiretape/capture/apidoc"
)

// endpointDoc is what the tape tells of one endpoint.
type endpointDoc struct {
	Protocol   string           `json:"protocol"`
	Servers    []string         `json:"servers"`
	Read       extentJSON       `json:"read"`
	Handshake  handshakeDoc     `json:"handshake"`
	Request    []*contentJSON   `json:"request"`
	Responses  []*responseJSON  `json:"responses"`
	Messages   []*kindJSON      `json:"messages"`
	Heartbeats []*heartbeatJSON `json:"heartbeats"`
	Ends       []*endingJSON    `json:"ends"`
}

type extentJSON struct {
	Exchanges int  `json:"exchanges"`
	Messages  int  `json:"messages"`
	Cut       bool `json:"cut"`
}

type handshakeDoc struct {
	Parameters   []*parameterJSON `json:"parameters"`
	Security     []*securityJSON  `json:"security"`
	Subprotocols []string         `json:"subprotocols"`
}

type parameterJSON struct {
	In       apidoc.Place   `json:"in"`
	Name     string         `json:"name"`
	Required bool           `json:"required"`
	Secret   bool           `json:"secret"`
	Schema   *apidoc.Schema `json:"schema"`
	Example  string         `json:"example"`
}

type securityJSON struct {
	Type   string       `json:"type"`
	In     apidoc.Place `json:"in"`
	Name   string       `json:"name"`
	Scheme string       `json:"scheme,omitempty"`
}

type responseJSON struct {
	Status  int              `json:"status"`
	Count   int              `json:"count"`
	Headers []*parameterJSON `json:"headers"`
	Content []*contentJSON   `json:"content"`
}

type contentJSON struct {
	MediaType string         `json:"media_type"`
	Count     int            `json:"count"`
	Schema    *apidoc.Schema `json:"schema"`
	Examples  []*exampleJSON `json:"examples"`
}

type exampleJSON struct {
	Exchange uint64        `json:"exchange"`
	Seq      uint64        `json:"seq,omitempty"`
	Format   apidoc.Format `json:"format"`
	Text     string        `json:"text"` // of binary ones in base64
}

// kindJSON is one kind of message.
type kindJSON struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Dir         string         `json:"dir"`
	Role        string         `json:"role"`
	Event       string         `json:"event,omitempty"`
	Format      apidoc.Format  `json:"format"`
	Count       int            `json:"count"`
	Error       bool           `json:"error"`
	Topics      []string       `json:"topics"`
	Correlation string         `json:"correlation,omitempty"`
	Replies     []string       `json:"replies"`
	Schema      *apidoc.Schema `json:"schema"`
	Examples    []*exampleJSON `json:"examples"`
}

type heartbeatJSON struct {
	Label    string `json:"label"`
	Dir      string `json:"dir"`
	Frames   bool   `json:"frames"`
	Count    int    `json:"count"`
	Answered int    `json:"answered"`
	EveryNS  int64  `json:"every_ns"`
}

type endingJSON struct {
	How    string `json:"how"`
	By     string `json:"by"`
	Code   int    `json:"code"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// each turns all elements of a list into others; there is a list always.
func each[A, B any](all []A, turn func(A) B) []B {
	out := make([]B, 0, len(all))
	for _, a := range all {
		out = append(out, turn(a))
	}
	return out
}

func docOf(e *apidoc.Endpoint) *endpointDoc {
	return &endpointDoc{
		Protocol: e.Protocol,
		Servers:  each(e.Schemes, func(scheme string) string { return scheme + "://" + e.Host }),
		Read:     extentJSON{e.Read.Exchanges, e.Read.Messages, e.Read.Cut},
		Handshake: handshakeDoc{
			Parameters: each(e.Parameters, parameterOf),
			Security: each(e.Security, func(s apidoc.Security) *securityJSON {
				return &securityJSON{s.Type, s.In, s.Name, s.Scheme}
			}),
			Subprotocols: append([]string{}, e.Subprotocols...),
		},
		Request: each(e.Request, contentOf),
		Responses: each(e.Responses, func(r *apidoc.Response) *responseJSON {
			return &responseJSON{r.Status, r.Count, each(r.Headers, parameterOf), each(r.Content, contentOf)}
		}),
		Messages: each(e.Messages, kindOf),
		Heartbeats: each(e.Heartbeats, func(h *apidoc.Heartbeat) *heartbeatJSON {
			return &heartbeatJSON{h.Label, h.Dir.String(), h.Frames, h.Count, h.Answered, int64(h.Every)}
		}),
		Ends: each(e.Ends, func(n apidoc.End) *endingJSON {
			return &endingJSON{n.How.String(), n.By.String(), n.Code, n.Reason, n.Count}
		}),
	}
}

func parameterOf(p *apidoc.Parameter) *parameterJSON {
	return &parameterJSON{p.In, p.Name, p.Required, p.Secret, p.Schema, p.Example}
}

func contentOf(c *apidoc.Content) *contentJSON {
	return &contentJSON{c.MediaType, c.Count, c.Schema, each(c.Examples, exampleOf)}
}

func exampleOf(e apidoc.Example) *exampleJSON {
	out := &exampleJSON{Exchange: uint64(e.Exchange), Seq: e.Seq, Format: e.Format, Text: string(e.Payload)}
	if e.Format == apidoc.Binary {
		out.Text = base64.StdEncoding.EncodeToString(e.Payload)
	}
	return out
}

func kindOf(m *apidoc.Message) *kindJSON {
	return &kindJSON{
		ID: m.ID, Name: m.Name, Dir: m.Dir.String(), Role: m.Role, Event: m.Event, Format: m.Format, Count: m.Count, Error: m.Error,
		Topics: append([]string{}, m.Topics...), Correlation: m.Correlation, Schema: m.Schema,
		Replies:  each(m.Replies, func(r *apidoc.Message) string { return r.ID }),
		Examples: each(m.Examples, exampleOf),
	}
}
