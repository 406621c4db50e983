package replay

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// junitSuites is the part of JUnit's XML that continuous integration reads.
type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// WriteJUnit writes the report as JUnit XML: one test case per recorded
// exchange, which fails where requireAll is not met, and one per divergence. An
// exchange that nothing asked for is skipped.
func (r *Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{Name: "wiretape replay"}
	for i := range r.Connections {
		suite.add(r.Connections[i].junit(r.requireAll))
	}
	for _, d := range r.Divergences {
		text := d.String()
		summary, _, _ := strings.Cut(text, "\n")
		suite.add(junitCase{
			Class: "wiretape.replay.divergence", Name: fmt.Sprintf("%s message %d at +%v", d.URL, d.Seq, time.Duration(d.At)),
			Failure: &junitFailure{Message: printableXML(summary), Text: printableXML(text)},
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suite: suite}); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// junit makes a test case of a recorded exchange.
func (c *ConnectionReport) junit(requireAll bool) junitCase {
	out := junitCase{Class: "wiretape.replay.exchange", Name: fmt.Sprintf("exchange %d %s", c.Exchange, c.URL)}
	var b strings.Builder
	fmt.Fprintf(&b, "served %d, matched %d, unmatched %d, unmet %d, unsent %d\n", c.Served, c.Matched, len(c.Unmatched), len(c.Unmet), len(c.Unsent))
	for _, m := range c.Unmet {
		fmt.Fprintf(&b, "never came: #%d %s\n", m.Seq, m.Text)
	}
	for _, m := range c.Unsent {
		fmt.Fprintf(&b, "never sent: #%d %s\n", m.Seq, m.Text)
	}
	switch {
	case requireAll && len(c.Unmet)+len(c.Unsent) > 0:
		out.Failure = &junitFailure{Message: "recorded messages never came", Text: printableXML(b.String())}
	case c.Served == 0:
		out.Skipped = &junitSkipped{Message: "nothing asked for it"}
	default:
		out.Out = printableXML(b.String())
	}
	return out
}

// printableXML leaves out what XML 1.0 cannot hold (§2.2).
func printableXML(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
