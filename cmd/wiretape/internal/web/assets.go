package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed all:assets
var embedded embed.FS

// asset is a file of the page.
type asset struct {
	body      []byte
	mediaType string
	tag       string // the strong ETag: its sha256
}

// mediaTypes are those of the page's files; the system's own table is not asked.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".json": "application/json",
	".png":  "image/png",
	".ico":  "image/x-icon",
}

// assets returns the page's files by the path they are asked for at.
func assets() map[string]asset {
	files := map[string]asset{}
	_ = fs.WalkDir(embedded, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		a := asset{body: body, mediaType: mediaTypes[path.Ext(name)]}
		if a.mediaType == "" {
			a.mediaType = "text/plain; charset=utf-8"
		}
		sum := sha256.Sum256(body)
		a.tag = `"` + hex.EncodeToString(sum[:]) + `"`
		files["/"+strings.TrimPrefix(name, "assets/")] = a
		return nil
	})
	files["/"] = files["/index.html"]
	return files
}

// serveAsset answers with a file of the page. Browsers keep it and ask each time
// whether it is still the same (RFC 9110 §13.1.2).
func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.files[r.URL.Path]
	if !ok {
		s.refuse(w, r, problem(http.StatusNotFound, "there is no such page", r.URL.Path, "the page is at /"))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, r, problem(http.StatusMethodNotAllowed, "the page can only be read", r.Method, ""))
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if path.Ext(r.URL.Path) == ".svg" { // icons are drawn anew all the time, also when wiretape has ended
		h.Set("Cache-Control", "max-age=60, stale-while-revalidate=86400")
	}
	h.Set("ETag", a.tag)
	if strings.Contains(r.Header.Get("If-None-Match"), a.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.mediaType)
	if r.Method == http.MethodGet {
		_, _ = w.Write(a.body)
	}
}
