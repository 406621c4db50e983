package diff

import (
	"net/url"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// Sessions compares two runs: exchanges are aligned by method, host and path and
// then by what else their requests say, and each pair is compared as Exchanges
// does. Exchanges without a mate are rows of PartExchange. Hosts are left out
// where nothing else is left to align by, since tests choose other ports and
// other hosts.
func Sessions(a, b []*transcript.Transcript, o *Options, emit func(*Row) error) (*Summary, error) {
	checked, ignore, err := o.check()
	if err != nil {
		return nil, err
	}
	s := &sessions{options: &checked, ignore: ignore, emit: emit}
	mates := s.align(a, b)
	mated := map[int]bool{}
	for _, j := range mates {
		mated[j] = true
	}
	next := 0
	onlyB := func(before int) error {
		for ; next < before; next++ {
			if mated[next] {
				continue
			}
			if err := s.alone(b[next].Exchange(), OnlyB); err != nil {
				return err
			}
		}
		return nil
	}
	for i, t := range a {
		j, ok := mates[i]
		if !ok {
			if err := s.alone(t.Exchange(), OnlyA); err != nil {
				return &s.summary, err
			}
			continue
		}
		if err := onlyB(j); err != nil {
			return &s.summary, err
		}
		one, err := Exchanges(t, b[j], o, emit)
		if one != nil {
			s.summary.join(one)
		}
		if err != nil {
			return &s.summary, err
		}
	}
	return &s.summary, onlyB(len(b))
}

// sessions is one run of Sessions.
type sessions struct {
	options *Options
	ignore  *ignorance
	emit    func(*Row) error
	summary Summary
}

// align returns the mates of the exchanges of a, as places in b.
func (s *sessions) align(a, b []*transcript.Transcript) map[int]int {
	mates := map[int]int{}
	used := map[int]bool{}
	for _, host := range [...]bool{true, false} {
		c := &classes{judge: replay.NewJudge(true)}
		c.judge.Learn()
		var la, lb list
		s.load(&la, c, a, host, func(i int) bool { _, ok := mates[i]; return ok })
		s.load(&lb, c, b, host, func(j int) bool { return used[j] })
		m := &mating{a: &la, b: &lb, ordered: false}
		m.find()
		for i := range la.items {
			if it := &la.items[i]; it.mate >= 0 {
				j := int(lb.items[it.mate].seq)
				mates[int(it.seq)], used[j] = j, true
			}
		}
	}
	return mates
}

// load takes the requests that have no mate yet.
func (s *sessions) load(k *list, c *classes, of []*transcript.Transcript, host bool, done func(int) bool) {
	for i, t := range of {
		if done(i) {
			continue
		}
		side := newSide(t, s.ignore)
		u := side.request(s.options)
		u.seq, u.kind = uint64(i), endpoint(side.ex, host)
		if !host {
			kept := u.extra[:0]
			for _, l := range u.extra {
				if r := rootOf(l.Path); r != "host" && r != "scheme" {
					kept = append(kept, l)
				}
			}
			u.extra = kept
		}
		if u.doc.Format == payload.Binary {
			u.doc.Leaves = nil
		}
		k.add(u, c, false)
	}
}

// endpoint names what a request is sent to: the method, the host and the path,
// in which ids are stars.
func endpoint(ex *capture.Exchange, host bool) string {
	path := ex.Request.URL
	if at, err := url.Parse(path); err == nil && at.Host != "" {
		path = at.EscapedPath()
	}
	segments := strings.Split(path, "/")
	for i, v := range segments {
		if shape.Digits(v) || shape.Opaque(v) {
			segments[i] = "*"
		}
	}
	name := ex.Request.Method + " " + strings.Join(segments, "/")
	if host {
		name += " " + hostOf(ex.Request.URL)
	}
	return name
}

// alone tells of an exchange that one side has.
func (s *sessions) alone(ex *capture.Exchange, status Status) error {
	r := &Row{Part: PartExchange, Status: status, Text: shown(ex.Request.Method + " " + ex.Request.URL)}
	zero := uint64(0)
	if status == OnlyA {
		r.A, r.ExchangeA = &zero, ex.ID
	} else {
		r.B, r.ExchangeB = &zero, ex.ID
	}
	s.summary.Add(r)
	return s.emit(r)
}

// join adds the counts of another comparison.
func (s *Summary) join(o *Summary) {
	s.Equal += o.Equal
	s.Volatile += o.Volatile
	s.Changed += o.Changed
	s.OnlyA += o.OnlyA
	s.OnlyB += o.OnlyB
	s.HeartbeatsA += o.HeartbeatsA
	s.HeartbeatsB += o.HeartbeatsB
	s.LeftA += o.LeftA
	s.LeftB += o.LeftB
}
