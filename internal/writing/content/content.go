// Package content compiles the subject and bodies of a broadcast. They are Go
// templates written by tenants, hence code from people who aren't trusted with
// the process that runs it: only a small, loop-free part of the language is
// let through, checked on the parse tree, and what it writes is bounded.
package content

import (
	"strings"
)

// Limits of a template and of what it renders to.
const (
	MaxSource  = 256 << 10 // octets of one template
	MaxDepth   = 32        // nesting of if, with and parentheses
	MaxActions = 5000      // {{...}}, parentheses and function calls in one template
	MaxPart    = 1 << 20   // octets of one rendered body
	MaxSubject = 998       // octets of a rendered subject (RFC 5322 section 2.1.1)
	MaxValue   = 16 << 10  // octets of a name, address or attribute
)

// Parts of a message, as Refused names them.
const (
	PartSubject = "subject"
	PartText    = "text"
	PartHTML    = "html"
)

// Source is what the author wrote: text/template for Subject and Text,
// html/template, with its contextual escaping, for HTML. Text or HTML may be
// empty, not both.
type Source struct{ Subject, Text, HTML string }

// Data is what a template can see of one recipient.
type Data struct {
	Name, Email string
	Attributes  map[string]string
	// UnsubscribeURL is where this recipient leaves the list. Only package
	// layout puts it into a template: authors write .List.UnsubscribeURL.
	UnsubscribeURL string
}

// Rendered is the content for one recipient. A part without a template is
// empty.
type Rendered struct{ Subject, Text, HTML string }

// Problem is something the author has to mend, or, of a warning, should look
// at.
type Problem struct {
	Place
	Message string // what is wrong and what to write instead
	Rule    Rule
}

// Rule is which sort of mistake a Problem is, for those who treat one sort in a
// way of its own.
type Rule string

// The rules.
const (
	RuleAny   Rule = ""      // none that is treated apart
	RuleImage Rule = "image" // a picture that not everybody sees
	RulePlain Rule = "plain" // a field of a recipient in a text that is the same for everybody
)

func (p Problem) String() string { return p.Place.String() + ": " + p.Message }

// maxProblems bounds what one Compile reports.
const maxProblems = 20

// Problems are all that Compile found, in the order subject, text, html and by
// line. They quote the template, never a recipient's data.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// Refused says that the content can't be made for this recipient; others
// aren't concerned. It never holds the recipient's data.
type Refused struct {
	Part   string
	Reason string
}

func (r *Refused) Error() string { return r.Part + ": " + r.Reason }
