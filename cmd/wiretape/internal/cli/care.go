package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// tapeCommand looks after tapes.
func (a *app) tapeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "tape",
		Short:   "Look after a tape: what is on it, whether it is whole.",
		Example: "  wiretape tape info\n  wiretape tape check",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &misuse{fmt.Sprintf("unknown command %q for wiretape tape", args[0]), "see wiretape tape --help"}
			}
			return c.Help()
		},
	}
	var asJSON bool
	info := &cobra.Command{
		Use: "info", Short: "List the sessions of the tape.", Example: "  wiretape tape info --json",
		Args: needs(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.tapeInfo(asJSON) },
	}
	info.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.AddCommand(info)
	return c
}

// sessionInfo is a session with the sum of its exchanges.
type sessionInfo struct {
	capture.Session
	exchanges, messages, bytes uint64
}

func (a *app) tapeInfo(asJSON bool) error {
	tape, err := a.open(a.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	sessions, err := tape.Sessions()
	if err != nil {
		return err
	}
	sums := map[capture.SessionID]*sessionInfo{}
	for _, s := range sessions {
		sums[s.ID] = &sessionInfo{Session: s}
	}
	for ex, err := range tape.Exchanges(0, true) {
		if err != nil {
			return err
		}
		if s := sums[ex.Session]; s != nil {
			s.exchanges++
			s.messages += ex.Sent.Messages + ex.Received.Messages
			s.bytes += ex.Sent.Bytes + ex.Received.Bytes
		}
	}
	for _, s := range sessions {
		if err := a.sessionLine(sums[s.ID], asJSON); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) sessionLine(s *sessionInfo, asJSON bool) error {
	if asJSON {
		line := view.AppendSession(nil, &s.Session)
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			return err
		}
		fields["exchanges"], fields["messages"], fields["bytes"] = s.exchanges, s.messages, s.bytes
		line, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		return a.print(string(line) + "\n")
	}
	ended := "open or cut off"
	if !s.Ended.IsZero() {
		ended = "lasted " + view.Duration(s.Ended.Sub(s.Started))
	}
	return a.print(fmt.Sprintf("session %d  %s  %s  %s, %s, %s  %s\n", s.ID, s.Started.Format("2006-01-02 15:04:05"),
		ended, count(s.exchanges, "exchange"), count(s.messages, "message"), view.Size(s.bytes), view.Sanitize(s.Label)))
}
