package compose_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func TestNoSecretIsKept(t *testing.T) {
	secrets := []string{
		"hunter2", "s3cr3t-bearer-value-0123456789", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlc2lnbmF0dXJl",
		"cookievalue123456", "apikey-abcdef-123456", "passphrase-xyz", "tokentoken-123", "var-secret-value",
	}
	text := `{"op":"login","args":[{"apiKey":"` + secrets[4] + `","passphrase":"` + secrets[5] + `","ts":{{$nowMs}},"sign":"{{$hmacSha256 env.KEY "x"}}"}]}`
	folder := []compose.Node{{
		Name: "private",
		Connection: &compose.Target{
			URL:     "wss://me:" + secrets[0] + "@h/ws?access_token=" + secrets[6],
			Headers: []compose.Pair{{"Authorization", "Bearer " + secrets[1]}, {"X-Plain", "plain"}, {"X-Api-Key", "{{env.MINE}}"}},
			Cookies: []compose.Pair{{"session", secrets[3]}},
			Params:  []compose.Pair{{"token", secrets[2]}, {"q", "x"}},
			Vars:    map[string]string{"clientSecret": secrets[7], "user": "ann"},
			OnOpen:  []compose.Message{compose.TextMessage(text)},
		},
		Messages: []compose.Message{compose.TextMessage(`{"plain":1}`), compose.BinaryMessage([]byte("x"))},
	}}
	var v compose.Vault
	clean, names, err := v.Collection([]compose.Node{{Name: "all", Folder: &folder}})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(clean)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range names {
		value, ok := v.Env(name)
		if !ok || !strings.Contains(string(kept), "{{env."+name+"}}") {
			t.Errorf("%s stands for %q, in %s", name, value, kept)
		}
		values = append(values, value)
	}
	for _, secret := range secrets {
		if strings.Contains(string(kept), secret) || !slices.Contains(values, secret) {
			t.Errorf("%s: kept as %s; known are %q", secret, kept, values)
		}
	}
	for _, plain := range []string{`"plain"`, "{{env.MINE}}", `{{$nowMs}}`, `{{$hmacSha256 env.KEY`, `"ann"`, `["q","x"]`, `Bearer {{env.AUTHORIZATION}}`, `{\"plain\":1}`} {
		if !strings.Contains(string(kept), plain) {
			t.Errorf("%s is gone: %s", plain, kept)
		}
	}
	// What it resolves to is what was typed in.
	scope := &compose.Scope{Env: v.Env}
	got, err := scope.Resolve(strings.Replace(*(*clean[0].Folder)[0].Connection.OnOpen[0].Text, "{{$hmacSha256 env.KEY \"x\"}}", "", 1))
	if err != nil || !strings.Contains(got, secrets[4]) || !strings.Contains(got, secrets[5]) {
		t.Errorf("%s, %v", got, err)
	}
	// Cleaning what is clean changes nothing.
	again, names, err := v.Collection(clean)
	if err != nil || len(names) > 0 {
		t.Errorf("taken out twice: %q, %v", names, err)
	}
	if b, _ := json.Marshal(again); string(b) != string(kept) {
		t.Errorf("%s\nbecame\n%s", kept, b)
	}
	if *folder[0].Connection.OnOpen[0].Text != text {
		t.Error("what was given was changed")
	}
}

func TestSecretsOfEnvironments(t *testing.T) {
	var v compose.Vault
	e := &compose.Environments{Current: "live", Items: []compose.Environment{
		{Name: "live", Vars: map[string]string{"apiKey": "one", "host": "h"}},
		{Name: "test", Vars: map[string]string{"apiKey": "two", "token": "{{env.T}}"}},
	}}
	clean, names, err := v.Environments(e)
	if err != nil || len(names) != 2 {
		t.Fatalf("%q, %v", names, err)
	}
	scope := &compose.Scope{Vars: []map[string]string{clean.Vars()}, Env: v.Env}
	if got, err := scope.Resolve("{{host}} {{apiKey}}"); got != "h one" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if clean.Items[1].Vars["apiKey"] == clean.Items[0].Vars["apiKey"] || clean.Items[1].Vars["token"] != "{{env.T}}" {
		t.Errorf("%+v", clean)
	}
}

func TestCollectionsThatCannotBeKept(t *testing.T) {
	deep := compose.Node{Name: "x", Connection: &compose.Target{}}
	for range 20 {
		deep = compose.Node{Name: "x", Folder: &[]compose.Node{deep}}
	}
	for _, nodes := range [][]compose.Node{
		{{Name: " ", Connection: &compose.Target{}}},
		{{Name: "neither"}},
		{{Name: "both", Connection: &compose.Target{}, Folder: &[]compose.Node{}}},
		{{Name: "f", Folder: &[]compose.Node{}, Messages: []compose.Message{{}}}},
		{deep},
	} {
		if err := compose.CheckNodes(nodes); err == nil {
			t.Errorf("%+v was taken", nodes)
		}
	}
	for _, e := range []compose.Environments{
		{Current: "no"},
		{Items: []compose.Environment{{Name: ""}}},
		{Items: []compose.Environment{{Name: "a"}, {Name: "a"}}},
		{Items: []compose.Environment{{Name: "a", Vars: map[string]string{"a b": ""}}}},
	} {
		if err := compose.CheckEnvironments(&e); err == nil {
			t.Errorf("%+v was taken", e)
		}
	}
}

// FuzzCleaning puts what was taken out back in: nothing else has changed.
func FuzzCleaning(f *testing.F) {
	for _, seed := range []string{`{"password":"a b","x":1}`, `token=abcdefgh&y`, `{"apiKey":"k1","secret":"{{s}}","password":"k1"}`, "Bearer abcdefghijklmnop0123456789", `{"a":"REDACTED-1"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v compose.Vault
		nodes := []compose.Node{{Name: "n", Connection: &compose.Target{URL: text, Headers: []compose.Pair{{"Authorization", text}}}, Messages: []compose.Message{compose.TextMessage(text)}}}
		clean, names, err := v.Collection(nodes)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{*clean[0].Messages[0].Text, clean[0].Connection.URL, clean[0].Connection.Headers[0][1]} {
			for _, name := range names {
				value, _ := v.Env(name)
				got = strings.ReplaceAll(got, "{{env."+name+"}}", value)
			}
			if got != text {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}
