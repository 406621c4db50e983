package apidoc

// merge adds all that was seen in another place.
func (n *node) merge(o *node) {
	if n == nil || o == nil {
		return
	}
	n.nulls += o.nulls
	n.bools += o.bools
	n.ints += o.ints
	n.floats += o.floats
	n.large = n.large || o.large
	if n.example == "" {
		n.example = o.example
	}
	if o.text != nil {
		if n.text == nil {
			n.text = &texts{format: o.text.format}
		}
		n.text.merge(o.text)
	}
	for _, s := range o.shapes {
		n.take(s)
	}
	if o.list != nil {
		n.takeList(o.list)
	}
}

func (t *texts) merge(o *texts) {
	if t.format != o.format {
		t.format = ""
	}
	t.more = t.more || o.more
	for _, s := range o.order {
		n := t.n
		t.add(s)
		t.n = n
		if t.counts[s] > 0 {
			t.counts[s] += o.counts[s] - 1
		}
	}
	t.n += o.n
}

// take adds the objects of a shape to those that are like them.
func (n *node) take(s *shape) {
	names := make([]string, len(s.members))
	for i, m := range s.members {
		names[i] = m.name
	}
	n.shape(names, s.kind, s.word).merge(n, s)
}

func (s *shape) merge(n *node, o *shape) {
	s.n += o.n
	if o.rest != nil {
		if s.rest == nil {
			s.open(n)
		}
		s.rest.merge(o.rest)
	}
	for _, m := range o.members {
		s.member(n, m.name).merge(m.node)
		if known := s.index[m.name]; known != nil {
			known.n += m.n - 1
		}
	}
}

func (n *node) takeList(o *list) {
	if n.list == nil {
		n.list = &list{least: o.least, plain: true}
	}
	l := n.list
	if !l.plain {
		l.flatten(n)
	}
	l.n += o.n
	l.least, l.most = min(l.least, o.least), max(l.most, o.most)
	if l.items == nil {
		l.items = n.child()
	}
	l.items.merge(o.items)
	for _, p := range o.places {
		l.items.merge(p)
	}
}
