package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

// sendFlags are the flags of wiretape send.
type sendFlags struct {
	headers, params, cookies, vars, subprotocols []string

	said      said
	method    string
	wait      time.Duration
	count     uint
	closing   string
	noDeflate bool
	json      bool
	caDir     string
	upstream  upstreamFlags
}

func (a *app) sendCommand() *cobra.Command {
	var f sendFlags
	c := &cobra.Command{
		Use:   "send URL",
		Short: "Connect, send messages or a request, and show what comes back.",
		Long: `Connect to a ws or wss URL, send the messages in the order in which they are
given, and show what is said, both ways. An http or https URL gets a request,
with the message as its body. All of it is recorded, by the recorder that holds
the tape, or else by one that runs as long as this command.

Without a message the lines of stdin are sent. {{name}} stands for a variable of
--var, {{env.NAME}} for one of the environment; there are {{$uuid}}, {{$nowMs}},
{{$seq}} and {{$hmacSha256 env.KEY "text"}}, and \{{ stands for {{ itself. Files
and bytes are sent as they are.`,
		Example: `  wiretape send wss://ws.example.com/v5/public -m '{"op":"subscribe","args":["tickers"]}'
  wiretape send wss://ws.example.com/ -H 'Authorization: Bearer {{env.TOKEN}}' --subprotocol json -m hello --count 1
  wiretape send ws://127.0.0.1:9000/ --param room=7 --var user=ann -m 'hello {{user}}' --hex 00ff --ping x --wait 2s
  cat messages.txt | wiretape send ws://127.0.0.1:9000/
  wiretape send https://api.example.com/v1/chat -H 'Accept: text/event-stream' -m '{"stream":true}'
  wiretape send https://api.example.com/v1/items/7 -X DELETE --json`,
		Args: needs(1, "a URL"),
		RunE: func(c *cobra.Command, args []string) error { return a.send(c.Context(), &f, args[0]) },
	}
	f.add(c)
	return c
}

// add adds the flags.
func (f *sendFlags) add(c *cobra.Command) {
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringArrayVarP(&f.headers, "header", "H", nil, "a header `'K: V'`; with no value, one of our own is left out")
	fs.StringArrayVar(&f.params, "param", nil, "a parameter `K=V` of the query")
	fs.StringArrayVar(&f.cookies, "cookie", nil, "a cookie `K=V`")
	fs.StringArrayVar(&f.vars, "var", nil, "a variable `K=V`, for {{K}}")
	fs.StringArrayVar(&f.subprotocols, "subprotocol", nil, "a WebSocket subprotocol `P` to offer")
	fs.VarP(&saidFlag{&f.said, "text"}, "message", "m", "send `TEXT`; - is each line of stdin")
	fs.Var(&saidFlag{&f.said, "hex"}, "hex", "send the bytes `H`, in hex digits")
	fs.Var(&saidFlag{&f.said, "base64"}, "base64", "send the bytes `B`, in base64")
	fs.Var(&saidFlag{&f.said, "file"}, "file", "send what is in `FILE`, as text if it is UTF-8")
	fs.Var(&saidFlag{&f.said, "ping"}, "ping", "send a ping with `TEXT`")
	fs.StringVarP(&f.method, "request", "X", "", "the `METHOD` of an HTTP request (default GET, with a body POST)")
	fs.DurationVar(&f.wait, "wait", 0, "end `D` after the last message (default for sockets: once nothing came for 2s)")
	fs.UintVar(&f.count, "count", 0, "end after `N` answers: messages or events")
	fs.StringVar(&f.closing, "close", "1000", "end with the close code `CODE`, as in 4000 or '4000 reason'")
	fs.BoolVar(&f.noDeflate, "no-deflate", false, "do not offer permessage-deflate")
	f.upstream.add(c)
	fs.StringVar(&f.caDir, "ca-dir", "", "the `DIR` of the certificate authority (default: in your config folder)")
	fs.BoolVar(&f.json, "json", false, "one JSON object a line, as show --json prints the rows")
}

