package layout

import (
	"text/template/parse"
)

// kind of a static value.
type kind int

const (
	kindPlain    kind = iota // something to print
	kindSections             // .Sections
	kindSection              // one of them
	kindValues               // .Values
	kindList                 // .List
)

// static is something that is the same for every recipient, or that is put
// together from text and personal fields once.
type static struct {
	kind kind
	what string // how it is named to the author: "value headline"
	// html and text are what printing it gives.
	html, text []parse.Node
	// operand stands for it where it is compared or passed to a function; nil
	// if it has personal fields, or is markup.
	operand parse.Node
	truth   bool
	spelled bool               // plain text with personal fields, and so without an operand
	breaks  bool               // it has a line break
	fields  map[string]*static // of a section, of .Values, of .List
	many    []*static          // of .Sections
	sizes   [2]int             // of html and text as source, once it is known
}

// size is how many octets printing it makes.
func (s *static) size(inText bool) int {
	i, nodes := 0, s.html
	if inText {
		i, nodes = 1, s.text
	}
	if s.sizes[i] == 0 {
		s.sizes[i] = len(source(nodes))
	}
	return s.sizes[i]
}

// plainText is a static value of plain text that has nothing personal.
func plainText(what, s string) *static {
	return &static{what: what, html: constant(s), text: literal(s), operand: stringNode(s), truth: s != "", breaks: hasBreak(s)}
}

// mixed is plain text that may have personal fields.
func mixed(what string, nodes []parse.Node) *static {
	if !personal(nodes) {
		return plainText(what, plain(nodes))
	}
	broken := false
	mapped(nodes, func(n parse.Node) []parse.Node {
		if t, ok := n.(*parse.TextNode); ok {
			broken = broken || hasBreak(string(t.Text))
		}
		return nil
	})
	return &static{what: what, html: isolated(escaped(nodes)), text: isolated(nodes), truth: true, spelled: true, breaks: broken}
}

// place is what the dot, or $, is: the recipient, a static value, or, if
// neither, something personal.
type place struct {
	root   bool
	static *static
}

// scope is what names mean at one place of a layout.
type scope struct {
	dot, dollar place
	// moved says that the dot of what is put together is not the recipient
	// here, because a personal {{with}} has changed it.
	moved bool
}

func top() scope { return scope{dot: place{root: true}, dollar: place{root: true}} }

// fields are the static ones that a piece may use at its top.
type fields map[string]*static

// names lists them for an author who looks for one.
func (f fields) names() []string {
	var names []string
	for _, root := range []string{"Values", "Body", "Subject", "Sections", "List", "Language"} {
		s, ok := f[root]
		if !ok {
			continue
		}
		if s.kind != kindValues && s.kind != kindList {
			names = append(names, "."+root)
			continue
		}
		for _, name := range sortedKeys(s.fields) {
			names = append(names, "."+root+"."+name)
		}
	}
	return names
}
