package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	// maxFeeds is how many feeds there may be: a browser has six connections to
	// one host.
	maxFeeds = 4
	// maxWatched is how many exchanges one feed watches.
	maxWatched = 16
	// feedPause lies between two events of one feed, and feedShare is how many
	// times longer the pause is than making the event took.
	feedPause = 100 * time.Millisecond
	feedShare = 10
	// feedAlive is how long a feed is silent at most.
	feedAlive = 15 * time.Second
	// feedPatience is how long a reader may take to accept an event.
	feedPatience = 15 * time.Second
	// maxTold is how many numbers of exchanges one event holds.
	maxTold = 500
)

func (s *Server) registerFeed() {
	s.handle("GET /feed", s.serveFeed)
}

// feed is one open feed.
type feed struct {
	server  *Server
	w       io.Writer
	control *http.ResponseController
	watched []capture.ExchangeID
	list    bool
	inbox   *inbox

	last  capture.ExchangeID                // of the newest one told of
	known map[capture.ExchangeID]watchState // of those that go on
}

// watchState is what a feed compares to see whether an exchange changed.
type watchState struct {
	sent, received capture.Counts
	note           string
	open           bool
}

// serveFeed tells how far the tape has got, until the page goes away.
func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) error {
	f := &feed{server: s, w: w, control: http.NewResponseController(w), list: r.FormValue("list") == "1", known: map[capture.ExchangeID]watchState{}}
	for word := range strings.SplitSeq(r.FormValue("exchanges"), ",") {
		if word == "" {
			continue
		}
		id, err := strconv.ParseUint(word, 10, 64)
		if err != nil || len(f.watched) == maxWatched {
			return problem(http.StatusBadRequest, "these cannot be watched", r.FormValue("exchanges"), fmt.Sprintf("at most %d numbers of exchanges, with commas", maxWatched))
		}
		f.watched = append(f.watched, capture.ExchangeID(id))
	}
	var ok bool
	if f.inbox, ok = s.hub.join(); !ok {
		w.Header().Set("Retry-After", "2")
		return problem(http.StatusTooManyRequests, "too many pages are open", fmt.Sprintf("%d feeds", maxFeeds), "ask for /state now and then instead")
	}
	defer s.hub.leave(f.inbox)
	w.Header().Set("Content-Type", "text/event-stream")
	if r.Header.Get("Last-Event-ID") != "" {
		_ = f.send("reset", "", []byte("{}"))
	}
	_ = f.run(r.Context())
	return nil
}

// run tells until ctx ends or the reader does not read.
func (f *feed) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(f.server.ctx, cancel)
	defer stop()
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	for {
		began := time.Now()
		head := f.server.tape.Head()
		if err := f.heads(ctx, head); err != nil {
			return err
		}
		commits := make(chan error, 1)
		waiting.Go(func() {
			_, err := f.server.tape.Wait(ctx, head)
			commits <- err
		})
		if err := f.idle(ctx, began, commits); err != nil {
			return err
		}
	}
}

// idle waits for the next commit and for the pause to be over, and passes on
// what others have to tell meanwhile.
func (f *feed) idle(ctx context.Context, began time.Time, commits <-chan error) error {
	pause := time.NewTimer(max(feedPause, feedShare*time.Since(began)))
	defer pause.Stop()
	alive := time.NewTicker(feedAlive)
	defer alive.Stop()
	moved, rested := false, false
	for !moved || !rested {
		select {
		case err := <-commits:
			if moved = err == nil; !moved && ctx.Err() == nil {
				f.over(err)
			}
		case <-pause.C:
			rested = true
		case <-alive.C:
			if err := f.write(": \n\n"); err != nil {
				return err
			}
		case <-f.inbox.rings:
			for _, e := range f.inbox.take() {
				if err := f.send(e.name, "", e.data); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// over tells that nothing more will be recorded.
func (f *feed) over(err error) {
	if f.server.o.Mode != ModeRecord {
		return
	}
	f.server.gone.Store(true)
	state := map[string]any{"recording": false}
	if !errors.Is(err, io.EOF) {
		state["error"] = err.Error()
	}
	if data, err := json.Marshal(state); err == nil {
		_ = f.send("state", "", data)
	}
}

// headsJSON tells how far the tape has got.
type headsJSON struct {
	Head    uint64                           `json:"head"`
	Total   *int                             `json:"total,omitempty"`
	X       map[capture.ExchangeID]*headJSON `json:"x,omitempty"`
	New     []capture.ExchangeID             `json:"new,omitempty"`
	Changed []capture.ExchangeID             `json:"changed,omitempty"`
}

// headJSON tells how far one exchange has got.
type headJSON struct {
	Rows   uint64 `json:"rows"`
	Frames uint64 `json:"frames"`
	State  string `json:"state"`
}

// heads tells how far the tape has got.
func (f *feed) heads(ctx context.Context, head uint64) error {
	out := headsJSON{Head: head}
	if f.list {
		if err := f.listed(ctx, &out); err != nil {
			return err
		}
	}
	for _, id := range f.watched {
		h, err := f.head(id)
		if errors.Is(err, capture.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if out.X == nil {
			out.X = map[capture.ExchangeID]*headJSON{}
		}
		out.X[id] = h
	}
	data, err := json.Marshal(&out)
	if err != nil {
		return err
	}
	return f.send("heads", strconv.FormatUint(head, 10), data)
}

// head tells how far one exchange has got.
func (f *feed) head(id capture.ExchangeID) (*headJSON, error) {
	r, err := f.server.reel(id, messages)
	if err != nil {
		return nil, err
	}
	h := &headJSON{State: "done"}
	if growing(r.ex) {
		h.State = "open"
	}
	if h.Rows, err = f.server.totals.rows(r); err != nil {
		return nil, err
	}
	h.Frames, err = f.server.totals.rows(r.on(frames))
	return h, err
}

// listed fills in what is new and what changed in the list.
func (f *feed) listed(ctx context.Context, out *headsJSON) error {
	all := f.server.listings.find(f.server, listingKey{}, nil)
	if _, err := all.catchUp(ctx, patience); err != nil {
		return err
	}
	ids, open, total := all.since(f.last, maxTold)
	out.Total = &total
	if f.last > 0 {
		out.New = ids
	}
	if len(ids) > 0 {
		f.last = ids[len(ids)-1]
	}
	for _, id := range open {
		if _, ok := f.known[id]; !ok {
			f.known[id] = watchState{open: true}
		}
	}
	for id, before := range f.known {
		ex, err := f.server.tape.Exchange(id)
		if err != nil {
			delete(f.known, id)
			continue
		}
		now := watchState{ex.Sent, ex.Received, ex.Note + strings.Join(ex.Tags, " "), growing(ex)}
		if now != before && len(out.Changed) < maxTold {
			out.Changed = append(out.Changed, id)
			f.known[id] = now
		}
		if !now.open {
			delete(f.known, id)
		}
	}
	slices.Sort(out.Changed)
	return nil
}

// send writes one event (WHATWG HTML 9.2.5).
func (f *feed) send(name, id string, data []byte) error {
	text := "event: " + name + "\n"
	if id != "" {
		text += "id: " + id + "\n"
	}
	return f.write(text + "data: " + string(data) + "\n\n")
}

func (f *feed) write(text string) error {
	if _, err := io.WriteString(f.w, text); err != nil {
		return err
	}
	_ = f.control.SetWriteDeadline(time.Now().Add(feedPatience))
	return f.control.Flush()
}
