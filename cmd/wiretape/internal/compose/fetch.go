package compose

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// Fetch is an HTTP request under way, an event stream too. What comes back is
// read so that it is recorded, and not kept. Its methods may be called
// concurrently.
type Fetch struct {
	link *link
	stop context.CancelFunc

	done   chan struct{} // closed at the end, with what follows set
	status int
	ended  Ended
	err    error
	read   sync.WaitGroup
}

// Fetch sends a request and returns as soon as it is on its way. The target's
// Body is the request's. Close the Fetch.
func (w *Way) Fetch(ctx context.Context, t Target, s *Scope) (*Fetch, error) {
	a, err := t.address(s)
	if err != nil {
		return nil, err
	}
	if a.socket {
		return nil, badURL("it is not http:// or https://")
	}
	var body []byte
	if t.Body != nil {
		if _, body, err = t.Body.Resolve(s); err != nil {
			return nil, err
		}
	}
	method, err := method(&t)
	if err != nil {
		return nil, err
	}
	var h head
	h.begin(a)
	h.add("User-Agent", "wiretape")
	h.add("Accept", "*/*")
	if t.Body != nil {
		h.add("Content-Type", t.Body.mediaType(body))
	}
	if t.Body != nil || method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		h.add("Content-Length", strconv.Itoa(len(body)))
	}
	if err := h.read(&t, s); err != nil {
		return nil, err
	}
	opening, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	l, err := w.connect(opening, a)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	f := &Fetch{link: l, stop: stop, done: make(chan struct{})}
	f.read.Go(func() { f.run(ctx, a, method, append(h.append(nil, method, a.path), body...)) })
	return f, nil
}

// method returns the request's method.
func method(t *Target) (string, error) {
	switch {
	case t.Method == "" && t.Body != nil:
		return http.MethodPost, nil
	case t.Method == "":
		return http.MethodGet, nil
	}
	for _, r := range t.Method {
		if r <= ' ' || r > '~' || r == '/' || r == ':' {
			return "", &TargetError{Part: "the method", Why: fmt.Sprintf("%q is none", t.Method), hint: "as in GET or POST"}
		}
	}
	if t.Method == http.MethodConnect {
		return "", &TargetError{Part: "the method", Why: "CONNECT is for proxies"}
	}
	return t.Method, nil
}

// run sends the request and reads the answer to its end.
func (f *Fetch) run(ctx context.Context, a *address, method string, request []byte) {
	defer close(f.done)
	defer f.link.Close()
	defer f.stop()
	raw, err := f.link.ask(ctx, request)
	if err != nil {
		f.ended, f.err = endOf(err), err
		return
	}
	f.status, _ = statusOf(raw)
	resp, err := f.link.body(raw, method)
	if err != nil {
		f.ended, f.err = endOf(err), fmt.Errorf("read the answer: %w", err)
		return
	}
	cut := context.AfterFunc(ctx, func() { _ = f.link.Close() })
	defer cut()
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxShown))
	if own := refusal(f.link, a, raw, head); own != nil {
		f.ended, f.err = Ended{By: "server", How: "close"}, own
		return
	}
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	switch {
	case err == nil:
		f.ended = Ended{By: "server", How: "close"}
	case ctx.Err() != nil:
		f.ended = Ended{By: "client", How: "abort"}
	default:
		f.ended, f.err = endOf(err), fmt.Errorf("read the answer: %w", err)
	}
}

// Client returns our address, by which Find knows the exchange.
func (f *Fetch) Client() string { return f.link.client }

// Done is closed when the answer has ended.
func (f *Fetch) Done() <-chan struct{} { return f.done }

// Status returns the status of the answer, after Done; 0 where none came.
func (f *Fetch) Status() int { return f.status }

// Ended returns how it was over, after Done.
func (f *Fetch) Ended() Ended { return f.ended }

// Err returns what went wrong, after Done: an *UnreachableError where the
// recorder could not reach the server.
func (f *Fetch) Err() error { return f.err }

// Close ends a request that is still under way, and waits for its end.
func (f *Fetch) Close() error {
	f.stop()
	f.read.Wait()
	return nil
}

// Abort is Close with RST.
func (f *Fetch) Abort() error {
	f.link.reset()
	return f.Close()
}
