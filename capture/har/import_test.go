package har_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/transcript"
)

var update = flag.Bool("update", false, "rewrite the files in testdata that hold what is expected")

// told is all that an import gave, for people.
func told(t *testing.T, tape *capturetest.Tape, report *har.Report) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "by %s: %d entries, %d messages, %d events\n", report.Tool, report.Entries, report.Messages, report.Events)
	for _, d := range report.Defects {
		fmt.Fprintf(&b, "entry %d: %s %s\n", d.Entry, d.Where, d.What)
	}
	sessions, _ := tape.Sessions()
	for _, s := range sessions {
		fmt.Fprintf(&b, "session %d %q by %q from %v to %v\n", s.ID, s.Label, s.Creator, s.Started, s.Ended)
	}
	for ex := range tape.Exchanges(0, false) {
		fmt.Fprintf(&b, "\n#%d %v %s %s %s at %v for %v, server %q\n", ex.ID, ex.Kind, ex.Request.Method, ex.Request.URL, ex.Request.Proto, ex.At, ex.Duration, ex.Server)
		fmt.Fprintf(&b, "  %+v sent %+v received %+v cut %v\n", ex.Timing, ex.Sent, ex.Received, ex.Cut)
		fmt.Fprintf(&b, "  > %q %q\n", ex.Request.Header, ex.Request.Trailer)
		if r := ex.Response; r != nil {
			fmt.Fprintf(&b, "  < %v %d %q %s %q\n", r.At, r.Status, r.Reason, r.Proto, r.Header)
		}
		if ex.End != nil {
			fmt.Fprintf(&b, "  end %+v\n", *ex.End)
		}
		script := transcript.Of(tape, ex, nil)
		switch ex.Kind {
		case capture.KindWebSocket:
			for m, err := range script.Messages(0) {
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "  %v %v %v %q %s\n", m.At, m.Dir, m.Opcode, m.Data, m.Violation)
			}
			continue
		case capture.KindSSE:
			for e, err := range script.Events(0) {
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "  %v %s %q %q %q\n", e.At, e.Type, e.ID, e.Data, e.Comments)
			}
		}
		for _, dir := range []capture.Direction{capture.Send, capture.Receive} {
			r := script.Body(dir)
			body, err := io.ReadAll(r)
			r.Close()
			if len(body) > 0 || err != nil {
				fmt.Fprintf(&b, "  %v %q %v\n", dir, body, err)
			}
		}
	}
	return b.String()
}

// golden compares with a file in testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func TestArchivesOfOtherToolsAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/tools/*.har")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			log, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tape, report := imported(t, log, nil)
			golden(t, strings.TrimSuffix(file, ".har")+".txt", told(t, tape, report))
			again := export(t, tape, nil)
			checkRules(t, again)
			back, report := imported(t, again, nil)
			if len(report.Defects) > 0 {
				t.Errorf("exported and imported again: %v", report.Defects)
			}
			if !strings.HasPrefix(filepath.Base(file), "charles") { // has a tunnel, which is not exported
				sameTape(t, tape, back)
			}
		})
	}
}

func zipped(t *testing.T, files fstest.MapFS) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, f := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZipsAreReadWithTheirFiles(t *testing.T) {
	for _, dir := range []string{"", "trace/"} {
		files := fstest.MapFS{"x.har": {Data: []byte(`{"log":{"entries":[]}}`)}}
		for _, name := range []string{"har.har", "f00d.bin", "0a1b.json", "ws.jsonl"} {
			data, err := os.ReadFile("testdata/tools/playwright-zip/" + name)
			if err != nil {
				t.Fatal(err)
			}
			files[dir+name] = &fstest.MapFile{Data: data}
		}
		z := zipped(t, files)
		tape := &capturetest.Tape{}
		report, err := har.ImportZip(bytes.NewReader(z), int64(len(z)), tape, nil)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/tools/playwright-zip.txt", told(t, tape, report))
	}
}

const entry = `{"startedDateTime":"2026-01-01T00:00:00Z","time":1,"request":{"method":"GET","url":"https://h/%s"},"response":{"status":200,"content":{%s}}}`

func archive(entries ...string) []byte {
	return []byte(`{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[` + strings.Join(entries, ",") + `]}}`)
}

