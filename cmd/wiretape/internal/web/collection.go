package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

// The documents in which saved connections and environments are kept.
const (
	documentCollection   = "collection"
	documentEnvironments = "environments"
)

func (s *Server) registerCollection() {
	s.handle("GET /collection", s.getCollection)
	s.handle("PUT /collection", s.putCollection)
	s.handle("GET /environments", s.getEnvironments)
	s.handle("PUT /environments", s.putEnvironments)
	s.handle("GET /collection/file", s.getCollectionFile)
	s.handle("PUT /collection/file", s.putCollectionFile)
}

// variables returns the variables of the environment in use.
func (s *Server) variables() map[string]string {
	e, err := s.environments()
	if err != nil {
		return nil
	}
	return e.Vars()
}

func (s *Server) environments() (*compose.Environments, error) {
	e := &compose.Environments{Items: []compose.Environment{}}
	return e, s.document(documentEnvironments, e)
}

func (s *Server) collection() ([]compose.Node, error) {
	nodes := []compose.Node{}
	return nodes, s.document(documentCollection, &nodes)
}

// document reads a document into v, which stays as it is where there is none.
func (s *Server) document(key string, v any) error {
	if s.o.Documents == nil {
		return nil
	}
	text, err := s.o.Documents.Document(key)
	if err != nil || text == nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read the document %q: %w", key, err)
	}
	return nil
}

// edition tells one state of a document from another.
func (s *Server) edition(key string) (string, error) {
	var text []byte
	if s.o.Documents != nil {
		var err error
		if text, err = s.o.Documents.Document(key); err != nil {
			return "", err
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// unchanged refuses to write over what the asker has not seen: two tabs keep
// the same document. Without an edition all is written over. The caller holds
// s.keeping.
func (s *Server) unchanged(key, edition string) error {
	if edition == "" {
		return nil
	}
	now, err := s.edition(key)
	if err != nil {
		return err
	}
	if now != edition {
		return problem(http.StatusConflict, "it was changed meanwhile", "another tab or program has saved something", "look at what is there now, and do it again")
	}
	return nil
}

// keep writes a document.
func (s *Server) keep(key string, v any) error {
	if s.o.Documents == nil {
		return problem(http.StatusConflict, "this tape keeps nothing", "", "open the page of a recorder, or of a tape that can be written")
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(text) > store.DocumentMax {
		return problem(http.StatusRequestEntityTooLarge, "it is too long to be kept", fmt.Sprintf("%d bytes of at most %d", len(text), store.DocumentMax), "take large messages out of it")
	}
	return s.o.Documents.SetDocument(key, text)
}

// collectionJSON is a collection on its way. Secrets names the variables of the
// environment that stand for what was taken out.
type collectionJSON struct {
	Items   []compose.Node `json:"items"`
	Edition string         `json:"edition"` // of what is changed, if somebody else may change it too
	Secrets []string       `json:"secrets,omitempty"`
}

func (s *Server) getCollection(w http.ResponseWriter, _ *http.Request) error {
	nodes, err := s.collection()
	if err != nil {
		return err
	}
	edition, err := s.edition(documentCollection)
	if err != nil {
		return err
	}
	return answer(w, &collectionJSON{Items: nodes, Edition: edition})
}

func (s *Server) putCollection(w http.ResponseWriter, r *http.Request) error {
	var q collectionJSON
	if err := take(w, r, &q); err != nil {
		return err
	}
	s.keeping.Lock()
	defer s.keeping.Unlock()
	if err := s.unchanged(documentCollection, q.Edition); err != nil {
		return err
	}
	clean, names, err := s.keepCollection(q.Items)
	if err != nil {
		return err
	}
	edition, err := s.edition(documentCollection)
	if err != nil {
		return err
	}
	return answer(w, &collectionJSON{Items: clean, Edition: edition, Secrets: names})
}

func (s *Server) keepCollection(nodes []compose.Node) (clean []compose.Node, names []string, err error) {
	if err := compose.CheckNodes(nodes); err != nil {
		return nil, nil, composeProblem(err)
	}
	if clean, names, err = s.vault.Collection(nodes); err != nil {
		return nil, nil, err
	}
	if clean == nil {
		clean = []compose.Node{}
	}
	return clean, names, s.keep(documentCollection, clean)
}

// environmentsJSON is environments on their way.
type environmentsJSON struct {
	*compose.Environments
	Edition string   `json:"edition"`
	Secrets []string `json:"secrets,omitempty"`
}

func (s *Server) getEnvironments(w http.ResponseWriter, _ *http.Request) error {
	e, err := s.environments()
	if err != nil {
		return err
	}
	edition, err := s.edition(documentEnvironments)
	if err != nil {
		return err
	}
	return answer(w, &environmentsJSON{Environments: e, Edition: edition})
}

func (s *Server) putEnvironments(w http.ResponseWriter, r *http.Request) error {
	q := environmentsJSON{Environments: &compose.Environments{}}
	if err := take(w, r, &q); err != nil {
		return err
	}
	s.keeping.Lock()
	defer s.keeping.Unlock()
	if err := s.unchanged(documentEnvironments, q.Edition); err != nil {
		return err
	}
	clean, names, err := s.keepEnvironments(q.Environments)
	if err != nil {
		return err
	}
	edition, err := s.edition(documentEnvironments)
	if err != nil {
		return err
	}
	return answer(w, &environmentsJSON{clean, edition, names})
}

func (s *Server) keepEnvironments(e *compose.Environments) (clean *compose.Environments, names []string, err error) {
	if err := compose.CheckEnvironments(e); err != nil {
		return nil, nil, composeProblem(err)
	}
	if clean, names, err = s.vault.Environments(e); err != nil {
		return nil, nil, err
	}
	if clean.Items == nil {
		clean.Items = []compose.Environment{}
	}
	return clean, names, s.keep(documentEnvironments, clean)
}

// getCollectionFile answers with everything in one file.
func (s *Server) getCollectionFile(w http.ResponseWriter, _ *http.Request) error {
	nodes, err := s.collection()
	if err != nil {
		return err
	}
	e, err := s.environments()
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(&compose.File{Wiretape: "collection", Version: 1, Collection: nodes, Environments: *e}, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="collection.json"`)
	return answerJSON(w, append(body, '\n'))
}

// putCollectionFile puts a file in the place of everything.
func (s *Server) putCollectionFile(w http.ResponseWriter, r *http.Request) error {
	var f compose.File
	if err := take(w, r, &f); err != nil {
		return err
	}
	if f.Wiretape != "collection" || f.Version != 1 {
		return problem(http.StatusBadRequest, "this is no collection", "", `it begins with {"wiretape":"collection","version":1`)
	}
	if err := compose.CheckEnvironments(&f.Environments); err != nil {
		return composeProblem(err)
	}
	s.keeping.Lock()
	defer s.keeping.Unlock()
	_, names, err := s.keepCollection(f.Collection)
	if err != nil {
		return err
	}
	_, more, err := s.keepEnvironments(&f.Environments)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"secrets": append(append([]string{}, names...), more...)})
}
