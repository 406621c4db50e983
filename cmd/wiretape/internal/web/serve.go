package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Page is a Server on a listener of its own.
type Page struct {
	*Server
	listener net.Listener
	http     http.Server
	served   chan struct{}
}

// Serve serves the page on l, until Close. The page owns the listener.
func Serve(l net.Listener, o Options) *Page {
	p := &Page{Server: New(o), listener: l, served: make(chan struct{})}
	p.http = http.Server{
		Handler:           p.Server,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return p.ctx },
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	go func() {
		defer close(p.served)
		if err := p.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.log.Warn("the page's server: " + err.Error())
		}
	}()
	return p
}

// URL returns the address of the page with the token in its fragment, which no
// browser sends on.
func (p *Page) URL(address string) string { return "http://" + address + "/#t=" + p.token }

// grace is how long answers that are under way may take when the page closes.
const grace = 100 * time.Millisecond

// Close ends all requests and what goes on behind them, and waits for it.
func (p *Page) Close() error {
	p.stop() // feeds end by this
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if p.http.Shutdown(ctx) != nil {
		_ = p.http.Close()
	}
	<-p.served
	return p.Server.Close()
}
