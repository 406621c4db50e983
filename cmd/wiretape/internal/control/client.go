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

	"github.com/wiretape/wiretape/capture/store"
)

// answerLimit bounds how long a recorder may take to answer a read.
const answerLimit = 10 * time.Second

// Client reads a tape through the recorder that holds it. It implements
// store.Source and may be used concurrently.
type Client struct {
	http  http.Client
	state State
}

var _ store.Source = (*Client)(nil)

// Dial connects to the recorder of a tape. The error wraps that of the
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
	return c, nil
}

// State returns what the recorder said of itself when it was dialled.
func (c *Client) State() State { return c.state }

// Close gives the connections back.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Get implements store.Source.
func (c *Client) Get(bucket string, key []byte) ([]byte, error) {
	return c.request("/get", url.Values{"bucket": {bucket}, "key": {string(key)}}, answerLimit)
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
	head, err := c.wait(nil, answerLimit)
	if err != nil {
		return 0
	}
	return head
}

// Wait implements store.Source.
func (c *Client) Wait(ctx context.Context, head uint64) (uint64, error) {
	for {
		after := url.Values{"head": {strconv.FormatUint(head, 10)}}
		now, err := c.wait(after, waitLimit+answerLimit)
		if err != nil || now > head {
			return now, err
		}
		if err := ctx.Err(); err != nil {
			return now, err
		}
	}
}

func (c *Client) wait(form url.Values, limit time.Duration) (uint64, error) {
	body, err := c.request("/wait", form, limit)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(body), 10, 64)
}

func (c *Client) request(path string, form url.Values, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://recorder"+path+"?"+form.Encode(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNoContent:
		return nil, nil
	case resp.StatusCode != http.StatusOK:
		return nil, errors.New(string(bytes.TrimSpace(body)))
	}
	return body, nil
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
