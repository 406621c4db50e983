package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// DeskOptions make a Desk.
type DeskOptions struct {
	// Way returns the way to servers; with insecure one on which their
	// certificates are not checked. It is asked for each connection.
	Way func(insecure bool) (*Way, error)
	// Tape is where the exchanges appear. Nil: their numbers are not known.
	Tape Tape
	// Vars are the variables of the environment that is chosen. Nil for none.
	Vars func() map[string]string
	// Env reads {{env.NAME}}. Nil is the environment of the program.
	Env func(name string) (string, bool)
	// Changed is called when a connection was opened or is over. It must not
	// wait. Nil is not called.
	Changed func(Status)
}

const (
	// maxOpen bounds how many connections a Desk has open at once.
	maxOpen = 64
	// maxKept bounds how many it remembers; the oldest that is over goes.
	maxKept = 200
	// farewell bounds how long Close waits for servers to say good-bye.
	farewell = time.Second
	// findPatience bounds the wait for the number of an exchange.
	findPatience = 3 * time.Second
)

// Status is what is known of a connection of a Desk.
type Status struct {
	Connection  string             `json:"connection"`
	Exchange    capture.ExchangeID `json:"exchange,omitempty"`
	URL         string             `json:"url"`   // as it was given, variables and all
	State       string             `json:"state"` // connecting, open, closed, failed
	Subprotocol string             `json:"subprotocol,omitempty"`
	Extensions  string             `json:"extensions,omitempty"`
	Status      int                `json:"status,omitempty"` // of an HTTP answer
	Ended       *Ended             `json:"ended,omitempty"`
	Error       string             `json:"error,omitempty"`
	Hint        string             `json:"hint,omitempty"`
}

// Desk keeps the connections that a page has opened. It may be used
// concurrently.
type Desk struct {
	o    DeskOptions
	work sync.WaitGroup

	mu     sync.Mutex
	closed bool
	last   int
	opened []*connection // in order
}

// connection is one of a Desk's. The Desk's lock guards the status.
type connection struct {
	status Status
	socket *Socket // nil for a request, and while connecting
	fetch  *Fetch
	scope  *Scope
}

// NewDesk returns a Desk without connections. Close it.
func NewDesk(o DeskOptions) *Desk { return &Desk{o: o} }

// LimitError says that too many connections are open.
type LimitError struct{ Open int }

func (e *LimitError) Error() string { return fmt.Sprintf("%d connections are open already", e.Open) }

// Hint says what can be done.
func (e *LimitError) Hint() string { return "close one of them first" }

// Open opens a connection: it waits for the handshake of a socket and sends its
// first messages, or sends a request. It returns when the exchange is on the
// tape. The connection stays in the list where that fails.
func (d *Desk) Open(ctx context.Context, t Target) (Status, error) {
	c, err := d.add(t)
	if err != nil {
		return Status{}, err
	}
	var after capture.ExchangeID
	if d.o.Tape != nil {
		if after, err = Last(d.o.Tape); err != nil {
			return d.fail(c, err), err
		}
	}
	client, err := d.connect(ctx, c, t)
	if id := d.find(ctx, after, cmp.Or(client, clientOf(err))); id != 0 {
		d.change(c, func(s *Status) { s.Exchange = id })
	}
	if err != nil {
		return d.fail(c, err), err
	}
	d.watch(c)
	for _, m := range t.OnOpen {
		if c.socket == nil {
			break
		}
		if _, err := c.socket.Send(m); err != nil {
			return d.look(c), fmt.Errorf("send the first messages: %w", err)
		}
	}
	return d.look(c), nil
}

// connect opens the socket or sends the request, and returns our address.
func (d *Desk) connect(ctx context.Context, c *connection, t Target) (string, error) {
	way, err := d.o.Way(t.Insecure)
	if err != nil {
		return "", err
	}
	a, err := t.address(c.scope)
	if err != nil {
		return "", err
	}
	if !a.socket {
		f, err := way.Fetch(ctx, t, c.scope)
		if err != nil {
			return "", err
		}
		if !d.keep(c, nil, f) {
			_ = f.Abort()
			return "", errStopping
		}
		d.change(c, func(s *Status) { s.State = "open" })
		return f.Client(), nil
	}
	s, err := way.Open(ctx, t, c.scope)
	if err != nil {
		return "", err
	}
	if !d.keep(c, s, nil) {
		_ = s.Abort()
		return "", errStopping
	}
	d.change(c, func(st *Status) {
		st.State, st.Subprotocol, st.Extensions = "open", s.Subprotocol(), s.Extensions()
	})
	return s.Client(), nil
}

var errStopping = errors.New("the page's server is stopping")

// keep takes what was opened, and reports false when it is too late for that.
func (d *Desk) keep(c *connection, s *Socket, f *Fetch) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.socket, c.fetch = s, f
	return !d.closed
}

