package replay

import "time"

// anchor ties a message to which nothing points to what was said last, for now.
func (a *attribution) anchor(m *message) (*message, reason) {
	if m.beat == ask || m.beat == sign {
		return nil, byTimer
	}
	a.pushed = m.order
	gap := time.Duration(-1)
	said := a.saidIn[m.space]
	if said != nil {
		gap = m.at - said.done
		if said == a.said {
			gap = m.at - max(said.done, a.spoken)
		}
	}
	kind := m.space + m.label
	a.loose[kind] = append(a.loose[kind], loose{m, gap})
	return said, bySpontaneity
}

// loose is a message of the server to which nothing points.
type loose struct {
	m   *message
	gap time.Duration // since what was said last, or the last answer to it; negative: nothing was said
}

// prompt is how quickly the consequences of a message follow its answer.
const prompt = 250 * time.Millisecond

// settle decides about the loose messages of one kind. If each follows promptly
// what was said, they are consequences of that. Many that do not are a stream,
// which what was said before the first of them began.
func settle(list []loose) {
	habit := true
	most := map[*message]int{}
	for _, l := range list {
		most[l.m.cause]++
		habit = habit && l.m.cause != nil && l.gap <= prompt && most[l.m.cause] <= 4
	}
	for _, l := range list {
		switch {
		case habit:
			l.m.why = byHabit
		case len(list) >= 3:
			l.m.cause = list[0].m.cause
		}
	}
}
