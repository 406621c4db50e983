package e2e_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const assets = "../assets"

// files returns the assets by their paths.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	root := os.DirFS(assets)
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		all[name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// zipped returns the size as it goes over a slow wire.
func zipped(t *testing.T, p []byte) int {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = z.Write(p)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// TestAssetsStayWithinTheirBudget: the page opens at once on a slow machine,
// and the program stays one small file. Scripts of views that are not open are
// loaded later.
func TestAssetsStayWithinTheirBudget(t *testing.T) {
	size, parts := map[string]int{}, map[string][]byte{}
	all := files(t)
	for _, name := range slices.Sorted(maps.Keys(all)) { // the order counts: neighbours share words
		p, part := all[name], ""
		switch dir, ext := path.Dir(name), path.Ext(name); {
		case ext == ".ts", strings.HasPrefix(path.Base(name), "LICENSE"), ext == ".md", name == "vendor/entry.js":
			continue // for those who read the source
		case dir == "vendor":
			part = "vendor"
		case ext == ".js":
			part = "scripts"
		case ext == ".css":
			part = "styles"
		case ext == ".svg":
			part = "icons"
		default:
			continue
		}
		parts[part] = append(parts[part], p...)
		size["raw"] += len(p)
	}
	for part, p := range parts {
		size[part] = zipped(t, p)
	}
	for part, limit := range map[string]int{"vendor": 10, "scripts": 104, "styles": 12, "icons": 4, "raw": 512} {
		t.Logf("%s: %.1f of %d KiB", part, float64(size[part])/1024, limit)
		if size[part] > limit<<10 {
			t.Errorf("%s: %d bytes are more than %d KiB", part, size[part], limit)
		}
		if size[part] == 0 {
			t.Errorf("%s: nothing there", part)
		}
	}
}

// sinks are the ways by which text could become markup or code.
var sinks = regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|srcdoc|DOMParser|createContextualFragment|dangerouslySetInnerHTML|document\.write|new Function|eval\s*\()|\son[a-z]+="|\sstyle="`)

func TestAssetsHaveNoSinks(t *testing.T) {
	for name, p := range files(t) {
		if strings.HasPrefix(name, "vendor/") || path.Ext(name) == ".svg" {
			continue
		}
		for _, found := range sinks.FindAll(p, -1) {
			t.Errorf("%s: %s", name, found)
		}
	}
}

// TestVendorIsWhatItSays makes the vendored file anew.
func TestVendorIsWhatItSays(t *testing.T) {
	npm := npmDir(t, "esbuild")
	entry, err := filepath.Abs(filepath.Join(assets, "vendor", "entry.js"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	source, err := os.ReadFile(entry)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "entry.js"), source, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(npm, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), filepath.Join(npm, "node_modules", ".bin", "esbuild"), "entry.js",
		"--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none", "--outfile=preact.js", "--preserve-symlinks")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	made, err := os.ReadFile(filepath.Join(dir, "preact.js"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, files(t)["vendor/preact.js"]) {
		t.Error("vendor/preact.js is not what its entry and the pinned packages make; VENDOR.md has the command")
	}
}

// TestTypes has the compiler read the page's scripts.
func TestTypes(t *testing.T) {
	npm := npmDir(t, "typescript")
	out, err := exec.CommandContext(t.Context(), filepath.Join(npm, "node_modules", ".bin", "tsc"), "-p", ".").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