// target reads the flags.
func (f *sendFlags) target(address string) (*compose.Target, error) {
	t := &compose.Target{URL: address, Method: strings.ToUpper(f.method), Subprotocols: f.subprotocols, NoDeflate: f.noDeflate}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return nil, &misuse{fmt.Sprintf("-H %q has no colon", h), "as in -H 'Authorization: Bearer …'"}
		}
		t.Headers = append(t.Headers, compose.Pair{name, strings.TrimSpace(value)})
	}
	for _, list := range []struct {
		flag  string
		from  []string
		pairs *[]compose.Pair
	}{{"param", f.params, &t.Params}, {"cookie", f.cookies, &t.Cookies}} {
		for _, p := range list.from {
			name, value, _ := strings.Cut(p, "=")
			if name == "" {
				return nil, &misuse{fmt.Sprintf("--%s %q has no name", list.flag, p), "as in --" + list.flag + " name=value"}
			}
			*list.pairs = append(*list.pairs, compose.Pair{name, value})
		}
	}
	return t, nil
}

// scope reads the variables.
func (f *sendFlags) scope() (*compose.Scope, error) {
	vars := map[string]string{}
	for _, v := range f.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, &misuse{fmt.Sprintf("--var %q is not a variable", v), "as in --var name=value"}
		}
		vars[name] = value
	}
	return &compose.Scope{Vars: []map[string]string{vars}}, nil
}

// farewell reads the code and the reason to close with.
func (f *sendFlags) farewell() (code int, reason string, err error) {
	digits, reason, _ := strings.Cut(f.closing, " ")
	code, err = strconv.Atoi(digits)
	if err != nil || code < 1000 || code > 4999 {
		return 0, "", &misuse{fmt.Sprintf("--close %q is no close code", f.closing), "as in --close 1000, --close 4000 or --close '4000 reason'"}
	}
	return code, reason, nil
}

// send connects, says what is to be said and shows what comes back.
func (a *app) send(ctx context.Context, f *sendFlags, address string) (err error) {
	t, err := f.target(address)
	if err != nil {
		return err
	}
	scope, err := f.scope()
	if err != nil {
		return err
	}
	s := &sending{app: a, sendFlags: f, target: *t, scope: scope}
	if err := f.said.check(); err != nil {
		return err
	}
	if s.code, s.reason, err = f.farewell(); err != nil {
		return err
	}
	scheme, _, _ := strings.Cut(strings.ToLower(address), "://")
	request := scheme == "http" || scheme == "https"
	if request {
		if err := s.body(); err != nil {
			return err
		}
	} else if scheme != "ws" && scheme != "wss" && !strings.Contains(scheme, "{{") {
		return &misuse{fmt.Sprintf("%q does not begin with ws://, wss://, http:// or https://", address), "as in wss://api.example.com/v1/ws or https://api.example.com/v1/events"}
	} else if f.method != "" {
		return &misuse{"-X is for http and https URLs", "leave it out: a WebSocket is opened with GET"}
	}
	a.catch()
	if err := s.open(); err != nil {
		return err
	}
	defer func() {
		if closeErr := s.close(); err == nil {
			err = closeErr
		}
	}()
	if ctx == nil {
		ctx = context.Background()
	}
	if request {
		return s.fetch(ctx)
	}
	return s.talk(ctx)
}

// body makes the message of a request its body.
func (s *sending) body() error {
	if len(s.said.messages) > 1 || s.said.lines {
		return &misuse{"a request has one body", "give one -m, --hex, --base64 or --file"}
	}
	if len(s.said.messages) == 1 {
		if s.said.messages[0].Opcode == "ping" {
			return &misuse{"--ping is for WebSockets", "leave it out"}
		}
		s.target.Body = &s.said.messages[0]
	}
	return nil
}
