// Package layout makes the personal template of a Broadcast out of a layout
// and what its author gives: values, sections and a body. All that is the same
// for every recipient is put in its place once, on the parse tree: a value
// becomes a constant that html/template escapes like data, so that it can't
// become code, whatever is in it.
package layout

import (
	"crier.dev/crier/internal/writing/content"
)

// Limits of what is put together.
const (
	MaxTemplate   = content.MaxSource // octets of the HTML, or the text, of a template
	MaxSections   = 40
	MaxValues     = 64       // values, and parameters of a template
	MaxValue      = 16 << 10 // octets of a value
	MaxBody       = content.MaxSource
	maxNesting    = 16    // {{template}} within {{template}}
	maxNodes      = 50000 // nodes of what is put together
	maxOctets     = 2 * content.MaxSource
	maxProblems   = 20
	maxNameLength = 63
)

// Input is what a Broadcast is made of.
type Input struct {
	// Template is the layout; nil lets the body stand alone.
	Template *Template
	// Subject is a template over personal fields, .Values, .List and .Language.
	Subject string
	// Values by the names of parameters. They may have personal fields where
	// the type of the parameter is String, Markdown or URL.
	Values   map[string]string
	Sections []Section
	Body     Body
	List     List
	// Language is a tag of BCP 47, "en" if empty.
	Language string
	// Attributes are the names that subscribers have. nil leaves names
	// unchecked, an empty slice means that there are none.
	Attributes []string
}

// Template is a layout: Go templates, HTML and optionally text, over personal
// fields and .Values, .Body, .Subject, .Sections, .List and .Language.
type Template struct {
	Name       string
	Parameters []Parameter
	HTML, Text string
}

// Parameter is what a Broadcast may give a value for.
type Parameter struct {
	Name        string
	Description string
	Type        ParameterType // String if empty
	Required    bool
	Default     string
}

// ParameterType is what a value has to be.
type ParameterType string

// Types of parameters.
const (
	String   ParameterType = "String"
	Markdown ParameterType = "Markdown"
	URL      ParameterType = "URL"     // https, http, mailto, tel or cid
	Color    ParameterType = "Color"   // #rgb, #rrggbb or a name of CSS
	Integer  ParameterType = "Integer" // of 64 bits
	Boolean  ParameterType = "Boolean" // true or false
	Date     ParameterType = "Date"    // of RFC 3339, with or without a time
)

// Section is one of a series of texts that look alike.
type Section struct {
	Title, Markdown, ImageURL, ImageAlt, LinkURL, LinkText string
}

// Body is what the author wrote: Markdown or HTML, and the text for those who
// don't see HTML; without Text it is derived.
type Body struct{ Markdown, HTML, Text string }

func (b Body) empty() bool { return blank(b.Markdown) && blank(b.HTML) && blank(b.Text) }

// List is what a layout may say of the MailingList. All of it is plain text.
type List struct {
	Name, Address, PostalAddress string
	Footer                       string // says why one gets the message
	// UnsubscribeURL is how to leave; "" if nobody can. If UnsubscribePersonal,
	// each recipient has another (content.Data.UnsubscribeURL), and it is only
	// not "".
	UnsubscribeURL      string
	UnsubscribePersonal bool
	Author              string // the name in From
}

// Result is a template over personal fields only.
type Result struct {
	content.Source
	// FooterInHTML and FooterInText say whether every recipient sees List.Footer
	// in that part, and PostalAddress and UnsubscribeURL where there are: the
	// URL in text, and in HTML something to click on.
	FooterInHTML, FooterInText bool
	// Warnings are what the author should look at.
	Warnings content.Problems
}

// Assemble makes the personal template of a Broadcast. The error is
// content.Problems: everything that has to be mended, each at the place where
// it was written, at most 20.
func Assemble(in Input) (Result, error) {
	in = composed(in)
	a := newAssembly(in)
	a.check()
	if len(a.problems) > 0 {
		return Result{}, a.failed()
	}
	result := Result{Source: a.result()}
	if len(a.problems) == 0 {
		a.verify(result.Source)
	}
	if len(a.problems) > 0 {
		return Result{}, a.failed()
	}
	result.Warnings = a.warnings
	result.footed(in)
	return result, nil
}
