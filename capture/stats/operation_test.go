package stats_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/stats"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// service is a socket over which orders are placed: one is answered after 10
// ms, one after 30, one with an error, one never.
func service(t testing.TB) *stats.Stats {
	said := func(dir capture.Direction, after time.Duration, text string) run {
		h := capture.FrameHead{Fin: true, Opcode: capture.OpText, Masked: dir == capture.Send}
		return run{dir, after, string(wsframe.AppendFrame(nil, h, []byte(text)))}
	}
	s := measure(t, 101, []capture.Field{{Name: "Upgrade", Value: "websocket"}}, []run{
		said(capture.Send, 100*ms, `{"id":"1","op":"order"}`),
		said(capture.Send, 105*ms, `{"id":"2","op":"order"}`),
		said(capture.Receive, 110*ms, `{"id":"1","op":"order","code":"0"}`),
		said(capture.Receive, 135*ms, `{"id":"2","op":"order","code":"0"}`),
		said(capture.Send, 200*ms, `{"id":"3","op":"cancel"}`),
		said(capture.Receive, 201*ms, `{"id":"3","event":"error","code":"51000","msg":"no"}`),
		said(capture.Send, 300*ms, `{"id":"4","op":"order"}`),
	}, 400*ms)
	return s
}

func TestOperationsInsideASocket(t *testing.T) {
	s := service(t)
	var got []string
	for _, x := range s.Operations {
		got = append(got, fmt.Sprintf("%s %s: %d, p50 %s, max %s, %d errors, %d unanswered",
			x.Kind, x.Name, x.Count, x.Latency.P50, x.Latency.Max, x.Errors, x.Unanswered))
	}
	want := []string{
		"message order: 3, p50 10ms, max 30ms, 0 errors, 0 unanswered", // nothing says that the last one will be answered,
		"message cancel: 1, p50 1ms, max 1ms, 1 errors, 0 unanswered",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	calls := []stats.Call{
		{Seq: 1, Name: "order", Dir: "send", At: 100 * ms, Took: 10 * ms},
		{Seq: 2, Name: "order", Dir: "send", At: 105 * ms, Took: 30 * ms},
		{Seq: 5, Name: "cancel", Dir: "send", At: 200 * ms, Took: 1 * ms, Failed: true},
		{Seq: 7, Name: "order", Dir: "send", At: 300 * ms},
	}
	if diff := cmp.Diff(calls, s.Calls); diff != "" {
		t.Error(diff)
	}
	var b strings.Builder
	if err := stats.WriteTable(&b, []*stats.Stats{s}); err != nil {
		t.Fatal(err)
	}
	if want := "order      3      10.0ms  30.0ms  30.0ms  30.0ms  0       0\n"; !strings.Contains(b.String(), want) {
		t.Errorf("no line %q in\n%s", want, b.String())
	}
}

func TestPatterns(t *testing.T) {
	for url, want := range map[string]string{
		"https://h/orders/1234/lines?x=1": "/orders/*/lines",
		"https://h":                       "/",
		"https://h?x":                     "/",
		"https://h/users/550e8400-e29b-41d4-a716-446655440000":   "/users/*",
		"https://h/v1/chat/completions":                          "/v1/chat/completions",
		"https://h/v2/deadbeef/cafe":                             "/v2/deadbeef/cafe",
		"https://h/models/gpt-4o-mini-2024-07-18":                "/models/gpt-4o-mini-2024-07-18",
		"https://h/blob/9f86d081884c7d65":                        "/blob/*",
		"https://h/thread_abc12d34ef5/runs":                      "/*/runs",
		"https://h/models/gemini-2.5-pro:streamGenerateContent/": "/models/gemini-2.5-pro:streamGenerateContent/",
	} {
		if got := stats.Pattern(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

// line is an exchange without content, for a summary.
func line(kind capture.Kind, method, url string, at, took time.Duration, header ...capture.Field) *capture.Exchange {
	return &capture.Exchange{
		Session: 1, Kind: kind, At: at, Duration: took,
		Request: capture.Request{Method: method, URL: url, Header: header},
	}
}

func TestReconnections(t *testing.T) {
	var sum stats.Summary
	for _, ex := range []*capture.Exchange{
		line(capture.KindWebSocket, "GET", "wss://h/ws?token=1", 0, 10*time.Second),
		line(capture.KindWebSocket, "GET", "wss://h/ws?token=1", time.Second, 20*time.Second), // at the same time
		line(capture.KindWebSocket, "GET", "wss://h/ws?token=2", 12*time.Second, time.Second),
		line(capture.KindWebSocket, "GET", "wss://h/ws?token=3", 22*time.Second, time.Second),
		line(capture.KindWebSocket, "GET", "wss://h/other", 30*time.Second, time.Second),
		line(capture.KindSSE, "GET", "https://h/events", 0, time.Second),
		line(capture.KindSSE, "GET", "https://h/events", 4*time.Second, time.Second, capture.Field{Name: "last-event-id", Value: "7"}),
		line(capture.KindSSE, "POST", "https://h/v1/chat", 0, time.Second),
		line(capture.KindSSE, "POST", "https://h/v1/chat", 2*time.Second, time.Second),
	} {
		sum.Add(ex, &stats.Stats{})
	}
	var got []string
	for _, r := range sum.Reconnections() {
		got = append(got, fmt.Sprintf("%s %s: %d of %d, %d resumed, away p50 %s max %s",
			r.Kind, r.Endpoint, r.Count, r.Connections, r.Resumed, r.Away.P50, r.Away.Max))
	}
	want := []string{
		"websocket wss://h/ws: 2 of 4, 0 resumed, away p50 1s max 2s",
		"sse https://h/events: 1 of 2, 1 resumed, away p50 3s max 3s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var b strings.Builder
	if err := sum.WriteTable(&b); err != nil || !strings.Contains(b.String(), "https://h/events  sse        1      2   1        3.00s") {
		t.Errorf("%v in\n%s", err, b.String())
	}
}

func TestOperationsOfManyExchanges(t *testing.T) {
	var sum stats.Summary
	for range 52 {
		sum.Add(line(capture.KindHTTP, "POST", "https://h/", 0, 0), measure(t, 200, typed("text/html"), nil, 60*ms))
	}
	list := sum.Operations()
	if len(list) != 1 || list[0].Name != "POST /v1/chat/completions" || list[0].Count != 52 || list[0].Latency.P95 != 10*ms {
		b, _ := json.Marshal(list)
		t.Errorf("%s", b)
	}
	failed := measure(t, 500, typed("text/html"), nil, 60*ms)
	sum.Add(line(capture.KindHTTP, "GET", "https://h/", 0, 0), failed)
	if got := sum.Operations()[0].Errors; got != 1 {
		t.Errorf("%d errors", got)
	}
}

func TestPicturesShowTheSame(t *testing.T) {
	s := service(t)
	var vector, pixels bytes.Buffer
	if err := s.WriteSVG(&vector); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"requests and answers", ">cancel<", ">no answer<", ">1.00ms, failed<"} {
		if !strings.Contains(vector.String(), want) {
			t.Errorf("no %q in the SVG", want)
		}
	}
	if err := s.WritePNG(&pixels); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&pixels)
	if err != nil {
		t.Fatal(err)
	}
	size := img.Bounds().Size()
	if !strings.Contains(vector.String(), fmt.Sprintf(`width="%d" height="%d"`, size.X/2, size.Y/2)) {
		t.Errorf("the PNG measures %v", size)
	}
	// Each colour of the picture is there.
	colours := map[[3]uint32]bool{}
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	for _, c := range [][3]uint32{{0x0b, 0x5f, 0xa5}, {0x9a, 0x4b, 0}, {0xb0, 0, 0x20}, {0x57, 0x60, 0x6a}, {0x1f, 0x23, 0x28}, {255, 255, 255}} {
		if !colours[c] {
			t.Errorf("no pixel of %x", c)
		}
	}
}