// add makes room for one more connection.
func (d *Desk) add(t Target) (*connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errStopping
	}
	open, oldest := 0, -1
	for i, c := range d.opened {
		if c.status.State == "open" || c.status.State == "connecting" {
			open++
		} else if oldest < 0 {
			oldest = i
		}
	}
	if open >= maxOpen {
		return nil, &LimitError{open}
	}
	if len(d.opened) >= maxKept && oldest >= 0 {
		d.opened = append(d.opened[:oldest], d.opened[oldest+1:]...)
	}
	d.last++
	c := &connection{scope: d.scope(t.Vars)}
	c.status = Status{Connection: fmt.Sprintf("c%d", d.last), URL: t.URL, State: "connecting"}
	d.opened = append(d.opened, c)
	return c, nil
}

// scope returns what names stand for: the connection's own variables before
// those of the environment.
func (d *Desk) scope(vars map[string]string) *Scope {
	s := &Scope{Vars: []map[string]string{vars}, Env: d.o.Env}
	if d.o.Vars != nil {
		s.Vars = append(s.Vars, d.o.Vars())
	}
	return s
}

func (d *Desk) find(ctx context.Context, after capture.ExchangeID, client string) capture.ExchangeID {
	if d.o.Tape == nil || client == "" {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, findPatience)
	defer cancel()
	id, _ := Find(ctx, d.o.Tape, after, client) // a tape that fails says so elsewhere
	return id
}

// clientOf returns our address of a connection that failed after it was made.
func clientOf(err error) string {
	var refused *RefusedError
	var unreachable *UnreachableError
	switch {
	case errors.As(err, &refused):
		return refused.Client
	case errors.As(err, &unreachable):
		return unreachable.Client
	}
	return ""
}

// watch waits for the end of a connection.
func (d *Desk) watch(c *connection) {
	d.work.Go(func() {
		if c.socket != nil {
			<-c.socket.Done()
			ended := c.socket.Ended()
			d.change(c, func(s *Status) { s.State, s.Ended = "closed", &ended })
			return
		}
		<-c.fetch.Done()
		if err := c.fetch.Err(); err != nil {
			d.fail(c, err)
			return
		}
		ended := c.fetch.Ended()
		d.change(c, func(s *Status) { s.State, s.Status, s.Ended = "closed", c.fetch.Status(), &ended })
	})
}

// change changes the status and tells of it.
func (d *Desk) change(c *connection, f func(*Status)) Status {
	d.mu.Lock()
	f(&c.status)
	s := c.status
	d.mu.Unlock()
	if d.o.Changed != nil {
		d.o.Changed(s)
	}
	return s
}

func (d *Desk) fail(c *connection, err error) Status {
	return d.change(c, func(s *Status) {
		s.State, s.Error = "failed", err.Error()
		var hinted interface{ Hint() string }
		if errors.As(err, &hinted) {
			s.Hint = hinted.Hint()
		}
	})
}

func (d *Desk) look(c *connection) Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return c.status
}

// Connections returns what is known of all connections, in the order in which
// they were opened.
func (d *Desk) Connections() []Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Status, len(d.opened))
	for i, c := range d.opened {
		all[i] = c.status
	}
	return all
}

// Send sends a message and returns what it resolved to.
func (d *Desk) Send(id string, m Message) ([]byte, error) {
	c, err := d.connection(id)
	if err != nil {
		return nil, err
	}
	if c.socket == nil {
		return nil, &TargetError{Part: "connection " + id, Why: "it is no open WebSocket"}
	}
	return c.socket.Send(m)
}

// End closes a connection with a code and a reason, or aborts it. It waits for
// the server's side of a close for a few seconds.
func (d *Desk) End(id string, abort bool, code int, reason string) error {
	c, err := d.connection(id)
	switch {
	case err != nil:
		return err
	case c.socket != nil && abort:
		return c.socket.Abort()
	case c.socket != nil:
		return c.socket.Close(code, reason)
	case c.fetch != nil && abort:
		return c.fetch.Abort()
	case c.fetch != nil:
		return c.fetch.Close()
	}
	return &TargetError{Part: "connection " + id, Why: "it is not open"}
}

// connection returns a copy, so that the sockets can be used without the lock.
func (d *Desk) connection(id string) (connection, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.opened {
		if c.status.Connection == id {
			return *c, nil
		}
	}
	return connection{}, ErrNoConnection
}

// Preview resolves a text as a connection with the given variables would.
func (d *Desk) Preview(text string, vars map[string]string) Preview {
	return d.scope(vars).Preview(text)
}

// Close ends all connections and waits for them.
func (d *Desk) Close() error {
	d.mu.Lock()
	d.closed = true
	opened := append([]*connection(nil), d.opened...)
	d.mu.Unlock()
	var ending sync.WaitGroup
	for _, c := range opened {
		ending.Go(func() {
			d.mu.Lock()
			socket, fetch := c.socket, c.fetch
			d.mu.Unlock()
			if socket != nil {
				late := time.AfterFunc(farewell, func() { _ = socket.Abort() })
				_ = socket.Close(1001, "") // going away (RFC 6455 §7.4.1)
				late.Stop()
			}
			if fetch != nil {
				_ = fetch.Close()
			}
		})
	}
	ending.Wait()
	d.work.Wait()
	return nil
}
