package replay

import (
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// A Judge tells which fields of recorded messages vary from run to run, by the
// rules by which a plan tells it of a client's; it does so for both directions.
// It is for those who compare recordings with each other. Messages are shown to
// it first, in the order of time; then it learns, and answers questions. It is
// for the packages below replay, and may not be used concurrently.
type Judge struct {
	http     bool
	messages []*message
	fields   [2]*fields // by direction; nil before Learn
	sources  map[*capture.Exchange]*recording
}

// NewJudge returns a judge of the messages of sockets and streams, or of the
// bodies of plain HTTP.
func NewJudge(http bool) *Judge {
	return &Judge{http: http, sources: map[*capture.Exchange]*recording{}}
}

// Show gives the judge a message to learn from: of which exchange, which way,
// when its last byte came, of which kind, and what it says. The document is
// kept until Learn.
func (j *Judge) Show(ex *capture.Exchange, dir capture.Direction, done time.Duration, kind string, d *payload.Doc) {
	rec := j.sources[ex]
	if rec == nil {
		rec = &recording{ex: ex}
		j.sources[ex] = rec
	}
	j.messages = append(j.messages, &message{
		rec: rec, order: len(j.messages), dir: dir, done: done, doc: d, label: kind,
	})
}

// Learn decides about the fields of all messages shown, and lets go of them.
func (j *Judge) Learn() {
	j.fields[capture.Send] = learn(j.messages, j.http)
	for _, m := range j.messages {
		m.dir = m.dir.Opposite()
	}
	j.fields[capture.Receive] = learn(j.messages, j.http)
	j.messages, j.sources = nil, nil
	for _, t := range j.fields {
		t.series, t.learned = nil, nil
		for _, table := range t.byKey {
			for _, f := range table {
				f.samples, f.values = nil, nil
			}
		}
	}
}

// Class returns what a field of messages of a kind holds.
func (j *Judge) Class(dir capture.Direction, kind string, l *payload.Leaf) Class {
	return j.fields[dir].classOf(kind, l)
}

// Lasts returns what of a scalar is the same from run to run, and false where
// nothing is. Of a JSON Web Token that is what its claims say of the subject.
func (j *Judge) Lasts(dir capture.Direction, kind string, l *payload.Leaf) (string, bool) {
	return j.fields[dir].lasts(kind, l, nil)
}

// Cost returns what a difference in a field of the class adds to the distance
// of two messages: 0 for what varies from run to run.
func (c Class) Cost() float64 { return c.weight() }

// KindOf names the kind of a message by the fields that tell kinds apart, as
// in "op=order".
func KindOf(d *payload.Doc) string { return labelOf(d) }

// Heartbeat reports whether a message on a connection to a URL only keeps that
// alive.
func Heartbeat(d *payload.Doc, url string) bool { return beatOf(d, isEngine(url)) != noBeat }
