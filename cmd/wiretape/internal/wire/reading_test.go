package wire_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/demo"
)

// browser is a page that is open on a tape.
type browser struct {
	*recorder
	base, token string
}

// demonstrated records the built-in service and opens the page on the tape.
func demonstrated(t *testing.T) *browser {
	r := &recorder{T: t, dir: t.TempDir()}
	r.service = r.authority("service")
	service, err := demo.Serve(r.service.ServerConfig("localhost", []string{"http/1.1"}))
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	run := r.program("record", "-t", r.tape(), "--ca-dir", r.dir+"/ca", "--upstream-ca", r.service.CertFile(),
		"--", os.Args[0], "demo", "client", service.URL())
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r.browse()
}

// program is wiretape in a process of its own.
func (r *recorder) program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asWiretape+"=1")
	return c
}

// browse runs wiretape ui on the tape until the test ends.
func (r *recorder) browse() *browser {
	r.Helper()
	c := r.program("ui", r.tape(), "--ca-dir", r.dir+"/ca")
	said, err := c.StderrPipe()
	if err != nil {
		r.Fatal(err)
	}
	if err := c.Start(); err != nil {
		r.Fatal(err)
	}
	lines := bufio.NewReader(said)
	r.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		rest, _ := io.ReadAll(lines)
		if err := c.Wait(); err != nil {
			r.Errorf("wiretape ui ended with %v\n%s", err, rest)
		}
	})
	ready, err := lines.ReadString('\n')
	link, ok := strings.CutPrefix(ready, "wiretape: ready ui=")
	link, _, _ = strings.Cut(link, " ")
	base, token, found := strings.Cut(link, "/#t=")
	if err != nil || !ok || !found {
		r.Fatalf("the ready line is %q, %v", ready, err)
	}
	return &browser{r, base, token}
}

// get asks the page's server.
func (b *browser) get(path string, v any) {
	b.Helper()
	req, err := http.NewRequestWithContext(within(b.T), http.MethodGet, b.base+"/api/v1"+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %v\n%s", path, resp.Status, err, body)
	}
	if err := json.Unmarshal(body, v); err != nil {
		b.Fatalf("%s: %v in %s", path, err, body)
	}
}

// items asks for a list.
func (b *browser) items(path string) []map[string]any {
	b.Helper()
	var answer struct{ Items []map[string]any }
	b.get(path, &answer)
	return answer.Items
}

// TestThePageShowsWhatTheCommandsPrint compares both on one recording.
func TestThePageShowsWhatTheCommandsPrint(t *testing.T) {
	t.Parallel()
	b := demonstrated(t)
	t.Run("filters", func(t *testing.T) {
		for _, expr := range []string{
			"", "kind:websocket", "status:2xx", "method:POST or kind:ws", `"order"`, "dir:send", "text:BTC-EUR status:101", "error", "size>1k", "not kind:http", "header:upgrade:*",
		} {
			args := []string{"ls"}
			if expr != "" {
				args = append(args, "--filter", expr)
			}
			got := b.items("/exchanges?filter=" + url.QueryEscape(expr))
			for _, item := range got {
				delete(item, "ttft_ns")
			}
			if diff := cmp.Diff(b.read(args...), got, empty); diff != "" {
				t.Errorf("%q: %s", expr, diff)
			}
		}
	})
	for _, ex := range b.read("ls") {
		id := fmt.Sprint(ex["id"])
		t.Run("rows of "+id, func(t *testing.T) {
			b.sameRows(t, "messages", id)
			if ex["kind"] == "websocket" {
				b.sameRows(t, "frames", id, "--frames")
				if diff := cmp.Diff(b.read("show", id, "--pairs")[1:], b.items("/exchanges/"+id+"/pairs")); diff != "" {
					t.Error(diff)
				}
			}
			if diff := cmp.Diff(b.read("stats", id), b.items("/exchanges/"+id+"/stats")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(b.read("lint", id), b.items("/exchanges/"+id+"/lint"), empty); diff != "" {
				t.Error(diff)
			}
			var plan map[string]any
			b.get("/exchanges/"+id+"/plan", &plan)
			if len(plan) == 0 {
				t.Error("the plan is empty")
			}
		})
	}
	t.Run("merged", func(t *testing.T) {
		var merged map[string]any
		b.get("/exchanges/2/merge", &merged)
		if diff := cmp.Diff(b.read("show", "2", "--merge")[0], merged); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("sessions", func(t *testing.T) {
		if diff := cmp.Diff(b.read("tape", "info"), b.items("/sessions")); diff != "" {
			t.Error(diff)
		}
	})
}

// empty holds no list and an empty one for the same.
var empty = cmp.Transformer("empty", func(l []map[string]any) []map[string]any {
	if len(l) == 0 {
		return nil
	}
	return l
})

// sameRows compares the rows of an exchange, each in full and in the list.
func (b *browser) sameRows(t *testing.T, level, id string, flags ...string) {
	t.Helper()
	lines := b.read(append([]string{"show", id}, flags...)...)
	var head struct{ Exchange map[string]any }
	b.get("/exchanges/"+id, &head)
	if diff := cmp.Diff(lines[0], head.Exchange); diff != "" {
		t.Errorf("the head: %s", diff)
	}
	var page struct {
		Total int
		Rows  []map[string]any
	}
	b.get("/exchanges/"+id+"/rows?level="+level, &page)
	if page.Total != len(lines)-1 || len(page.Rows) != page.Total {
		t.Fatalf("%d rows, of %d, want %d", len(page.Rows), page.Total, len(lines)-1)
	}
	for i, want := range lines[1:] {
		for _, field := range []string{"seq", "dir", "t_ns", "took_ns"} {
			if page.Rows[i][field] != want[field] {
				t.Errorf("row %d: %s is %v, want %v", i+1, field, page.Rows[i][field], want[field])
			}
		}
		var row map[string]any
		b.get(fmt.Sprintf("/exchanges/%s/rows/%d?level=%s", id, i+1, level), &row)
		delete(row, "frames")
		delete(row, "default_as")
		if diff := cmp.Diff(want, row); diff != "" {
			t.Errorf("row %d: %s", i+1, diff)
		}
	}
}
