package replay

import (
	"encoding/json"
	"io"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Report is what a run of a Server came to: what replay --report writes.
type Report struct {
	Connections []ConnectionReport `json:"connections"`
	Divergences []*Divergence      `json:"divergences"` // what the level does not allow
	Warnings    []*Divergence      `json:"warnings"`    // what LevelNear let pass
	OK          bool               `json:"ok"`

	requireAll bool
}

// ConnectionReport is one recorded exchange and what came of it, over all live
// connections that were served from it.
type ConnectionReport struct {
	Exchange  capture.ExchangeID `json:"exchange"`
	URL       string             `json:"url"`
	Served    int                `json:"served"`    // live connections, or requests
	Matched   int                `json:"matched"`   // client messages that found their recorded one
	Unmatched []Item             `json:"unmatched"` // client messages that did not
	Unsent    []Item             `json:"unsent"`    // recorded server messages never sent
	Unmet     []Item             `json:"unmet"`     // recorded client messages that never came
}

// Item is a message in a Report.
type Item struct {
	Seq    uint64 `json:"seq"`
	At     int64  `json:"t_ns"`
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
}

// Divergence is a client message, or a request, that no recording answers.
type Divergence struct {
	Exchange capture.ExchangeID `json:"exchange"` // the recording the connection was served from; 0: none
	URL      string             `json:"url"`
	Recorded time.Time          `json:"recorded,omitzero"`
	Seq      uint64             `json:"seq"`  // number of the client's message within its connection
	At       int64              `json:"t_ns"` // since the connection's start
	Got      json.RawMessage    `json:"got"`
	Nearest  *Nearest           `json:"nearest,omitempty"`
	Second   *Nearest           `json:"second,omitempty"`
	Reason   string             `json:"reason"`
	State    string             `json:"state,omitempty"`
	Fix      string             `json:"fix,omitempty"`
}

// Nearest is the recorded message that comes closest to one that diverged.
type Nearest struct {
	Exchange capture.ExchangeID `json:"exchange"`
	Seq      uint64             `json:"seq"`
	Cost     float64            `json:"cost"`
	Used     int                `json:"used"` // how often it was matched on this connection
	Diff     []FieldDiff        `json:"diff"`
}

// FieldDiff is one field in which two messages differ. An absent field is "".
type FieldDiff struct {
	Path  string `json:"path"`
	Want  string `json:"want"`
	Got   string `json:"got"`
	Class string `json:"class"`
	OK    bool   `json:"ok,omitempty"` // the level allows this difference
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
