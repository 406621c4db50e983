package har_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/transcript"
)

func export(t testing.TB, tape capture.Reader, o *har.ExportOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := har.Export(&b, tape, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func imported(t testing.TB, log []byte, o *har.ImportOptions) (*capturetest.Tape, *har.Report) {
	t.Helper()
	tape := &capturetest.Tape{}
	report, err := har.Import(bytes.NewReader(log), tape, o)
	if err != nil {
		t.Fatalf("%v\n%.3000s", err, log)
	}
	return tape, report
}

func TestRedactedTapesStayAsTheyWereOtherwise(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			was := generate(t, 3000+seed)
			r, err := redact.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			log := export(t, was, &har.ExportOptions{Redactor: r})
			checkRules(t, log)
			is, report := imported(t, log, nil)
			if len(report.Defects) > 0 {
				t.Errorf("defects: %v", report.Defects)
			}
			a, b := inOrder(was), inOrder(is)
			broken := slices.ContainsFunc(r.Found(), func(f redact.Finding) bool { return f.Rule == "unreadable" })
			for i := range a {
				// What cannot be inflated is taken away; all else has no secrets.
				if a[i].Kind != capture.KindWebSocket || !broken {
					samePieces(t, was, is, a[i], b[i])
				}
			}
		})
	}
}

// inOrder returns the exchanges of a tape as an archive has them.
func inOrder(tape *capturetest.Tape) (list []*capture.Exchange) {
	for ex := range tape.Exchanges(0, false) {
		list = append(list, ex)
	}
	slices.SortStableFunc(list, func(a, b *capture.Exchange) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func TestTapesComeBackAsTheyWere(t *testing.T) {
	for seed := range uint64(50) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			was := generate(t, seed)
			log := export(t, was, &har.ExportOptions{RawBodies: seed%4 == 0, ControlFrames: seed%3 == 0})
			checkRules(t, log)
			is, report := imported(t, log, nil)
			if len(report.Defects) > 0 {
				t.Errorf("defects: %v", report.Defects)
			}
			sameTape(t, was, is)
		})
	}
}

// sameTape compares all exchanges to the nanosecond, and what is read from them.
func sameTape(t *testing.T, was, is *capturetest.Tape) {
	t.Helper()
	a, b := inOrder(was), inOrder(is)
	if len(a) != len(b) {
		t.Fatalf("%d exchanges became %d", len(a), len(b))
	}
	sessions, _ := was.Sessions()
	back, _ := is.Sessions()
	for i := range a {
		s, r := sessions[a[i].Session-1], back[b[i].Session-1]
		options := gocmp.Options{cmpopts.EquateEmpty(), gocmp.Comparer(time.Time.Equal)}
		if d := gocmp.Diff(s, r, options, cmpopts.IgnoreFields(s, "ID")); d != "" {
			t.Errorf("session of exchange %d: %s", a[i].ID, d)
		}
		if d := gocmp.Diff(a[i], b[i], options, cmpopts.IgnoreFields(*a[i], "ID", "Session")); d != "" {
			t.Errorf("exchange %d: %s", a[i].ID, d)
		}
		samePieces(t, was, is, a[i], b[i])
		sameReading(t, was, is, a[i], b[i])
	}
}

func samePieces(t *testing.T, was, is *capturetest.Tape, a, b *capture.Exchange) {
	t.Helper()
	list := func(tape *capturetest.Tape, id capture.ExchangeID) (out []*capture.Piece) {
		for p := range tape.Pieces(id, capture.Mark{}) {
			out = append(out, p)
		}
		return out
	}
	pa, pb := list(was, a.ID), list(is, b.ID)
	for i := range max(len(pa), len(pb)) {
		switch {
		case i >= len(pa) || i >= len(pb):
			t.Fatalf("exchange %d (%v): %d pieces became %d", a.ID, a.Kind, len(pa), len(pb))
		case !bytes.Equal(pa[i].Data, pb[i].Data) || describe(pa[i]) != describe(pb[i]):
			t.Fatalf("exchange %d (%v), piece %d:\nwas %s\nis  %s", a.ID, a.Kind, i, describe(pa[i]), describe(pb[i]))
		}
	}
}

// sameReading compares what a person would be shown.
func sameReading(t *testing.T, was, is *capturetest.Tape, a, b *capture.Exchange) {
	t.Helper()
	lines := func(tape *capturetest.Tape, ex *capture.Exchange) (out []string) {
		script := transcript.Of(tape, ex, nil)
		add := func(v any, err error) {
			b, _ := json.Marshal(v) // text that is no UTF-8 is compared with the pieces
			b = bytes.ReplaceAll(b, []byte(`"Payload":null`), []byte(`"Payload":""`))
			out = append(out, fmt.Sprintf("%s %v", b, err))
		}
		switch ex.Kind {
		case capture.KindWebSocket:
			for m, err := range script.Messages(0) {
				add(m, err)
			}
			for f, err := range script.Frames(0) {
				add(f, err)
			}
		case capture.KindSSE, capture.KindNDJSON:
			for e, err := range script.Events(0) {
				add(e, err)
			}
		}
		return out
	}
	if d := gocmp.Diff(lines(was, a), lines(is, b)); d != "" {
		t.Errorf("exchange %d reads otherwise: %s", a.ID, d)
	}
}
