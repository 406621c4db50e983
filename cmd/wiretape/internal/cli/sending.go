package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

const (
	// quiet is how long nothing must come before a socket is closed, where the
	// user says nothing of it.
	quiet = 2 * time.Second
	// findPatience bounds the wait for an exchange to be on the tape.
	findPatience = 5 * time.Second
	// tailPatience bounds the wait for its end to be there.
	tailPatience = 5 * time.Second
)

// sending is one run of send.
type sending struct {
	*app
	*sendFlags
	target compose.Target
	scope  *compose.Scope
	code   int
	reason string

	way  *compose.Way
	tape *recording
	own  *recorder // nil where another process records

	exchange atomic.Uint64 // its number, once it is on the tape
	printing sync.WaitGroup
	printed  error         // what printing failed with
	came     chan struct{} // something came from the server; holds one
	enough   chan struct{} // closed when as many answers came as were wanted
	answers  uint
}

// talk opens a socket, says everything and waits for what comes back.
func (s *sending) talk(ctx context.Context) error {
	if err := s.check(); err != nil {
		return err
	}
	last, err := compose.Last(s.tape)
	if err != nil {
		return err
	}
	socket, err := s.way.Open(ctx, s.target, s.scope)
	if err != nil {
		s.sayRefused(ctx, last, err)
		return err
	}
	defer socket.Abort()
	s.print(ctx, last, socket.Client())
	err = s.sayAll(ctx, socket)
	if err == nil {
		s.await(ctx, socket.Done())
	}
	if closeErr := socket.Close(s.code, s.reason); err == nil {
		err = closeErr
	}
	if printErr := s.finish(); err == nil {
		err = printErr
	}
	return err
}

// check resolves the messages before anything is connected, so that none is
// missed for a name that stands for nothing.
func (s *sending) check() error {
	for _, m := range s.said.messages {
		if m.Text == nil {
			continue
		}
		if p := s.scope.Preview(*m.Text); len(p.Unknown) > 0 {
			return &compose.UnknownError{Names: p.Unknown}
		} else if p.Error != "" {
			_, err := s.scope.Resolve(*m.Text)
			return err
		}
	}
	return nil
}

// find waits for the exchange to be on the tape.
func (s *sending) find(ctx context.Context, after capture.ExchangeID, client string) (*capture.Exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, findPatience)
	defer cancel()
	id, err := compose.Find(ctx, s.tape, after, client)
	if err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, &hinted{errors.New("what was sent does not appear on the tape"), "see what the recorder says of it"}
	}
	s.exchange.Store(uint64(id))
	return s.tape.Exchange(id)
}

// sayRefused shows the answer to a handshake that was refused.
func (s *sending) sayRefused(ctx context.Context, last capture.ExchangeID, err error) {
	var refused *compose.RefusedError
	if !errors.As(err, &refused) {
		return
	}
	for line := range strings.Lines(string(refused.Body)) {
		s.say("answer: %s", view.Sanitize(strings.TrimRight(line, "\r\n")))
	}
	_, _ = s.find(ctx, last, refused.Client) // so that its number can be told
}

// sayAll sends the messages, and then the lines of stdin where they are meant.
func (s *sending) sayAll(ctx context.Context, socket *compose.Socket) error {
	for i, m := range s.said.messages {
		if _, err := socket.Send(m); err != nil {
			return unsent(err, len(s.said.messages)-i)
		}
	}
	if len(s.said.messages) > 0 && !s.said.lines {
		return nil
	}
	lines := make(chan string)
	go s.readLines(lines) // ends with the program: nothing ends a read of a terminal
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return nil
			}
			if _, err := socket.Send(compose.TextMessage(line)); err != nil {
				return unsent(err, 1)
			}
		case <-socket.Done():
			if e := socket.Ended(); e.How != "close" {
				return &compose.ClosedError{Ended: e}
			}
			return nil
		case <-s.enough:
			return nil
		case sig := <-s.signals:
			s.signals <- sig // await ends by it, too
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// unsent says how many messages were left when the connection was over.
func unsent(err error, left int) error {
	var closed *compose.ClosedError
	if !errors.As(err, &closed) {
		return err
	}
	return &hinted{fmt.Errorf("%s not sent: %w", count(uint64(left), "message"), err), closed.Hint()}
}

func (s *sending) readLines(lines chan<- string) {
	defer close(lines)
	in := bufio.NewReader(s.in)
	for {
		line, err := in.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" || err == nil {
			lines <- line
		}
		if err != nil {
			return
		}
	}
}

