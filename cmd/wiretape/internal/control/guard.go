package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
)

// Guarder keeps requests that go through the recorder's proxy from an address.
type Guarder interface {
	// Guard begins to keep them from addr, until release is called.
	Guard(addr netip.AddrPort) (release func())
}

// serveGuard guards an address for as long as the request lasts.
func serveGuard(w http.ResponseWriter, r *http.Request, tape Tape) {
	addr, err := netip.ParseAddrPort(r.FormValue("addr"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if to, ok := tape.(Guarder); ok {
		defer to.Guard(addr)()
	}
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// Guard has the recorder keep requests that go through its proxy from addr, the
// address of a page that shows its tape, and returns once it does. It lasts
// until release is called, or the recorder ends.
func (c *Client) Guard(addr netip.AddrPort) (release func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	answer, err := c.hold(ctx, "/guard?"+url.Values{"addr": {addr.String()}}.Encode())
	if err != nil {
		cancel()
		return nil, fmt.Errorf("have the recorder guard %s: %w", addr, err)
	}
	return func() { cancel(); _ = answer.Close() }, nil
}

// hold asks for what lasts until ctx ends, and waits for the head of the answer.
func (c *Client) hold(ctx context.Context, target string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://recorder"+target, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, errors.New(resp.Status)
	}
	return resp.Body, nil
}
