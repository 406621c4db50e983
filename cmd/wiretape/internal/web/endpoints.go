package web

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

func (s *Server) registerEndpoints() {
	s.handle("GET /endpoints", s.listEndpoints)
	s.handle("GET /endpoints/{key}", s.readEndpoint)
	s.handle("PUT /endpoints/{key}", s.writeEndpoint)
}

// endpointJSON is one endpoint in a list.
type endpointJSON struct {
	Key         string        `json:"key"`
	Method      string        `json:"method"`
	Host        string        `json:"host"`
	Path        string        `json:"path"`
	Kind        string        `json:"kind"`
	Subprotocol string        `json:"subprotocol"`
	Exchanges   int           `json:"exchanges"`
	Title       string        `json:"title"`
	Status      apidoc.Status `json:"status"`
	Owner       string        `json:"owner"`
	Tags        []string      `json:"tags"`
	Description string        `json:"description"`
	Doc         *endpointDoc  `json:"doc,omitempty"`
}

// endpointKey returns the key of an endpoint as it stands in addresses.
func endpointKey(k apidoc.Key) string {
	return base64.RawURLEncoding.EncodeToString([]byte(k.String()))
}

func endpointOf(e *apidoc.Endpoint) *endpointJSON {
	out := &endpointJSON{
		Key: endpointKey(e.Key), Method: e.Method, Host: e.Host, Path: e.Pattern, Kind: e.Kind.String(), Exchanges: e.Exchanges,
		Title: e.Title, Status: e.Status, Owner: e.Owner, Tags: append([]string{}, e.Tags...), Description: e.Description,
	}
	if len(e.Subprotocols) > 0 {
		out.Subprotocol = e.Subprotocols[0]
	}
	return out
}

// describe reads endpoints from the tape without its secrets.
func (s *Server) describe(ctx context.Context, o apidoc.Options) (*apidoc.API, error) {
	r, err := redact.New(nil)
	if err != nil {
		return nil, err
	}
	if s.o.Documents != nil {
		o.Notes = s.o.Documents
	}
	return apidoc.Read(r.Tape(reading.Until(ctx, s.tape)), &o)
}

func (s *Server) listEndpoints(w http.ResponseWriter, r *http.Request) error {
	api, err := s.describe(r.Context(), apidoc.Options{Brief: true})
	if err != nil {
		return err
	}
	items := []*endpointJSON{}
	for _, e := range api.Endpoints {
		items = append(items, endpointOf(e))
	}
	return answer(w, struct {
		Items []*endpointJSON `json:"items"`
	}{items})
}

// requestedEndpoint returns the endpoint that a request's address names.
func requestedEndpoint(r *http.Request) (k apidoc.Key, err error) {
	text, err := base64.RawURLEncoding.DecodeString(r.PathValue("key"))
	if err == nil {
		k, err = apidoc.ParseKey(string(text))
	}
	if err != nil {
		return k, problem(http.StatusBadRequest, "this is no endpoint's key", err.Error(), "it is METHOD HOST PATTERN in base64url, as GET /endpoints lists it")
	}
	return k, nil
}

// endpoint reads one endpoint, whether or not it is what the tape itself tells.
func (s *Server) endpoint(ctx context.Context, k apidoc.Key, brief bool) (*apidoc.Endpoint, error) {
	api, err := s.describe(ctx, apidoc.Options{Only: &k, Brief: brief, Patterns: []apidoc.Key{k}})
	if err != nil {
		return nil, err
	}
	if len(api.Endpoints) == 0 {
		return nil, fmt.Errorf("endpoint %s: %w", k, capture.ErrNotFound)
	}
	return api.Endpoints[0], nil
}

func (s *Server) readEndpoint(w http.ResponseWriter, r *http.Request) error {
	k, err := requestedEndpoint(r)
	if err != nil {
		return err
	}
	e, err := s.endpoint(r.Context(), k, false)
	if err != nil {
		return err
	}
	out := endpointOf(e)
	out.Doc = docOf(e)
	return answer(w, out)
}

// writeEndpoint keeps what a person says of an endpoint; nothing at all takes
// the notes away.
func (s *Server) writeEndpoint(w http.ResponseWriter, r *http.Request) error {
	k, err := requestedEndpoint(r)
	if err != nil {
		return err
	}
	var n apidoc.Notes
	if err := take(w, r, &n); err != nil {
		return err
	}
	if s.o.Documents == nil {
		return problem(http.StatusConflict, "nothing can be kept on this tape", "", "import the HAR into a tape")
	}
	if _, err := s.endpoint(r.Context(), k, true); err != nil {
		return err
	}
	text, err := n.Encode()
	if err == nil {
		err = s.o.Documents.SetDocument(apidoc.DocumentKey(k), text)
	}
	if err != nil {
		return badRequest("the notes were not kept", err)
	}
	e, err := s.endpoint(r.Context(), k, true)
	if err != nil {
		return err
	}
	return answer(w, endpointOf(e))
}
