package demo

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Talk runs the client against the service at base, through the proxy and with
// the certificate that WIRETAPE_PROXY and WIRETAPE_CA name, and writes down
// what it saw. Its ids and its token are new each time; the transcript says
// whether the answers fit them, so that two transcripts of the same
// conversation are the same text.
func Talk(ctx context.Context, out io.Writer, base string) error {
	client, err := proxied()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	t := &talk{ctx: ctx, out: out, base: base, http: client}
	for _, step := range []func() error{t.rest, t.stream, t.lines, t.socket} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// proxied returns a client that goes through the proxy of the environment.
// (Go's own reading of HTTPS_PROXY leaves out loopback addresses.)
func proxied() (*http.Client, error) {
	proxy, err := url.Parse(os.Getenv("WIRETAPE_PROXY"))
	if err != nil || proxy.Host == "" {
		return nil, fmt.Errorf("WIRETAPE_PROXY is not set: run the client with wiretape record -- or wiretape replay --")
	}
	pem, err := os.ReadFile(os.Getenv("WIRETAPE_CA"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(proxy),
		TLSClientConfig: &tls.Config{RootCAs: pool},
	}}, nil
}

type talk struct {
	ctx  context.Context
	out  io.Writer
	base string
	http *http.Client
}

func (t *talk) note(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

func (t *talk) do(method, path, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(t.ctx, method, t.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+token())
	return t.http.Do(r)
}

func (t *talk) rest() error {
	resp, err := t.do("GET", "/api/products", "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	t.note("rest    %d %s", resp.StatusCode, body)
	return nil
}

// stream reads server-sent events and joins the answer.
func (t *talk) stream() error {
	resp, err := t.do("POST", "/v1/chat/completions", `{"model":"demo-1","stream":true,"messages":[{"role":"user","content":"greet me"}]}`)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer strings.Builder
	events := 0
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		events++
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		if json.Unmarshal([]byte(data), &chunk) == nil && len(chunk.Choices) > 0 {
			answer.WriteString(chunk.Choices[0].Delta.Content)
		}
	}
	t.note("sse     %d events, answer %q", events, answer.String())
	return nil
}

// lines reads JSON lines and joins the answer.
func (t *talk) lines() error {
	resp, err := t.do("POST", "/api/chat", `{"model":"demo","messages":[{"role":"user","content":"a motto"}]}`)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer strings.Builder
	n := 0
	for d := json.NewDecoder(resp.Body); ; n++ {
		var record struct{ Message struct{ Content string } }
		if err := d.Decode(&record); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		answer.WriteString(record.Message.Content)
	}
	t.note("ndjson  %d records, answer %q", n, answer.String())
	return nil
}

// socket logs in with a token, subscribes, orders twice and leaves.
func (t *talk) socket() error {
	address := "ws" + strings.TrimPrefix(t.base, "http") + "/ws?token=" + token()
	conn, _, err := websocket.Dial(t.ctx, address, &websocket.DialOptions{HTTPClient: t.http})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	s := &session{talk: t, conn: conn}
	s.expect("welcome")
	s.ask(`{"id":%q,"op":"subscribe","channel":"orders"}`)
	s.expect("subscribed")
	s.expect("market")
	for _, symbol := range []string{"BTC-EUR", "ETH-EUR"} {
		s.mine = "c" + id()
		s.ask(`{"id":%q,"op":"order","args":[{"symbol":"` + symbol + `","qty":"2","clOrdId":"` + s.mine + `"}]}`)
		s.expect("answer")
		s.expect("push")
	}
	s.write("ping")
	s.expect("heartbeat")
	s.ask(`{"id":%q,"op":"nonsense"}`)
	s.expect("error")
	if s.err != nil {
		return s.err
	}
	if err := conn.Close(websocket.StatusNormalClosure, "bye"); err != nil {
		return err
	}
	t.note("socket  closed 1000 bye")
	return nil
}

// session is the client's side of the socket; the first error ends it.
type session struct {
	*talk
	conn *websocket.Conn
	id   string // of the last command
	mine string // order id made by the client
	err  error
}

func (s *session) ask(format string) {
	s.id = id()
	s.write(fmt.Sprintf(format, s.id))
}

func (s *session) write(text string) {
	if s.err == nil {
		s.err = s.conn.Write(s.ctx, websocket.MessageText, []byte(text))
	}
}

// expect reads one message and notes it, with the values that the client made
// replaced by what they are.
func (s *session) expect(what string) {
	if s.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	defer cancel()
	_, data, err := s.conn.Read(ctx)
	if err != nil {
		s.err = fmt.Errorf("waiting for %s: %w", what, err)
		return
	}
	text := string(data)
	if s.id != "" {
		text = strings.ReplaceAll(text, `"`+s.id+`"`, "(my id)")
	}
	if s.mine != "" {
		text = strings.ReplaceAll(text, `"`+s.mine+`"`, "(my order)")
	}
	s.note("socket  %-10s %s", what, text)
}

// id returns a new random id.
func id() string { return rand.Text()[:12] }

// token returns a fresh JWT for ada: what changes is when and for which login.
func token() string {
	enc := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"sub":"ada","iat":%d,"exp":%d,"jti":%q}`, time.Now().Unix(), time.Now().Add(time.Hour).Unix(), id())
	signed := enc([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc([]byte(claims))
	mac := hmac.New(sha256.New, []byte("demo"))
	mac.Write([]byte(signed))
	return signed + "." + enc(mac.Sum(nil))
}
