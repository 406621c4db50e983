package replaytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// listing is one line of wiretape ls --json or show --json, as far as it is of
// use here. The program answers while it records.
type listing struct {
	ID      capture.ExchangeID `json:"id"`
	Kind    string             `json:"kind"`
	Method  string             `json:"method"`
	URL     string             `json:"url"`
	Request struct {
		Headers [][2]string `json:"headers"`
		Body    content     `json:"body"`
	} `json:"request"`

	Dir    string         `json:"dir"`
	T      int64          `json:"t_ns"`
	Opcode capture.Opcode `json:"opcode"`
	content
}

// content is a text, or bytes.
type content struct {
	Text   string `json:"text"`
	Base64 []byte `json:"base64"`
}

func (c *content) data() []byte {
	if c.Base64 != nil {
		return c.Base64
	}
	return []byte(c.Text)
}

// received implements backend.
func (r *recorder) received() (all []*Message, err error) {
	exchanges, err := r.list("ls", "--json")
	if err != nil {
		return nil, err
	}
	for _, ex := range exchanges {
		lines, err := r.list("show", strconv.FormatUint(uint64(ex.ID), 10), "--json")
		if err != nil {
			return nil, err
		}
		all = append(all, messagesOf(lines)...)
	}
	return all, nil
}

// messagesOf reads what show prints of one exchange: itself, then its rows.
func messagesOf(lines []listing) (all []*Message) {
	if len(lines) == 0 {
		return nil
	}
	head := &lines[0]
	ex := &capture.Exchange{ID: head.ID, Request: capture.Request{Method: head.Method, URL: head.URL}}
	for _, h := range head.Request.Headers {
		ex.Request.Header = append(ex.Request.Header, capture.Field{Name: h[0], Value: h[1]})
	}
	ex.Kind, _ = capture.ParseKind(head.Kind)
	message := Message{Connection: int(ex.ID), Method: head.Method, URL: head.URL, Header: ex.Request.Header, exchange: ex}
	if ex.Kind != capture.KindWebSocket {
		message.Data = head.Request.Body.data()
		return []*Message{&message}
	}
	for i := range lines[1:] {
		row := &lines[i+1]
		if row.Dir != capture.Send.String() || row.Opcode.Control() {
			continue
		}
		said := message
		said.Opcode, said.At, said.Data = row.Opcode, time.Duration(row.T), row.data()
		all = append(all, &said)
	}
	return all
}

// list runs the program and reads its lines.
func (r *recorder) list(args ...string) (all []listing, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, r.bin, append(args, "-t", r.tape)...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
		}
		return nil, fmt.Errorf("wiretape %s: %w", strings.Join(args, " "), err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listing
		if err := d.Decode(&l); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what wiretape %s says: %w", args[0], err)
		}
		all = append(all, l)
	}
}
