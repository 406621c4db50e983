package web_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// users is a tape with requests for two users, one with a token.
func users(t *testing.T) *store.Tape {
	t.Helper()
	tape, err := store.Open(t.TempDir()+"/x.tape", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tape.Close() })
	r, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"41", "42"} {
		tap := r.Begin(capture.Opening{At: r.Now(), Request: capture.Request{
			Method: "GET", URL: "https://api.test/users/" + id, Header: []capture.Field{{Name: "Authorization", Value: "Bearer s3cr3t-of-ada"}},
		}})
		tap.Response(r.Now(), capture.Response{Status: 200, Header: []capture.Field{{Name: "Content-Type", Value: "application/json"}}})
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: r.Now(), Data: []byte(`{"id":` + id + `,"note":"s3cr3t-of-ada"}`)})
		tap.End(capture.End{At: r.Now(), How: capture.HowClose, By: capture.Server})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return tape
}

func TestEndpointsAreDescribedAndNoted(t *testing.T) {
	tape := users(t)
	d := drive(t, web.Options{Source: tape, Documents: tape})
	var list struct {
		Items []struct{ Key, Method, Path, Kind, Title string }
	}
	d.want(200, "GET", "/endpoints", nil, &list)
	if len(list.Items) != 1 || list.Items[0].Path != "/users/{id}" || list.Items[0].Kind != "http" {
		t.Fatalf("the list is %+v", list)
	}
	key := list.Items[0].Key
	if text, _ := base64.RawURLEncoding.DecodeString(key); string(text) != "GET api.test /users/{id}" {
		t.Errorf("the key says %s", text)
	}
	var one struct {
		Exchanges int
		Doc       json.RawMessage
	}
	d.want(200, "GET", "/endpoints/"+key, nil, &one)
	for _, want := range []string{`"security":[{"type":"bearer"`, `"in":"path","name":"id"`, `"status":200`, `"media_type":"application/json"`, `"required":["id","note"]`} {
		if !strings.Contains(strings.Join(strings.Fields(string(one.Doc)), ""), want) {
			t.Errorf("%s is missing in %s", want, one.Doc)
		}
	}
	if one.Exchanges != 2 || strings.Contains(string(one.Doc), "s3cr3t") {
		t.Errorf("a secret, or not two exchanges: %s", one.Doc)
	}
	notes := map[string]any{"title": "Users", "status": "testing", "owner": "north", "tags": []string{"a"}, "description": "**b**"}
	d.want(200, "PUT", "/endpoints/"+key, notes, &list)
	d.want(200, "GET", "/endpoints", nil, &list)
	if list.Items[0].Title != "Users" {
		t.Errorf("the title is %q", list.Items[0].Title)
	}
	notes["status"] = "done"
	if status := d.ask("PUT", "/endpoints/"+key, notes, nil); status != 400 {
		t.Errorf("an unknown status is answered with %d", status)
	}
	d.want(200, "PUT", "/endpoints/"+key, map[string]any{}, nil)
	if names, err := tape.Documents("endpoint/"); len(names) != 0 || err != nil {
		t.Errorf("the notes are still there: %v %v", names, err)
	}
}

func TestWhatIsNoEndpointIsRefused(t *testing.T) {
	d := drive(t, web.Options{Source: users(t)})
	other := base64.RawURLEncoding.EncodeToString([]byte("GET other.test /"))
	for path, want := range map[string]int{"/endpoints/!!": 400, "/endpoints/aGk": 400, "/endpoints/" + other: 404} {
		if got := d.ask("GET", path, nil, nil); got != want {
			t.Errorf("%s is answered with %d, want %d", path, got, want)
		}
	}
	known := base64.RawURLEncoding.EncodeToString([]byte("GET api.test /users/{id}"))
	if got := d.ask("PUT", "/endpoints/"+known, map[string]any{"title": "x"}, nil); got != 409 {
		t.Errorf("notes without a place to keep them are answered with %d", got)
	}
}