// await waits until it is time to end.
func (s *sending) await(ctx context.Context, done <-chan struct{}) {
	limit := s.wait
	if limit == 0 {
		limit = quiet
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	over := timer.C
	if s.wait == 0 && s.count > 0 {
		over = nil // the answers end it
	}
	for {
		select {
		case <-done:
			return
		case <-s.enough:
			return
		case <-s.signals:
			return
		case <-ctx.Done():
			return
		case <-over:
			return
		case <-s.came:
			if s.wait == 0 {
				timer.Reset(limit)
			}
		}
	}
}

// fetch sends a request and shows its answer.
func (s *sending) fetch(ctx context.Context) error {
	last, err := compose.Last(s.tape)
	if err != nil {
		return err
	}
	f, err := s.way.Fetch(ctx, s.target, s.scope)
	if err != nil {
		return err
	}
	defer f.Close()
	s.print(ctx, last, f.Client())
	over := s.wait
	if over == 0 {
		over = 1<<63 - 1 // until the answer ends
	}
	timer := time.NewTimer(over)
	defer timer.Stop()
	select {
	case <-f.Done():
	case <-s.enough:
	case <-s.signals:
	case <-ctx.Done():
	case <-timer.C:
	}
	if err := f.Close(); err != nil {
		return err
	}
	err = s.finish()
	var unreachable *compose.UnreachableError
	if errors.As(f.Err(), &unreachable) {
		return unreachable
	}
	if err == nil && f.Ended().By != "client" {
		err = f.Err()
	}
	return err
}

// print shows the rows of the exchange as they come onto the tape. The traffic
// does not wait for that.
func (s *sending) print(ctx context.Context, last capture.ExchangeID, client string) {
	s.came, s.enough = make(chan struct{}, 1), make(chan struct{})
	s.printing.Go(func() {
		ex, err := s.find(context.WithoutCancel(ctx), last, client)
		if err == nil {
			err = s.rows(ex)
		}
		s.printed = err
	})
}

// finish waits until everything is shown, and says what is missing.
func (s *sending) finish() error {
	shown := make(chan struct{})
	go func() { s.printing.Wait(); close(shown) }()
	late := time.NewTimer(tailPatience)
	defer late.Stop()
	select {
	case <-shown:
	case <-late.C:
		return &hinted{errors.New("the end of it does not appear on the tape"), "see what the recorder says of it"}
	}
	if s.printed == nil && s.count > s.answers {
		return fmt.Errorf("%s came, not %d", count(uint64(s.answers), "answer"), s.count)
	}
	return s.printed
}

// rows shows the exchange, row by row, until it has ended.
func (s *sending) rows(ex *capture.Exchange) error {
	everything, err := filter.Parse("")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(s.out, 64<<10)
	defer out.Flush()
	ex, err = s.kind(ex)
	if err != nil {
		return err
	}
	follower := &follower{Reader: s.tape, source: s.tape.source, ex: ex, idle: func() { _ = out.Flush() }}
	v := &showing{
		showFlags: &showFlags{json: s.json, from: 1}, keep: everything, out: out, style: s.style(),
		transcript: s.transcript(follower, ex), now: s.transcript(s.tape, ex), passed: s.passed,
	}
	v.style.Started = ex.Started
	v.timeline = view.Timeline(out, v.style)
	switch ex.Kind {
	case capture.KindWebSocket:
		err = v.messageRows(ex)
	case capture.KindSSE, capture.KindNDJSON:
		err = v.events(ex)
	default:
		return v.run()
	}
	if err == nil && !s.json {
		err = v.timeline.End(ex)
	}
	return err
}

// kind waits until it is known what the exchange is, and returns it as it is
// then. Streams are known by the head of the response or soon after; all else
// is shown when it has ended.
func (s *sending) kind(ex *capture.Exchange) (*capture.Exchange, error) {
	for {
		if !ex.Open || ex.Kind != capture.KindHTTP {
			return ex, nil
		}
		head := s.tape.Head()
		fresh, err := s.tape.Exchange(ex.ID)
		if err != nil {
			return nil, err
		}
		if ex = fresh; ex.Open && ex.Kind == capture.KindHTTP {
			if _, err := s.tape.Wait(context.Background(), head); err != nil {
				return nil, err
			}
		}
	}
}

// passed counts what came from the server.
func (s *sending) passed(dir capture.Direction, answer bool) {
	if dir != capture.Receive {
		return
	}
	select {
	case s.came <- struct{}{}:
	default:
	}
	if !answer {
		return
	}
	if s.answers++; s.answers == s.count {
		close(s.enough)
	}
}
