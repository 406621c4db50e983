package content_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/content"
)

func TestParseMediaType(t *testing.T) {
	type params = map[string]string
	tests := []struct {
		in   string
		want content.MediaType
	}{
		{"text/event-stream", content.MediaType{Essence: "text/event-stream"}},
		{"text/event-stream;", content.MediaType{Essence: "text/event-stream"}},
		{" Text/Event-Stream ; Charset=UTF-8 ", content.MediaType{Essence: "text/event-stream", Charset: "utf-8", Params: params{"charset": "UTF-8"}}},
		{"text/html;charset=\"windows-1252\"; x=\"a;b,\\\"c\\\"\"", content.MediaType{Essence: "text/html", Charset: "windows-1252", Params: params{"charset": "windows-1252", "x": `a;b,"c"`}}},
		{"text/html;charset=a;charset=b", content.MediaType{Essence: "text/html", Charset: "a", Params: params{"charset": "a"}}},
		{"text/html; bogus; =x; y=; z z=1; ok=1;;", content.MediaType{Essence: "text/html", Params: params{"ok": "1"}}},
		{"text/html;x=\"\"", content.MediaType{Essence: "text/html", Params: params{"x": ""}}},
		{"text/html;x=\"open", content.MediaType{Essence: "text/html", Params: params{"x": "open"}}},
		{"text/html;x=\"a\\", content.MediaType{Essence: "text/html", Params: params{"x": "a\\"}}},
		{"text/html;x=\"a\"rest;y=b", content.MediaType{Essence: "text/html", Params: params{"x": "a", "y": "b"}}},
		{"application/json, application/json; charset=x", content.MediaType{Essence: "application/json"}},
		{"application/json; charset=utf-8, text/html", content.MediaType{Essence: "application/json", Charset: "utf-8", Params: params{"charset": "utf-8"}}},
		{"application/json;stream=watch", content.MediaType{Essence: "application/json", Params: params{"stream": "watch"}}},
		{"", content.MediaType{}},
		{"x bogus", content.MediaType{}},
		{"text", content.MediaType{}},
		{"text/", content.MediaType{}},
		{"/html", content.MediaType{}},
		{"text/event stream", content.MediaType{}},
		{"text/a/b", content.MediaType{}},
		{";charset=utf-8", content.MediaType{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, content.ParseMediaType(tt.in)); diff != "" {
			t.Errorf("%q: %s", tt.in, diff)
		}
	}
}

func FuzzParseMediaType(f *testing.F) {
	f.Add("text/html; a=b; c=\"d\\\"\";e")
	f.Fuzz(func(t *testing.T, in string) {
		m := content.ParseMediaType(in)
		if m.Essence == "" && m.Params != nil {
			t.Errorf("parameters of nothing: %+v", m)
		}
		if again := content.ParseMediaType(m.Essence); again.Essence != m.Essence {
			t.Errorf("%q is %q when read again", m.Essence, again.Essence)
		}
	})
}

func TestIsText(t *testing.T) {
	for essence, want := range map[string]bool{
		"text/event-stream":                      true,
		"text/x-anything":                        true,
		"application/json":                       true,
		"application/problem+json":               true,
		"application/x-ndjson":                   true,
		"application/json-seq":                   true,
		"application/stream+json":                true,
		"image/svg+xml":                          true,
		"application/xml":                        true,
		"application/x-www-form-urlencoded":      true,
		"application/javascript":                 true,
		"application/x-javascript":               true,
		"application/graphql":                    true,
		"application/yaml":                       true,
		"application/octet-stream":               false,
		"application/vnd.amazon.eventstream":     false,
		"application/grpc-web+proto":             false,
		"application/grpc-web-text":              true,
		"application/pdf":                        false,
		"image/png":                              false,
		"multipart/form-data":                    false,
		"video/json":                             false,
		"":                                       false,
		"application/vnd.api+cbor":               false,
		"application/x-protobuf":                 false,
		"application/vnd.oasis.opendocument+xml": true,
	} {
		if got := content.IsText(essence); got != want {
			t.Errorf("%q: %v", essence, got)
		}
	}
}

func TestCodings(t *testing.T) {
	tests := []struct {
		values []string
		want   []string
	}{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{"identity"}, nil},
		{[]string{"gzip"}, []string{"gzip"}},
		{[]string{" GZIP ,\tBr", "zstd,,", "identity, X-Gzip"}, []string{"gzip", "br", "zstd", "x-gzip"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, content.Codings(tt.values)); diff != "" {
			t.Errorf("%q: %s", tt.values, diff)
		}
	}
}

func TestToUTF8(t *testing.T) {
	tests := []struct{ in, charset, want string }{
		{"plain", "", "plain"},
		{"…", "", "…"},
		{"…", "UTF-8", "…"},
		{"a\xFFb", "", "a\uFFFDb"},
		{"\xEF\xBB\xBFx", "", "x"},
		{"\xFF\xFEx\x00", "", "x"},
		{"\xFE\xFF\x00x", "utf-8", "x"},
		{"\x85", "latin1", "…"}, // windows-1252, as in browsers
		{"\x85", "windows-1252", "…"},
		{"\xE4", "iso-8859-1", "ä"},
		{"x\x00", "utf-16", "x"},
		{"\x82\xA0", "shift_jis", "あ"},
		{"\xC4\xE3", "gb2312", "你"},
		{"", "utf-8", ""},
	}
	for _, tt := range tests {
		got, err := content.ToUTF8([]byte(tt.in), tt.charset)
		if err != nil || string(got) != tt.want {
			t.Errorf("%q in %q: %q, %v; want %q", tt.in, tt.charset, got, err, tt.want)
		}
	}
	if _, err := content.ToUTF8(nil, "no such"); err == nil {
		t.Error("an unknown charset is no error")
	}
	p := []byte("nothing has to change")
	if got, _ := content.ToUTF8(p, "utf-8"); &got[0] != &p[0] {
		t.Error("text that is UTF-8 already was copied")
	}
}
