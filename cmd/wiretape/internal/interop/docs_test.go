package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// block returns the n-th block of a language in docs/testing-with-wiretape.md.
func block(t *testing.T, language string, n int) string {
	t.Helper()
	rest := read(t, filepath.Join("..", "..", "..", "..", "docs", "testing-with-wiretape.md"))
	for ; n >= 0; n-- {
		var found bool
		if _, rest, found = strings.Cut(rest, "\n```"+language+"\n"); !found {
			t.Fatalf("the page has no such block of %s", language)
		}
	}
	code, _, _ := strings.Cut(rest, "\n```\n")
	return code + "\n"
}

// documented runs an example of the page, as the page says, in a folder with
// its recording.
func (b *bench) documented(file, code string, cmd ...string) {
	b.Helper()
	b.write("testdata/exchange.har", read(b.T, filepath.Join("..", "..", "..", "..", "replay", "replaytest", "testdata", "exchange.har")))
	b.write(file, code)
	out, errs, exit := b.run(append([]string{"replay", "testdata/exchange.har", "--ca-dir", "ca", "--speed", "max", "--"}, cmd...)...)
	if exit != 0 || !strings.Contains(errs, "no divergence") || strings.Contains(errs, "served 0 ") {
		b.Errorf("%s: exit code %d\n%s%s", strings.Join(cmd, " "), exit, out, errs)
	}
}

func TestDocumentedPytest(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pytest"); err != nil {
		t.Skip("skipped: needs pytest")
	}
	newBench(t).documented("test_products.py", block(t, "python", 0), "pytest", "-q")
}

func TestDocumentedVitest(t *testing.T) {
	t.Parallel()
	vitest, err := exec.LookPath("vitest")
	if err != nil {
		t.Skip("skipped: needs vitest")
	}
	b := newBench(t)
	// The example imports vitest from the folder it stands in.
	if dir, err := filepath.EvalSymlinks(vitest); err == nil {
		if modules, _, ok := strings.Cut(dir, string(filepath.Separator)+"vitest"+string(filepath.Separator)); ok {
			if err := os.Symlink(modules, filepath.Join(b.dir, "node_modules")); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.documented("products.test.mjs", block(t, "js", 0), "vitest", "run")
}

func TestDocumentedGoTest(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("skipped: needs go")
	}
	b := newBench(t)
	b.write("go.mod", "module orders\n\ngo 1.26\n")
	b.documented("orders/products_test.go", block(t, "go", 1), "go", "test", "-count=1", "./orders")
}

// TestDocumentedReplaytest runs the page's first example in a module of its own
// that requires this one.
func TestDocumentedReplaytest(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("skipped: needs go")
	}
	b := newBench(t)
	root, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	mod := read(t, filepath.Join(root, "go.mod"))
	mod = strings.Replace(mod, "module github.com/wiretape/wiretape\n", "module orders\n", 1) +
		"\nrequire github.com/wiretape/wiretape v0.0.0\n\nreplace github.com/wiretape/wiretape => " + root + "\n"
	b.write("go.mod", mod)
	b.write("go.sum", read(t, filepath.Join(root, "go.sum")))
	b.write("orders_test.go", block(t, "go", 0))
	b.write("testdata/exchange.har", read(t, filepath.Join(root, "replay", "replaytest", "testdata", "exchange.har")))
	c := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "-count=1", ".")
	c.Dir = b.dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// write puts a file into the bench's folder.
func (b *bench) write(name, data string) {
	b.Helper()
	name = filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		b.Fatal(err)
	}
}
