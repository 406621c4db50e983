package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
)

// asWiretape makes the test binary be the program itself, so that the pages are
// those of a recorder in a process of its own.
const asWiretape = "WIRETAPE_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asWiretape) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestBrowser runs each *.test.mjs with Node's test runner. SCREENSHOTS names a
// folder for pictures of the main screens.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: needs time")
	}
	files, err := filepath.Glob("*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no browser tests: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".test.mjs"), func(t *testing.T) { runNode(t, file) })
	}
}

// TestMeasure prints the figures of the page.
func TestMeasure(t *testing.T) {
	if os.Getenv("WIRETAPE_MEASURE") == "" {
		t.Skip("skipped: needs WIRETAPE_MEASURE (make measure-ui)")
	}
	runNode(t, "measure.mjs")
}

func runNode(t *testing.T, file string) {
	t.Helper()
	npm, browser := npmDir(t, "playwright-core"), chromium(t)
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "node", "--test", "--test-timeout=300000", "--test-reporter=spec", file)
	c.Env = append(os.Environ(), "WIRETAPE_NPM="+npm, "WIRETAPE_BROWSER="+browser, "WIRETAPE_BIN="+program)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// npmDir returns the folder that has the package, or skips.
func npmDir(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("WIRETAPE_NPM")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); dir == "" || err != nil {
		t.Skip("skipped: needs npm packages (run .ci/run, or set WIRETAPE_NPM to a folder with node_modules)")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("skipped: needs node")
	}
	return dir
}

// chromium returns the browser, or skips.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("skipped: needs chromium")
	return ""
}
