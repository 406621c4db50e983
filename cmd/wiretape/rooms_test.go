package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/wiretape/wiretape"

// source is one parsed file of the module, test files left out.
type source struct {
	path string // from the module's root, with slashes
	dir  string
	file *ast.File
	set  *token.FileSet
}

// sources parses the module's files itself, not through "go list", so that the
// test cache sees every file it depends on.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{rel, path.Dir(rel), f, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestImportDirection keeps the rooms apart: the path of the data stands in the
// imports.
func TestImportDirection(t *testing.T) {
	rules := []struct{ room, never string }{
		{"certs", module},
		{"capture", module + "/mitm"},
		{"capture", module + "/replay"},
		{"capture", module + "/certs"},
		{"capture", module + "/cmd"},
		{"capture", "net"},
		{"capture", "net/http"},
		{"capture", "crypto/tls"},
		{"capture/record", module + "/capture/store"},
		{"capture/store", module + "/capture/record"},
		{"mitm", module + "/replay"},
		{"mitm", module + "/cmd"},
		{"mitm", module + "/capture/store"},
		{"mitm", module + "/capture/record"},
		{"replay", module + "/mitm"},
		{"replay", module + "/cmd"},
		{"replay", "github.com/elazarl/goproxy"},
	}
	under := func(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rules {
				if !under(s.dir, r.room) {
					continue
				}
				bad := imported == r.never
				if strings.HasPrefix(r.never, module) {
					bad = under(imported, r.never) && !under(imported, module+"/"+r.room)
				}
				if bad {
					t.Errorf("%s imports %s: %s must not", s.path, imported, r.room)
				}
			}
		}
	}
}

// TestRoomsAreReadable holds every file to what a reader may expect of it.
func TestRoomsAreReadable(t *testing.T) {
	const longest = 500
	commented := map[string]bool{}
	for _, s := range sources(t) {
		if s.file.Doc != nil {
			commented[s.dir] = true
		} else if !commented[s.dir] {
			commented[s.dir] = false
		}
		if n := s.set.File(s.file.Pos()).LineCount(); n > longest {
			t.Errorf("%s has %d lines: split it", s.path, n)
		}
		switch name := strings.TrimSuffix(path.Base(s.path), ".go"); name {
		case "util", "utils", "common", "helper", "helpers", "manager", "types", "misc":
			t.Errorf("%s: name the noun it holds", s.path)
		}
		for _, name := range undocumented(s.file) {
			t.Errorf("%s: %s has no doc comment", s.path, name)
		}
	}
	for dir, ok := range commented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// undocumented returns the exported names of a file that nothing is said about.
// Methods that exist to satisfy an interface may go without.
func undocumented(f *ast.File) []string {
	var names []string
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.IsExported() && d.Doc == nil {
				names = append(names, d.Name.Name)
			}
			if d.Recv != nil && d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !wellKnown[d.Name.Name] {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
					names = append(names, s.Name.Name)
				}
				if s, ok := spec.(*ast.ValueSpec); ok && s.Doc == nil && s.Comment == nil && d.Doc == nil {
					for _, n := range s.Names {
						if n.IsExported() {
							names = append(names, n.Name)
						}
					}
				}
			}
		}
	}
	return names
}

// wellKnown are methods whose name says it all.
var wellKnown = map[string]bool{
	"Error": true, "Unwrap": true, "Is": true, "As": true, "Close": true, "Read": true, "Write": true,
	"Lock": true, "Unlock": true, "String": true, "Len": true, "Less": true, "Swap": true,
}

func exportedReceiver(d *ast.FuncDecl) bool {
	expr := d.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if index, ok := expr.(*ast.IndexExpr); ok {
		expr = index.X
	}
	id, ok := expr.(*ast.Ident)
	return ok && id.IsExported()
}

// TestTopLevel keeps the front door clear.
func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{
		"cmd": true, "mitm": true, "capture": true, "replay": true, "certs": true, "docs": true,
		"go.mod": true, "go.sum": true, "Makefile": true,
		"README.md": true, "LICENSE": true, "CHANGELOG.md": true, "CONTRIBUTING.md": true,
		"bin": true, // built, not kept
	}
	for _, e := range entries {
		if name := e.Name(); !allowed[name] && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".tape") {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}
