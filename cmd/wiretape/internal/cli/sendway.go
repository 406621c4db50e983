package cli

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"os"

	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
	"github.com/wiretape/wiretape/mitm"
)

// open finds the recorder that holds the tape, or starts one that lasts as long
// as this command, and the way through it.
func (s *sending) open() error {
	if client, err := control.Dial(s.app.tape); err == nil {
		state := client.State()
		_ = client.Close()
		return s.joinRecorder(&state)
	}
	return s.startRecorder()
}

// joinRecorder goes through a recorder of another process.
func (s *sending) joinRecorder(state *control.State) error {
	if state.Proxy == "" {
		return s.taken(fmt.Errorf("%s is in use by process %d", s.app.tape, state.PID))
	}
	if s.upstream != (upstreamFlags{}) {
		return takesNoFlags(s.app.tape, state)
	}
	way, err := recorderWay(state, s.caDir)
	if err != nil {
		return err
	}
	s.way = way
	s.tape, err = s.app.open(s.app.tape)
	return err
}

// takesNoFlags says that how servers are reached is up to another process.
func takesNoFlags(tape string, state *control.State) error {
	return &hinted{
		fmt.Errorf("%s is being recorded to by process %d, which reaches servers in its own way", tape, state.PID),
		"give --upstream-ca, --insecure-upstream and the like to that recorder, or send to another tape with -t FILE",
	}
}

// recorderWay returns the way through a recorder of another process. One that
// does not say what its certificates are signed by has the authority in caDir.
func recorderWay(state *control.State, caDir string) (*compose.Way, error) {
	u, err := url.Parse(state.Proxy)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the recorder's proxy %q is no URL", state.Proxy)
	}
	file := state.CA
	if file == "" {
		ca, err := authority(caDir)
		if err != nil {
			return nil, err
		}
		file = ca.CertFile()
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the recorder's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &compose.Way{Proxy: u.Host, Roots: roots}, nil
}

// startRecorder starts a recorder of our own.
func (s *sending) startRecorder() (err error) {
	f := &recordFlags{label: "send", ui: uiOff, onOverload: "wait", upstream: s.upstream}
	set, err := f.settings()
	if err != nil {
		return err
	}
	var ca *certs.Authority
	if ca, err = authority(s.caDir); err != nil {
		return err
	}
	l, err := s.listen("127.0.0.1:0", false)
	if err != nil {
		return err
	}
	r, err := s.recorder(f, set)
	if err != nil {
		_ = l.Close()
		return err
	}
	r.silent = true
	set.relay.Recorder, set.relay.Self, set.relay.Log = r.rec, ownAddress(l), r.log
	r.relay = mitm.NewRelay(&set.relay)
	if err := r.start(f, nil, ca, l); err != nil {
		_ = l.Close()
		_ = r.stop()
		return err
	}
	s.own = r
	s.way = &compose.Way{Proxy: l.Addr().String(), Roots: ca.Pool()}
	s.tape = &recording{Reader: r.tape, source: r.tape.Source()}
	return nil
}

// close stops what open started, and tells where it all stands.
func (s *sending) close() error {
	var err error
	if s.own != nil {
		err = s.own.stop()
	} else {
		err = s.tape.Close()
	}
	if id := s.exchange.Load(); id != 0 {
		s.say("recorded as exchange %d; next: wiretape show %[1]d%s", id, tapeFlag(s.app.tape))
	}
	return err
}

var (
	_ compose.Tape = (*recording)(nil)
	_ compose.Tape = (*store.Tape)(nil)
)
