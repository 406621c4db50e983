package replay

import (
	"container/heap"
	"time"
)

// queue holds the instances of a connection that have more to say, the next to
// speak first: by time, then in recorded order.
type queue []*instance

var _ heap.Interface = (*queue)(nil)

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].attached != q[j].attached {
		return q[i].attached > q[j].attached
	}
	if !q[i].due.Equal(q[j].due) {
		return q[i].due.Before(q[j].due)
	}
	return q[i].m.effects[q[i].next].order < q[j].m.effects[q[j].next].order
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	i := x.(*instance)
	i.index = len(*q)
	*q = append(*q, i)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	old := *q
	i := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	i.index = -1
	return i
}

// schedule puts an instance into the queue for its next effect, or leaves it
// out where there is none.
func (q *queue) schedule(i *instance, pace *pace) {
	m := i.upcoming()
	if m == nil {
		if i.index >= 0 {
			heap.Remove(q, i.index)
		}
		return
	}
	if due := pace.due(i, m); i.attached == 0 {
		i.due = due
	}
	if i.index >= 0 {
		heap.Fix(q, i.index)
		return
	}
	heap.Push(q, i)
}

// pace turns recorded times into times of a live connection.
type pace struct {
	speed    Speed
	maxGap   time.Duration
	absolute bool
	opened   time.Time            // when the live connection was accepted
	recorded time.Duration        // when the recorded one was
	jitter   func() time.Duration // nil: none
	fifo     bool                 // answers come in the order of the questions
	answered time.Time            // when the last of them is due
}

// due returns when an effect is to be sent: as long after the live message as
// the recorded one was after the recorded message. It is called once for each
// effect, in order.
func (p *pace) due(i *instance, m *message) time.Time {
	previous := i.m.done
	if i.next > 0 {
		previous = i.m.effects[i.next-1].at
	}
	gap := max(0, m.at-max(previous, i.m.done))
	if p.maxGap > 0 {
		gap = min(gap, p.maxGap)
	}
	i.delay += gap
	due := i.began.Add(p.speed.scale(i.delay))
	if p.jitter != nil {
		due = due.Add(p.jitter())
	}
	if p.absolute {
		if at := p.opened.Add(p.speed.scale(m.at - p.recorded)); at.After(due) || p.maxGap == 0 {
			due = at
		}
		if due.Before(i.began) {
			due = i.began
		}
	}
	if p.fifo && i.next == 0 && i.m.firstAnswer() == m {
		if !due.After(p.answered) {
			due = p.answered.Add(1)
		}
		p.answered = due
	}
	if i.next > 0 && due.Before(i.due) {
		due = i.due // what one message caused keeps its order
	}
	return due
}