func TestFilesStayWithinTheirFolder(t *testing.T) {
	names := []string{"../x", "/etc/passwd", "a/../../x", `a\\..\\x`, "C:/x", ".", "dir", "", "not-there"}
	for _, name := range names {
		log := archive(fmt.Sprintf(entry, "", `"size":5,"_file":"`+name+`"`))
		files := fstest.MapFS{"dir/x": {Data: []byte("x")}}
		tape, report := imported(t, log, &har.ImportOptions{Files: files})
		if len(report.Defects) != 1 && name != "" || report.Entries != 1 {
			t.Errorf("%q: %+v", name, report)
		}
		if ex, err := tape.Exchange(1); err != nil || ex.Received.Bytes > 0 {
			t.Errorf("%q: %+v, %v", name, ex, err)
		}
	}
	_, report := imported(t, archive(fmt.Sprintf(entry, "", `"_file":"x"`)), nil)
	if len(report.Defects) != 1 || !strings.Contains(report.Defects[0].What, "was not given along") {
		t.Errorf("%+v", report)
	}
}

func TestBombsEndAtTheLimit(t *testing.T) {
	zeros := bytes.Repeat([]byte("0"), 8<<20)
	files := fstest.MapFS{
		"har.har": {Data: archive(fmt.Sprintf(entry, "a", `"_file":"big"`), fmt.Sprintf(entry, "b", `"_file":"big"`))}, "big": {Data: zeros},
	}
	z := zipped(t, files)
	tape := &capturetest.Tape{}
	report, err := har.ImportZip(bytes.NewReader(z), int64(len(z)), tape, &har.ImportOptions{MaxBytes: 1 << 20})
	if report.Entries == 0 || len(report.Defects) == 0 || !strings.Contains(report.Defects[0].What, "1048576 bytes") {
		t.Errorf("%+v, %v", report, err)
	}
	if ex, err := tape.Exchange(1); err != nil || ex.Received.Bytes > 1<<20 {
		t.Errorf("%+v, %v", ex, err)
	}
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	fmt.Fprintf(g, `{"log":{"x":"%s"}}`, zeros)
	g.Close()
	report, err = har.Import(&packed, &capturetest.Tape{}, &har.ImportOptions{MaxBytes: 1 << 20})
	if err == nil || !strings.Contains(err.Error(), "1048576 bytes") {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestPackedArchivesAndMarksAreRead(t *testing.T) {
	log := archive(fmt.Sprintf(entry, "", `"text":"hi"`))
	var g, z bytes.Buffer
	gw, zw := gzip.NewWriter(&g), zlib.NewWriter(&z)
	gw.Write(log)
	zw.Write(log)
	gw.Close()
	zw.Close()
	for name, b := range map[string][]byte{"gzip": g.Bytes(), "zlib": z.Bytes(), "BOM": append([]byte("\xef\xbb\xbf"), log...)} {
		if _, report := imported(t, b, nil); report.Entries != 1 || len(report.Defects) != 0 {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func TestWhatStandsBeforeAFaultIsRead(t *testing.T) {
	good := fmt.Sprintf(entry, "", `"text":"hi"`)
	deep := strings.Repeat(`{"a":[`, 100000)
	for name, test := range map[string]struct {
		log     string
		entries int
		what    string
	}{
		"nothing":               {"", 0, "the file ends here"},
		"no JSON":               {"hello", 0, "where an archive begins"},
		"another JSON":          {`{"a":1}`, 0, "no HTTP Archive"},
		"a list":                {`[]`, 0, "where an archive begins"},
		"UTF-16":                {"\xff\xfe{\x00", 0, "UTF-16"},
		"cut between entries":   {string(archive(good, good))[:len(archive(good))+2], 1, "the file ends here"},
		"cut inside an entry":   {string(archive(good, good))[:len(archive(good, good))-10], 2, "the file ends here"},
		"nested deeply":         {string(archive(good)) + "x"[:0] + "", 1, ""},
		"nested deeply, log":    {`{"log":{"entries":[` + good + `],"x":` + deep, 1, "nested deeper"},
		"nested deeply, entry":  {`{"log":{"entries":[` + good + `,{"request":{"url":"http://h/","x":` + deep, 2, "nested deeper"},
		"a stray word":          {`{"log":{"entries":[` + good + `,yes]}}`, 1, "yes is no value"},
		"a stray number":        {`{"log":{"entries":[` + good + `,01]}}`, 1, "01 is no value"},
		"a bad escape":          {`{"log":{"entries":[` + good + `,{"\x":1}]}}`, 1, `\x in a string`},
		"a bad unicode escape":  {`{"log":{"entries":[` + good + `,{"\u12g4":1}]}}`, 1, "four hex digits"},
		"a missing comma":       {`{"log":{"entries":[` + good + ` ` + good + `]}}`, 1, "where a comma"},
		"a missing colon":       {`{"log":{"entries":[` + good + `,{"a" 1}]}}`, 1, "where ':' belongs"},
		"a name without end":    {`{"log":{"entries":[` + good + `,{"` + strings.Repeat("x", 100000) + `":1}]}}`, 1, "a name of more than"},
		"a number without end":  {`{"log":{"entries":[` + good + `,` + strings.Repeat("1", 1000) + `]}}`, 1, "digits"},
		"something after entry": {`{"log":{"entries":[` + good + `]},}`, 1, "belongs"},
	} {
		t.Run(name, func(t *testing.T) {
			tape := &capturetest.Tape{}
			report, err := har.Import(strings.NewReader(test.log), tape, nil)
			if report == nil || report.Entries != test.entries {
				t.Fatalf("%+v, %v", report, err)
			}
			if test.what == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.what) {
				t.Errorf("got %v, want %s", err, test.what)
			}
			var syntax *har.SyntaxError
			if errors.As(err, &syntax) && (syntax.Hint() == "" || syntax.Offset > int64(len(test.log))) {
				t.Errorf("%+v", syntax)
			}
			sessions, _ := tape.Sessions()
			if len(sessions) > 0 && sessions[0].Ended.IsZero() {
				t.Error("the session was left open")
			}
		})
	}
}

func TestEditedArchivesOfOursAreRead(t *testing.T) {
	tape := generate(t, 8)
	log := string(export(t, tape, nil))
	for name, change := range map[string]func(string) string{
		"texts are longer":   func(s string) string { return strings.ReplaceAll(s, `"data": "`, `"data": "longer `) },
		"texts are gone":     func(s string) string { return strings.ReplaceAll(s, `"text": `, `"gone": `) },
		"messages are gone":  func(s string) string { return strings.ReplaceAll(s, `"_webSocketMessages"`, `"gone"`) },
		"a later version":    func(s string) string { return strings.ReplaceAll(s, `"v": 1`, `"v": 2`) },
		"the mark is gone":   func(s string) string { return strings.Replace(s, `"_wiretape"`, `"gone"`, 1) },
		"numbers are absurd": func(s string) string { return strings.ReplaceAll(s, `"msg":`, `"msg":99999999999`) },
		"lengths are absurd": func(s string) string { return strings.ReplaceAll(s, `"len":`, `"len":9`) },
		"kinds are unknown":  func(s string) string { return strings.ReplaceAll(s, `"kind": "`, `"kind": "x`) },
	} {
		t.Run(name, func(t *testing.T) {
			edited := change(log)
			if edited == log {
				t.Fatal("nothing was changed")
			}
			_, report := imported(t, []byte(edited), nil)
			if report.Entries != len(inOrder(tape)) {
				t.Errorf("%d entries of %d", report.Entries, len(inOrder(tape)))
			}
		})
	}
}

func FuzzImport(f *testing.F) {
	files, _ := filepath.Glob("testdata/tools/*.har")
	for _, file := range files {
		log, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(log)
	}
	for seed := range uint64(8) {
		if log := export(f, generate(f, 50+seed), nil); len(log) < 20000 {
			f.Add(log)
		}
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		tape := &capturetest.Tape{}
		report, err := har.Import(bytes.NewReader(log), tape, &har.ImportOptions{MaxBytes: 1 << 20})
		if report == nil || err == nil && len(report.Sessions) == 0 && report.Entries > 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		if n := len(inOrder(tape)); n != report.Entries {
			t.Errorf("%d entries, %d exchanges", report.Entries, n)
		}
		again := export(t, tape, nil)
		checkJSON(t, again)
		back, report := imported(t, again, nil)
		if len(report.Defects) > 0 {
			t.Errorf("exported and imported again: %v", report.Defects)
		}
		if len(inOrder(back)) == len(inOrder(tape)) { // there may be tunnels
			sameTape(t, tape, back)
		}
	})
}
