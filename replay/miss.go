package replay

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// diverge reports a message of the client that no recorded one stands for.
func (c *conversation) diverge(label string, doc *payload.Doc, at time.Time) *Divergence {
	d := c.divergence(label, doc, at)
	if c.server.options.Level == LevelOrdered || c.server.options.Level == LevelBytes {
		d.Reason = "not what was recorded to come next: " + d.Reason
	}
	return d
}

// divergence compares a live message with the recorded ones.
func (c *conversation) divergence(label string, doc *payload.Doc, at time.Time) *Divergence {
	d := &Divergence{
		Exchange: c.primary.ex.ID, URL: c.primary.ex.Request.URL, Recorded: c.primary.ex.Started,
		Seq: c.heard, At: int64(at.Sub(c.opened)), Got: rawJSON(doc.Data),
		Reason: "no recorded message is equal in all that lasts from run to run",
	}
	near := c.nearest(label, doc, 2)
	for k, n := range near {
		found := c.describe(n)
		if k == 0 {
			d.Nearest = found
			d.Fix = fix(n)
		} else {
			d.Second = found
		}
	}
	if len(near) == 0 {
		d.Reason = "the client sent nothing on this connection when it was recorded"
	}
	d.State = c.state()
	return d
}

func (c *conversation) describe(d distance) *Nearest {
	return &Nearest{Exchange: d.m.rec.ex.ID, Seq: d.m.seq, Cost: d.cost, Used: c.used[d.m], Diff: d.diff}
}

// fix names what would let the message pass.
func fix(d distance) string {
	var out []string
	for _, f := range d.diff {
		if !f.OK && f.Want != "" && f.Got != "" && len(out) < 3 {
			out = append(out, "class of "+f.Path+" is volatile (--plan)")
		}
	}
	return strings.Join(append(out, "--level near", "record again"), " | ")
}

// state says where the conversation stands.
func (c *conversation) state() string {
	unsent := 0
	for _, i := range c.queue {
		unsent += len(i.m.effects) - i.next
	}
	return fmt.Sprintf("%d of %d recorded client messages have come; %d server messages under way", c.met, c.primary.sent, unsent)
}

// warn reports a difference that LevelNear let pass.
func (c *conversation) warn(label string, doc *payload.Doc, n distance) {
	d := c.divergence(label, doc, time.Now())
	d.Nearest = c.describe(n)
	c.server.warned(d)
}

// rawJSON returns a payload as JSON: itself if it is JSON, else as a string.
func rawJSON(data []byte) json.RawMessage {
	if json.Valid(data) {
		return json.RawMessage(data)
	}
	text := string(data)
	if !payload.Printable(text) {
		text = hexText(data[:min(len(data), 1024)])
	}
	out, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return out
}

func hexText(p []byte) string { return "0x" + hex.EncodeToString(p) }

// String returns the divergence as a block of lines for people.
func (d *Divergence) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "replay diverged: exchange %d", d.Exchange)
	if d.Exchange == 0 {
		b.Reset()
		b.WriteString("replay diverged:")
	}
	fmt.Fprintf(&b, " (%s", d.URL)
	if !d.Recorded.IsZero() {
		fmt.Fprintf(&b, ", recorded %s", d.Recorded.Format(time.DateOnly))
	}
	fmt.Fprintf(&b, ") client message #%d at +%.2fs\n", d.Seq, time.Duration(d.At).Seconds())
	fmt.Fprintf(&b, "  got      %s\n  %s\n", show(d.Got), d.Reason)
	d.Nearest.write(&b, "nearest ")
	d.Second.write(&b, "2nd     ")
	if d.State != "" {
		fmt.Fprintf(&b, "  state    %s\n", d.State)
	}
	if d.Fix != "" {
		fmt.Fprintf(&b, "  fix      %s\n", d.Fix)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (n *Nearest) write(b *strings.Builder, title string) {
	if n == nil {
		return
	}
	fmt.Fprintf(b, "  %s recorded message #%d of exchange %d (cost %.1f; used %d×)\n", title, n.Seq, n.Exchange, n.Cost, n.Used)
	for _, f := range n.Diff {
		verdict := "← fails"
		if f.OK {
			verdict = "ok"
		}
		fmt.Fprintf(b, "    %-20s %s → %s   %s   %s\n", f.Path, absent(f.Want), absent(f.Got), f.Class, verdict)
	}
}

func absent(s string) string {
	if s == "" {
		return "(absent)"
	}
	return s
}

// Error implements error.
func (d *Divergence) Error() string { return d.String() }

// Hint says what a person can do about it.
func (d *Divergence) Hint() string { return d.Fix }

var _ error = (*Divergence)(nil)

// item makes a report's item of a message.
func (m *message) item() Item {
	it := Item{Seq: m.seq, At: int64(m.at)}
	if m.opcode != capture.OpBinary && payload.Printable(string(m.doc.Data)) {
		it.Text = string(m.doc.Data)
	} else {
		it.Base64 = m.doc.Data
	}
	return it
}
