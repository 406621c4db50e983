package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wiretape/wiretape/replay"
)

// Mock is a mock server that runs.
type Mock struct {
	Server  *replay.Server
	URL     string   // its own address, for origin form
	Env     []string // NAME=VALUE, what points a program at it
	Command string   // what starts the same in a shell
	Plan    string   // the file that Command names with --plan; "" when it names none
	Close   func()   // ends the traffic and waits for it
}

// Bounds of mocks.
const (
	maxMocks   = 8  // running at once
	maxStopped = 16 // kept for their reports; the oldest is forgotten first
)

// mocks are those the page started. They may be used concurrently.
type mocks struct {
	mu     sync.Mutex
	last   int
	list   []*mockRun // in order
	closed bool
}

// mockRun is a mock, or what is left of one that was stopped.
type mockRun struct {
	Replay      string                      `json:"replay"`
	State       string                      `json:"state"` // running, stopping or stopped
	URL         string                      `json:"url"`
	WSURL       string                      `json:"ws_url"`
	Proxy       string                      `json:"proxy"`
	Env         []string                    `json:"env"`
	Command     string                      `json:"command"`
	Plan        string                      `json:"plan,omitempty"`
	Request     *ReplayRequest              `json:"request"`
	Started     time.Time                   `json:"started"`
	Speed       string                      `json:"speed"`
	Open        int                         `json:"open"`
	Divergences int                         `json:"divergences"`
	Warnings    int                         `json:"warnings"`
	Connections []replay.ConnectionProgress `json:"connections"`

	mock   *Mock          // nil once it is stopped
	report *replay.Report // of a stopped one
}

// start starts a mock, if there are not too many. The lock is not held while
// the tape is read: the place is taken before.
func (m *mocks) start(ctx context.Context, with Replayer, q *ReplayRequest) (*mockRun, error) {
	run := &mockRun{Request: q, Started: time.Now(), State: "starting", Connections: []replay.ConnectionProgress{}}
	m.mu.Lock()
	if n := m.live(); m.closed || n >= maxMocks {
		m.mu.Unlock()
		return nil, problem(http.StatusConflict, "no further mock can run", fmt.Sprintf("%d are running", n), "stop one first")
	}
	m.last++
	run.Replay = fmt.Sprintf("r%d", m.last)
	m.list = append(m.list, run)
	m.mu.Unlock()
	mock, err := with.Replay(ctx, q)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil && m.closed {
		mock.Close()
		err = problem(http.StatusServiceUnavailable, "the page's server is stopping", "", "")
	}
	if err != nil {
		m.list = slices.DeleteFunc(m.list, func(other *mockRun) bool { return other == run })
		return nil, err
	}
	run.mock, run.State = mock, "running"
	run.URL, run.WSURL, run.Proxy = mock.URL, "ws"+mock.URL[len("http"):], mock.URL
	run.Env, run.Command, run.Plan = mock.Env, mock.Command, mock.Plan
	return run.now(), nil
}

// live counts those that run or are being started. The lock must be held.
func (m *mocks) live() (n int) {
	for _, run := range m.list {
		if run.State != "stopped" {
			n++
		}
	}
	return n
}

// find returns a mock by its name. The lock must be held.
func (m *mocks) find(name string) (*mockRun, error) {
	for _, run := range m.list {
		if run.Replay == name && run.State != "starting" {
			return run, nil
		}
	}
	return nil, problem(http.StatusNotFound, "there is no such mock", name, "GET /replays lists them")
}

// all returns the mocks as they are now.
func (m *mocks) all() []mockRun {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []mockRun{}
	for _, run := range m.list {
		if run.State != "starting" {
			out = append(out, *run.now())
		}
	}
	return out
}

func (m *mocks) one(name string) (*mockRun, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.find(name)
	if err != nil {
		return nil, err
	}
	return run.now(), nil
}

// running returns a mock that can be changed.
func (m *mocks) running(name string) (*Mock, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.find(name)
	if err != nil {
		return nil, err
	}
	if run.State != "running" {
		return nil, problem(http.StatusConflict, "the mock has stopped", name, "start it again")
	}
	return run.mock, nil
}

// stop stops a mock; its report is kept. Stopping twice is stopping once.
func (m *mocks) stop(name string) (*mockRun, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.find(name)
	if err != nil {
		return nil, err
	}
	m.end(run)
	for stopped := len(m.list) - m.live(); stopped > maxStopped; stopped-- {
		oldest := slices.IndexFunc(m.list, func(r *mockRun) bool { return r.State == "stopped" })
		m.list = slices.Delete(m.list, oldest, oldest+1)
	}
	return run.now(), nil
}

// end stops a mock and keeps what it came to. The lock is held before and
// after, but not while the traffic ends.
func (m *mocks) end(run *mockRun) {
	if run.State != "running" {
		return
	}
	run.State = "stopping"
	m.mu.Unlock()
	run.mock.Close()
	m.mu.Lock()
	*run = *run.now()
	run.report = run.mock.Server.Report()
	run.mock, run.State, run.Open = nil, "stopped", 0
}

// report returns the report of a mock. With texts the messages in it that are
// JSON are texts, whose numbers a browser does not write anew.
func (m *mocks) report(name string, texts bool) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.find(name)
	if err != nil {
		return nil, err
	}
	if run.mock == nil {
		return reportOf(run.report, texts)
	}
	return reportOf(run.mock.Server.Report(), texts)
}

// close stops all mocks. None starts afterwards.
func (m *mocks) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, run := range slices.Clone(m.list) {
		m.end(run)
	}
}

// now returns a copy with the counters of this moment.
func (run *mockRun) now() *mockRun {
	out := *run
	if run.mock != nil {
		p := run.mock.Server.Progress()
		out.Speed = run.mock.Server.Speed().String()
		out.Open, out.Divergences, out.Warnings, out.Connections = p.Open, p.Divergences, p.Warnings, p.Connections
	}
	return &out
}

func reportOf(r *replay.Report, texts bool) ([]byte, error) {
	if texts {
		copied := *r
		copied.Divergences, copied.Warnings = withTexts(r.Divergences), withTexts(r.Warnings)
		r = &copied
	}
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

func withTexts(list []*replay.Divergence) []*replay.Divergence {
	out := make([]*replay.Divergence, len(list))
	for i, d := range list {
		copied := *d
		copied.Got, _ = json.Marshal(string(d.Got))
		out[i] = &copied
	}
	return out
}
