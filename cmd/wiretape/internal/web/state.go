package web

import (
	"net/http"
	"slices"
	"time"
)

// Setup says how programs are pointed at the proxy and made to trust it.
type Setup struct {
	CA       CA
	Ways     []Way    // how to do it, one for each kind of program
	Warnings []string // what a person should know
}

// CA is the certificate authority of the recorder.
type CA struct {
	Path    string    `json:"path"`
	SHA256  string    `json:"sha256"`
	Expires time.Time `json:"expires"`
	PEM     string    `json:"pem"`
}

// Way is how one kind of program is set up.
type Way struct {
	Name  string   `json:"name"`
	Lines []string `json:"lines"`
}

func (s *Server) registerState() {
	s.handle("GET /state", s.state)
}

// state answers what the page shows around everything.
func (s *Server) state(w http.ResponseWriter, r *http.Request) error {
	var v struct {
		Version   string     `json:"version"`
		Mode      Mode       `json:"mode"`
		Tape      string     `json:"tape"`
		Session   uint64     `json:"session"`
		Proxy     string     `json:"proxy"`
		CA        *CA        `json:"ca,omitempty"`
		Can       []string   `json:"can"`
		Head      uint64     `json:"head"`
		Exchanges int        `json:"exchanges"`
		Recording bool       `json:"recording"`
		Started   *time.Time `json:"started,omitempty"` // of the session
		Warnings  []string   `json:"warnings"`
		Setup     []Way      `json:"setup"`
	}
	v.Version, v.Mode, v.Tape, v.Session, v.Proxy = s.o.Version, s.o.Mode, s.o.Tape, uint64(s.o.Session), s.o.Proxy
	v.Can, v.Warnings, v.Setup = s.can(), []string{}, []Way{}
	if s.o.Setup != nil {
		setup := s.o.Setup()
		v.CA, v.Setup = &setup.CA, setup.Ways
		v.Warnings = append(v.Warnings, setup.Warnings...)
	}
	if s.o.Source != nil {
		v.Head = s.o.Source.Head()
	}
	v.Recording = s.o.Mode == ModeRecord && !s.gone.Load()
	if s.o.Source != nil {
		all := s.listings.find(s, listingKey{}, nil)
		if _, err := all.catchUp(r.Context(), patience); err != nil {
			return err
		}
		_, v.Exchanges = all.newest(0)
		sessions, err := s.tape.Sessions()
		if err != nil {
			return err
		}
		for i := range sessions {
			if sessions[i].ID == s.o.Session || s.o.Session == 0 && i == len(sessions)-1 {
				v.Started = &sessions[i].Started
			}
		}
	}
	return answer(w, &v)
}

// can names the parts that are switched on. Each owner adds a line.
func (s *Server) can() []string {
	can := []string{}
	for name, on := range map[string]bool{
		"annotate":  s.o.Annotator != nil,
		"documents": s.o.Documents != nil,
		"replay":    s.o.Replayer != nil,
		"export":    s.o.Exporter != nil,
		"import":    s.o.Importer != nil,
		"compose":   s.o.Compose != nil,
		"inject":    s.o.Injector != nil,
	} {
		if on {
			can = append(can, name)
		}
	}
	slices.Sort(can)
	return can
}
