package layout

import (
	"strings"
	"text/template/parse"
)

// printer writes a tree as the source of a template. What was text in the tree
// is text when it is read again, whatever it looks like.
type printer struct {
	out  strings.Builder
	open bool // the last character is a { that is text
}

// guard stands between two { of which the first is text: a comment that takes
// away the spaces around it, and is gone after parsing.
const guard = " {{- /**/ -}} "

func (p *printer) text(s string) {
	for s != "" {
		if p.open && s[0] == '{' {
			p.out.WriteString(guard)
		}
		i := strings.Index(s, "{{")
		if i < 0 {
			p.out.WriteString(s)
			p.open = s[len(s)-1] == '{'
			return
		}
		p.out.WriteString(s[:i+1])
		p.open = true
		s = s[i+1:]
	}
}

// action writes {{inside}}.
func (p *printer) action(inside string) {
	if p.open {
		p.out.WriteString(guard)
	}
	p.open = false
	if strings.HasPrefix(inside, "{") {
		inside = " " + inside
	}
	p.out.WriteString("{{" + inside + "}}")
}

func (p *printer) nodes(nodes []parse.Node) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			p.text(string(n.Text))
		case *parse.ActionNode:
			p.action(n.Pipe.String())
		case *parse.IfNode:
			p.branch("if ", &n.BranchNode)
		case *parse.WithNode:
			p.branch("with ", &n.BranchNode)
		}
	}
}

func (p *printer) branch(keyword string, b *parse.BranchNode) {
	p.action(keyword + b.Pipe.String())
	p.nodes(b.List.Nodes)
	if b.ElseList != nil {
		p.action("else")
		p.nodes(b.ElseList.Nodes)
	}
	p.action("end")
}

func source(nodes []parse.Node) string {
	var p printer
	p.nodes(nodes)
	return p.out.String()
}
