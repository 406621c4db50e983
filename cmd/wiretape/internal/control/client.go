package control

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

const (
	// answerLimit bounds how long a recorder may take to answer a read.
	answerLimit = 10 * time.Second
	// syncLimit bounds how long a reader waits to see what was recorded a
	// moment ago. A slow disk shows it what there is.
	syncLimit = 300 * time.Millisecond
	// keysLimit is how many keys fit into one request.
	keysLimit = 512
)

// Client reads a tape through the recorder that holds it. It implements
// store.Source and may be used concurrently.
type Client struct {
	http  http.Client
	state State
}

var _ store.Source = (*Client)(nil)

// Dial connects to the recorder of a tape, and waits a little until what it has
// recorded so far can be read. The error wraps that of the
// operating system, so that a missing socket and a stale one can be told apart.
func Dial(tape string) (*Client, error) {
	path := Path(tape)
	c := &Client{}
	c.http.Transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
	}
	body, err := c.request("/state", nil, answerLimit)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("ask the recorder of %s: %w", tape, err)
	}
	if err := json.Unmarshal(body, &c.state); err != nil {
		c.Close()
		return nil, fmt.Errorf("ask the recorder of %s: %w", tape, err)
	}
	_, _ = c.send(http.MethodPost, "/sync", nil, syncLimit)
	return c, nil
}

// State returns what the recorder said of itself when it was dialled.
func (c *Client) State() State { return c.state }

// Close gives the connections back.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Info returns what is on the tape and what it takes.
func (c *Client) Info() (store.Info, error) {
	var info store.Info
	body, err := c.request("/info", nil, answerLimit)
	if err == nil {
		err = json.Unmarshal(body, &info)
	}
	return info, err
}

// Annotate sets the note and the tags of an exchange.
func (c *Client) Annotate(id capture.ExchangeID, n capture.Notes) error {
	return c.change("/annotate", Change{Exchange: id, Notes: n})
}

// Label sets the label, the note and the tags of a session.
func (c *Client) Label(id capture.SessionID, label string, n capture.Notes) error {
	return c.change("/label", Change{Session: id, Label: label, Notes: n})
}

// Document returns a document that is kept on the tape, nil if there is none of
// that name.
func (c *Client) Document(key string) ([]byte, error) { return store.NewReader(c).Document(key) }

// Documents returns the names of the documents that begin with prefix, sorted.
func (c *Client) Documents(prefix string) ([]string, error) {
	return store.NewReader(c).Documents(prefix)
}

// SetDocument keeps a document on the tape; a nil value deletes it. The error
// is a *store.DocumentError when the name or the text is too long.
func (c *Client) SetDocument(key string, value []byte) error {
	if err := store.CheckDocument(key, value); err != nil {
		return err
	}
	method, body := http.MethodPut, io.Reader(bytes.NewReader(value))
	if value == nil {
		method, body = http.MethodDelete, nil
	}
	_, err := c.send(method, "/document?"+url.Values{"key": {key}}.Encode(), body, answerLimit)
	return err
}

func (c *Client) change(path string, change Change) error {
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = c.send(http.MethodPost, path, bytes.NewReader(body), answerLimit)
	return err
}

// Get implements store.Source.
func (c *Client) Get(bucket string, key []byte) ([]byte, error) {
	return c.request("/get", url.Values{"bucket": {bucket}, "key": {string(key)}}, answerLimit)
}

// GetAll implements store.Source.
func (c *Client) GetAll(bucket string, keys [][]byte, maxBytes int) ([][]byte, error) {
	form := url.Values{"bucket": {bucket}, "bytes": {strconv.Itoa(maxBytes)}}
	for _, k := range keys[:min(len(keys), keysLimit)] {
		form.Add("key", string(k))
	}
	body, err := c.request("/getall", form, answerLimit)
	if err != nil {
		return nil, err
	}
	pairs, err := readPairs(body)
	values := make([][]byte, len(pairs))
	for i, p := range pairs {
		if len(p.Key) > 0 { // it has a value
			values[i] = p.Value
		}
	}
	return values, err
}

// Scan implements store.Source.
func (c *Client) Scan(bucket string, from []byte, limit, maxBytes int) ([]store.Pair, error) {
	body, err := c.request("/scan", url.Values{
		"bucket": {bucket}, "from": {string(from)},
		"limit": {strconv.Itoa(limit)}, "bytes": {strconv.Itoa(maxBytes)},
	}, answerLimit)
	if err != nil {
		return nil, err
	}
	return readPairs(body)
}

// Head implements store.Source: it returns the last commit the recorder had
// made when it was asked, or 0 when it does not answer any more.
func (c *Client) Head() uint64 {
	head, err := c.wait(context.Background(), nil, answerLimit)
	if err != nil {
		return 0
	}
	return head
}

// Wait implements store.Source.
func (c *Client) Wait(ctx context.Context, head uint64) (uint64, error) {
	for {
		after := url.Values{"head": {strconv.FormatUint(head, 10)}}
		now, err := c.wait(ctx, after, waitLimit+answerLimit)
		if ctxErr := ctx.Err(); ctxErr != nil && now <= head {
			return head, ctxErr
		}
		if err != nil || now > head {
			return now, err
		}
	}
}

func (c *Client) wait(ctx context.Context, form url.Values, limit time.Duration) (uint64, error) {
	body, err := c.sendUntil(ctx, http.MethodGet, "/wait?"+form.Encode(), nil, limit)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(body), 10, 64)
}

func (c *Client) request(path string, form url.Values, limit time.Duration) ([]byte, error) {
	return c.send(http.MethodGet, path+"?"+form.Encode(), nil, limit)
}

func (c *Client) send(method, target string, body io.Reader, limit time.Duration) ([]byte, error) {
	return c.sendUntil(context.Background(), method, target, body, limit)
}

func (c *Client) sendUntil(ctx context.Context, method, target string, body io.Reader, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://recorder"+target, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil
	case resp.StatusCode != http.StatusOK:
		return nil, errors.New(string(bytes.TrimSpace(answer)))
	}
	return answer, nil
}

var errShort = errors.New("the recorder's answer breaks off")

func readPairs(body []byte) ([]store.Pair, error) {
	var pairs []store.Pair
	for len(body) > 0 {
		var p store.Pair
		for _, b := range [...]*[]byte{&p.Key, &p.Value} {
			if len(body) < 4 {
				return nil, errShort
			}
			n := int(binary.BigEndian.Uint32(body))
			if body = body[4:]; len(body) < n {
				return nil, errShort
			}
			*b, body = body[:n:n], body[n:]
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}
