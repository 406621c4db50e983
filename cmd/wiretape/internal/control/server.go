// Package control is the side door of a running recorder: a socket next to the
// tape through which other processes read what is being recorded, since bbolt
// lets only one process hold the file. It stands between the tape and show,
// export and replay on the path bytes → mitm → capture → show, export, replay.
//
// The socket speaks HTTP. It hands out the tape's own keys and values, so that
// a reader over the socket and a reader over the file are one piece of code
// (store.NewReader). The file mode 0600 guards it.
package control

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// State is what a recorder says of itself.
type State struct {
	PID     int       `json:"pid"`
	Version string    `json:"version"`
	Tape    string    `json:"tape"`
	Session uint64    `json:"session"`
	Proxy   string    `json:"proxy"`
	CA      string    `json:"ca,omitempty"` // path of the certificate the proxy's are signed by
	UI      string    `json:"ui,omitempty"`
	Started time.Time `json:"started"`
}

// Path returns the path of the control socket of a tape.
func Path(tape string) string { return tape + ".sock" }

// Tape is the tape as the recorder holds it.
type Tape interface {
	Source() store.Source
	Sync() error
	Info() (store.Info, error)
	Annotate(id capture.ExchangeID, n capture.Notes) error
	Label(id capture.SessionID, label string, n capture.Notes) error
	SetDocument(key string, value []byte) error
}

// waitLimit bounds one long poll for the next commit.
const waitLimit = 20 * time.Second

// Server answers on the control socket until it is closed.
type Server struct {
	http     http.Server
	listener net.Listener
	path     string
	served   sync.WaitGroup
	stop     context.CancelFunc
}

// Serve listens on the control socket next to the tape at state.Tape. The
// caller holds the tape, so that a socket that lies there already is a stale one
// and is replaced.
func Serve(tape Tape, state State) (*Server, error) {
	path := Path(state.Tape)
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("open the control socket: %s is there and is no socket", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the stale control socket: %w", err)
	}
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket %s: %w", path, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{listener: l, path: path, stop: stop}
	s.http = http.Server{
		Handler:           handler(tape, state),
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.served.Go(func() { _ = s.http.Serve(l) })
	return s, nil
}

// Close removes the socket, ends all requests and waits for them.
func (s *Server) Close() error {
	_ = os.Remove(s.path)
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	s.served.Wait()
	return err
}

func handler(tape Tape, state State) http.Handler {
	source := tape.Source()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) { writeJSON(w, state, nil) })
	mux.HandleFunc("POST /sync", func(w http.ResponseWriter, r *http.Request) { writeJSON(w, struct{}{}, tape.Sync()) })
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, r *http.Request) {
		info, err := tape.Info()
		writeJSON(w, info, err)
	})
	mux.HandleFunc("GET /get", func(w http.ResponseWriter, r *http.Request) {
		value, err := source.Get(r.FormValue("bucket"), []byte(r.FormValue("key")))
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case value == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			_, _ = w.Write(value)
		}
	})
	mux.HandleFunc("GET /getall", func(w http.ResponseWriter, r *http.Request) { getAll(w, r, source) })
	mux.HandleFunc("GET /scan", func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.FormValue("limit"))
		size, _ := strconv.Atoi(r.FormValue("bytes"))
		pairs, err := source.Scan(r.FormValue("bucket"), []byte(r.FormValue("from")), limit, size)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writePairs(w, pairs)
	})
	mux.HandleFunc("GET /wait", func(w http.ResponseWriter, r *http.Request) { wait(w, r, source) })
	mux.HandleFunc("POST /annotate", func(w http.ResponseWriter, r *http.Request) {
		change(w, r, func(c *Change) error { return tape.Annotate(c.Exchange, c.Notes) })
	})
	mux.HandleFunc("POST /label", func(w http.ResponseWriter, r *http.Request) {
		change(w, r, func(c *Change) error { return tape.Label(c.Session, c.Label, c.Notes) })
	})
	mux.HandleFunc("POST /inject", func(w http.ResponseWriter, r *http.Request) { serveInject(w, r, tape) })
	mux.HandleFunc("GET /guard", func(w http.ResponseWriter, r *http.Request) { serveGuard(w, r, tape) })
	mux.HandleFunc("PUT /document", func(w http.ResponseWriter, r *http.Request) {
		value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, store.DocumentMax))
		if err == nil {
			err = tape.SetDocument(r.URL.Query().Get("key"), value)
		}
		writeJSON(w, struct{}{}, err)
	})
	mux.HandleFunc("DELETE /document", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, struct{}{}, tape.SetDocument(r.URL.Query().Get("key"), nil))
	})
	return mux
}

// getAll answers with the values of several keys, as many of the first ones as
// were read. A key without a value is a pair without both.
func getAll(w http.ResponseWriter, r *http.Request, source store.Source) {
	query := r.URL.Query()
	size, _ := strconv.Atoi(query.Get("bytes"))
	var keys [][]byte
	for _, k := range query["key"] {
		keys = append(keys, []byte(k))
	}
	values, err := source.GetAll(query.Get("bucket"), keys, size)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	pairs := make([]store.Pair, len(values))
	for i, v := range values {
		if v != nil {
			pairs[i] = store.Pair{Key: keys[i], Value: v}
		}
	}
	writePairs(w, pairs)
}

func wait(w http.ResponseWriter, r *http.Request, source store.Source) {
	head, err := strconv.ParseUint(r.FormValue("head"), 10, 64)
	if err != nil { // none given: just tell
		_, _ = fmt.Fprint(w, source.Head())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), waitLimit)
	defer cancel()
	now, err := source.Wait(ctx, head)
	if err != nil && ctx.Err() == nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprint(w, now)
}

// Change is what a person wants written onto the tape.
type Change struct {
	Exchange capture.ExchangeID
	Session  capture.SessionID
	Label    string
	Notes    capture.Notes
}

// change carries out a change.
func change(w http.ResponseWriter, r *http.Request, apply func(*Change) error) {
	var c Change
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&c)
	if err == nil {
		err = apply(&c)
	}
	writeJSON(w, struct{}{}, err)
}

func writeJSON(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// writePairs writes keys and values, each behind its length as four bytes, big
// endian.
func writePairs(w http.ResponseWriter, pairs []store.Pair) {
	var length [4]byte
	for _, p := range pairs {
		for _, b := range [...][]byte{p.Key, p.Value} {
			binary.BigEndian.PutUint32(length[:], uint32(len(b)))
			if _, err := w.Write(length[:]); err != nil {
				return
			}
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}
}
