package htmldoc

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/view"
)

// page is what the template shows.
type page struct {
	Options
	Summary
	Style    template.CSS
	Heading  string
	Recorded string // when
	Hosts    []*host
}

// host is the endpoints of one host.
type host struct {
	Name      string
	Endpoints []*endpoint
}

// endpoint is one section of the page.
type endpoint struct {
	ID, Method, Path, URL, Title string
	Kind, KindClass, Status      string
	Owner                        string
	Tags                         []string
	About                        template.HTML
	Facts                        []fact
	Parameters                   []parameterRow
	Logins                       []string
	Request                      []body
	Responses                    []response
	Messages                     []*message
	Heartbeats                   []fact
	Ends                         []fact
	IsSocket, IsStream           bool
}

// fact is something with a name.
type fact struct{ Name, Value string }

type parameterRow struct {
	Name, In, Type, Example string
	Required, Secret        bool
	Notes                   []string
}

type response struct {
	Status, Reason, Class, Seen string
	Headers                     []parameterRow
	Bodies                      []body
}

// body is a payload: how it is built, and examples.
type body struct {
	MediaType, Seen string
	Rows            []row
	Examples        []example
}

type message struct {
	ID, Name, Arrow, Side, Class, Role, Seen string
	Event                                    string
	Error                                    bool
	Topics                                   []string
	Correlation                              string
	Replies                                  []link
	body
}

type link struct{ ID, Name string }

// fill makes the page of an API.
func (p *page) fill(api *apidoc.API) {
	used := map[string]bool{}
	for _, e := range api.Endpoints {
		if len(p.Hosts) == 0 || p.Hosts[len(p.Hosts)-1].Name != clean(e.Host) {
			p.Hosts = append(p.Hosts, &host{Name: clean(e.Host)})
		}
		h := p.Hosts[len(p.Hosts)-1]
		shown := endpointOf(e, used)
		h.Endpoints = append(h.Endpoints, shown)
		p.Endpoints++
		p.Messages += len(shown.Messages)
	}
	if p.Heading = clean(p.Title); p.Heading == "" {
		var names []string
		for _, h := range p.Hosts {
			names = append(names, h.Name)
		}
		p.Heading = apidoc.Title(names)
	}
	if !api.First.IsZero() {
		p.Recorded = span(api.First, api.Last)
	}
}

// span returns from when to when something was seen, by days.
func span(first, last time.Time) string {
	from, to := first.UTC().Format("2 January 2006"), last.UTC().Format("2 January 2006")
	if from == to {
		return from
	}
	return from + " to " + to
}

// unique returns a name for an anchor that no other has.
func unique(name string, used map[string]bool) string {
	id := name
	for n := 2; used[id]; n++ {
		id = name + "-" + strconv.Itoa(n)
	}
	used[id] = true
	return id
}

func endpointOf(e *apidoc.Endpoint, used map[string]bool) *endpoint {
	id := unique(strings.ToLower(e.Method)+"-"+apidoc.Slug(e.Host+e.Pattern), used)
	out := &endpoint{
		ID: id, Method: clean(e.Method), Path: clean(e.Pattern), URL: clean(schemeOf(e) + "://" + e.Host + e.Pattern), Title: clean(e.Title),
		Kind: kindWords[e.Kind], KindClass: e.Kind.String(), Status: string(e.Status), Owner: clean(e.Owner), Tags: cleanAll(e.Tags),
		About: markdown(e.Description), IsSocket: e.Kind == capture.KindWebSocket,
		IsStream: e.Kind == capture.KindSSE || e.Kind == capture.KindNDJSON,
	}
	out.Facts = factsOf(e)
	for _, p := range e.Parameters {
		out.Parameters = append(out.Parameters, parameterOf(p))
	}
	for _, s := range e.Security {
		out.Logins = append(out.Logins, clean(login(s)))
	}
	for _, c := range e.Request {
		out.Request = append(out.Request, contentOf(c))
	}
	for _, r := range e.Responses {
		out.Responses = append(out.Responses, responseOf(r))
	}
	for _, m := range e.Messages {
		out.Messages = append(out.Messages, messageOf(id, m))
	}
	for _, h := range e.Heartbeats {
		out.Heartbeats = append(out.Heartbeats, heartbeatOf(h))
	}
	for _, n := range e.Ends {
		out.Ends = append(out.Ends, endOf(&n))
	}
	return out
}

// schemeOf returns the scheme to show: the one over TLS where there are two.
func schemeOf(e *apidoc.Endpoint) string {
	i := slices.IndexFunc(e.Schemes, func(s string) bool { return s == "https" || s == "wss" })
	switch {
	case i >= 0:
		return e.Schemes[i]
	case len(e.Schemes) > 0:
		return e.Schemes[0]
	}
	return "https"
}

func factsOf(e *apidoc.Endpoint) []fact {
	var all []fact
	add := func(name, value string) {
		if value != "" {
			all = append(all, fact{name, clean(value)})
		}
	}
	add("Protocol", e.Protocol)
	add("Subprotocol", strings.Join(e.Subprotocols, ", "))
	seen := plural(e.Exchanges, "exchange")
	if e.Read.Messages > 0 {
		seen += ", " + plural(e.Read.Messages, "message")
	}
	if e.Read.Cut {
		seen += ", not all of them looked into"
	}
	add("Seen", seen)
	if !e.First.IsZero() {
		add("Recorded", span(e.First, e.Last))
	}
	if len(e.Paths) > 0 {
		add("For example", e.Paths[0])
	}
	return all
}

// login says how a client says who it is.
func login(s apidoc.Security) string {
	switch s.Type {
	case "bearer":
		return "a bearer token in the header Authorization"
	case "basic":
		return "user and password in the header Authorization (Basic)"
	case "http":
		return "credentials in the header Authorization, scheme " + s.Scheme
	}
	return "a key in the " + map[apidoc.Place]string{
		apidoc.InQuery: "query parameter ", apidoc.InHeader: "header ", apidoc.InCookie: "cookie ",
	}[s.In] + s.Name
}

func heartbeatOf(h *apidoc.Heartbeat) fact {
	what := h.Label
	if h.Frames {
		what += " frames"
	}
	value := "by the " + side(h.Dir) + ", " + times(h.Count)
	if h.Every > 0 {
		value += ", every " + view.Duration(h.Every)
	}
	if h.Answered > 0 {
		value += fmt.Sprintf(", %d answered", h.Answered)
	}
	return fact{clean(what), value}
}

func endOf(n *apidoc.End) fact {
	name := n.How.String()
	if n.Code != 0 {
		name = fmt.Sprintf("%d %s", n.Code, view.CloseName(n.Code))
	}
	value := times(n.Count)
	if n.By != 0 {
		value = "by the " + n.By.String() + ", " + value
	}
	if n.Reason != "" {
		value += ": " + n.Reason
	}
	return fact{clean(name), clean(value)}
}

func side(d capture.Direction) string {
	if d == capture.Send {
		return "client"
	}
	return "server"
}

// times says how often something was seen.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return plural(n, "time")
}

// plural returns a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text + " " + noun + "s"
}

// clean makes marks that are not seen visible.
func clean(s string) string { return view.Sanitize(s) }

func cleanAll(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, clean(s))
	}
	return out
}
