package wsframe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/wsframe"
)

func TestNegotiated(t *testing.T) {
	none := wsframe.Deflate{ServerBits: 15, ClientBits: 15}
	plain := wsframe.Deflate{Enabled: true, ServerBits: 15, ClientBits: 15}
	for _, test := range []struct {
		name   string
		values []string
		want   wsframe.Deflate
		err    string
	}{
		{"no field", nil, none, ""},
		{"empty field", []string{""}, none, ""},
		{"deflate", []string{"permessage-deflate"}, plain, ""},
		{"deflate in capitals", []string{" Permessage-Deflate "}, plain, ""},
		{
			"no takeover",
			[]string{"permessage-deflate; server_no_context_takeover ;client_no_context_takeover"},
			wsframe.Deflate{Enabled: true, ServerNoTakeover: true, ClientNoTakeover: true, ServerBits: 15, ClientBits: 15},
			"",
		},
		{
			"windows",
			[]string{"permessage-deflate; server_max_window_bits=10; client_max_window_bits = 8"},
			wsframe.Deflate{Enabled: true, ServerBits: 10, ClientBits: 8},
			"",
		},
		{
			"windows in quotes",
			[]string{`permessage-deflate; server_max_window_bits="1\0"`},
			wsframe.Deflate{Enabled: true, ServerBits: 10, ClientBits: 15},
			"",
		},
		{
			"another extension",
			[]string{"x-mux; quota=\"a, permessage-deflate\""},
			wsframe.Deflate{ServerBits: 15, ClientBits: 15, Others: true},
			"",
		},
		{
			"several",
			[]string{"x-a, permessage-deflate", "x-b"},
			wsframe.Deflate{Enabled: true, ServerBits: 15, ClientBits: 15, Others: true},
			"",
		},
		{
			"twice",
			[]string{"permessage-deflate, permessage-deflate; server_no_context_takeover"},
			plain,
			`extension "permessage-deflate; server_no_context_takeover": RFC 7692 5.1: agreed on twice`,
		},
		{
			"window too small",
			[]string{"permessage-deflate; server_max_window_bits=7"},
			plain,
			`extension "permessage-deflate; server_max_window_bits=7": RFC 7692 7.1.2: server_max_window_bits is "7", not 8 to 15`,
		},
		{
			"window with a zero before it",
			[]string{"permessage-deflate; client_max_window_bits=09"},
			plain,
			`extension "permessage-deflate; client_max_window_bits=09": RFC 7692 7.1.2: client_max_window_bits is "09", not 8 to 15`,
		},
		{
			"window without a value",
			[]string{"permessage-deflate; client_max_window_bits"},
			plain,
			`extension "permessage-deflate; client_max_window_bits": RFC 7692 7.1.2: client_max_window_bits is "", not 8 to 15`,
		},
		{
			"no takeover with a value",
			[]string{"permessage-deflate; server_no_context_takeover=1"},
			wsframe.Deflate{Enabled: true, ServerNoTakeover: true, ServerBits: 15, ClientBits: 15},
			`extension "permessage-deflate; server_no_context_takeover=1": RFC 7692 7.1.1: parameter server_no_context_takeover with a value`,
		},
		{
			"unknown parameter",
			[]string{"permessage-deflate; speed=9; server_max_window_bits=9"},
			wsframe.Deflate{Enabled: true, ServerBits: 9, ClientBits: 15},
			`extension "permessage-deflate; speed=9; server_max_window_bits=9": RFC 7692 7.1: unknown parameter "speed"`,
		},
		{
			"parameter twice",
			[]string{"permessage-deflate; server_max_window_bits=9; server_max_window_bits=10"},
			wsframe.Deflate{Enabled: true, ServerBits: 10, ClientBits: 15},
			`extension "permessage-deflate; server_max_window_bits=9; server_max_window_bits=10": RFC 7692 7.1: parameter server_max_window_bits given twice`,
		},
		{
			"quote without an end",
			[]string{`permessage-deflate; server_max_window_bits="9`},
			plain,
			`extension "permessage-deflate; server_max_window_bits=\"9": RFC 7692 7.1.2: server_max_window_bits is "\"9", not 8 to 15`,
		},
		{
			"escape without an end",
			[]string{`permessage-deflate; server_max_window_bits="9\`},
			plain,
			`extension "permessage-deflate; server_max_window_bits=\"9\\": RFC 7692 7.1.2: server_max_window_bits is "\"9\\", not 8 to 15`,
		},
		{"separators alone", []string{" , ;; , "}, none, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := wsframe.Negotiated(test.values)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != test.err {
				t.Errorf("error %q, want %q", text, test.err)
			}
		})
	}
}

func FuzzNegotiated(f *testing.F) {
	for _, seed := range []string{
		"permessage-deflate", "permessage-deflate; server_max_window_bits=10, x", `permessage-deflate; client_max_window_bits="9"`,
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover", `a;b="\"`, ",;=\"\\",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, _ := wsframe.Negotiated([]string{value})
		if d.ServerBits < 8 || d.ServerBits > 15 || d.ClientBits < 8 || d.ClientBits > 15 {
			t.Errorf("%+v", d)
		}
	})
}
