package web_test

import (
	"errors"
	"iter"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// crowded is a tape that counts how many read payloads at once, and holds them
// back until gate is closed.
type crowded struct {
	web.Source
	gate            chan struct{}
	asked, now, top atomic.Int32
}

func (c *crowded) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		now := c.now.Add(1)
		defer c.now.Add(-1)
		for top := c.top.Load(); now > top && !c.top.CompareAndSwap(top, now); top = c.top.Load() {
		}
		<-c.gate
		for p, err := range c.Source.Pieces(id, from) {
			if !yield(p, err) {
				return
			}
		}
	}
}

// Exchange implements capture.Reader. It is what each request asks first.
func (c *crowded) Exchange(id capture.ExchangeID) (*capture.Exchange, error) {
	c.asked.Add(1)
	return c.Source.Exchange(id)
}

// TestFewLongMessagesAreInMemoryAtOnce asks for a long one eight times.
func TestFewLongMessagesAreInMemoryAtOnce(t *testing.T) {
	const clients = 8
	for _, path := range []string{"", "/view?as=", "/raw"} {
		t.Run(strings.Trim(path, "/"), func(t *testing.T) {
			s := newStudio(t)
			k := s.socket("ws://a.test/")
			k.text(time.Millisecond, strings.Repeat("x", 2<<20))
			k.ends()
			c := &crowded{Source: s.tape, gate: make(chan struct{})}
			d := drive(t, web.Options{Source: c})
			var asking sync.WaitGroup
			for i := range clients {
				asking.Go(func() {
					as := ""
					if strings.HasSuffix(path, "=") { // one sheet each
						as = []string{"json", "xml", "html", "text", "hex", "base64", "form", "auto"}[i]
					}
					if got := d.ask("GET", "/exchanges/1/rows/1"+path+as, nil, nil); got != 200 {
						t.Errorf("%s%s: %d", path, as, got)
					}
				})
			}
			for c.asked.Load() < clients || c.now.Load() < 2 {
				runtime.Gosched()
			}
			for range 10_000 { // the others could come now
				runtime.Gosched()
			}
			close(c.gate)
			asking.Wait()
			if top := c.top.Load(); top > 2 {
				t.Errorf("%d are read at once", top)
			}
		})
	}
}

// TestADownloadThatWaitsHoldsNoPlace leaves two downloads standing.
func TestADownloadThatWaitsHoldsNoPlace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := newStudio(t)
	k := s.socket("ws://a.test/")
	k.text(time.Millisecond, strings.Repeat("x", 32<<20))
	k.ends()
	for range 3 {
		c := s.raw("GET /api/v1/exchanges/1/rows/1/raw HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.base, "http://") + "\r\nAuthorization: Bearer " + s.page.Token() + "\r\n\r\n")
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	s.want(http.StatusOK, "GET", "/exchanges/1/rows", nil, nil)
	if files, _ := filepath.Glob(filepath.Join(dir, "wiretape-raw-*")); len(files) > 0 && runtime.GOOS != "windows" {
		t.Errorf("what was recorded lies about in %v", files)
	}
}

// flaky is a tape that cannot be read for a moment.
type flaky struct {
	web.Source
	broken atomic.Bool
}

func (f *flaky) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		if f.broken.Load() {
			yield(nil, errors.New("the disk is asleep"))
			return
		}
		for p, err := range f.Source.Pieces(id, from) {
			if !yield(p, err) {
				return
			}
		}
	}
}

func TestAListThatFailedIsMadeAgain(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/")
	k.text(time.Millisecond, `{"a":1}`)
	k.text(time.Millisecond, `{"a":2}`)
	k.ends()
	tape := &flaky{Source: s.tape}
	tape.broken.Store(true)
	d := drive(t, web.Options{Source: tape})
	d.want(http.StatusInternalServerError, "GET", "/exchanges/1/rows?filter=text:a", nil, nil)
	tape.broken.Store(false)
	var page rowsPage
	d.want(http.StatusOK, "GET", "/exchanges/1/rows?filter=text:a", nil, &page)
	if page.Total != 2 {
		t.Errorf("%+v", page)
	}
}
