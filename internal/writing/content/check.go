package content

import (
	"fmt"
	"slices"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
)

// variable is one that is in scope.
type variable struct {
	name string
	kind kind
}

// scope is what names mean at one place of the template.
type scope struct {
	dot  kind
	vars []variable
}

func (s *scope) lookup(name string) kind {
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.vars[i].name == name {
			return s.vars[i].kind
		}
	}
	return kindUnknown
}

// checker walks over a parse tree: it lets through what it knows and reports
// everything else, so that what a later Go adds to templates stays out.
type checker struct {
	at         Place
	src        string
	attributes []string // nil: unknown
	problems   Problems
	actions    int
	tooMany    bool
}

// done says that walking on would find nothing more to report. What is known
// and what was meant is worked out for each problem, so it must not go on for
// as many as fit into a template.
func (c *checker) done() bool { return c.tooMany || len(c.problems) >= maxProblems }

func newChecker(at Place, src string, attributes []string) *checker {
	return &checker{at: at, src: src, attributes: attributes}
}

func (c *checker) problem(pos parse.Pos, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{Place: c.at.On(lineOf(c.src, pos)), Message: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) sort() {
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
}

// enter counts nesting and actions. It returns false where the walk must stop.
func (c *checker) enter(pos parse.Pos, depth int) bool {
	if depth >= MaxDepth {
		c.problem(pos, "nested more than %d deep; make the template simpler", MaxDepth)
		return false
	}
	c.actions++
	if c.actions > MaxActions {
		if !c.tooMany {
			c.problem(pos, "more than %d uses of {{ }} and of functions; make the template simpler", MaxActions)
		}
		c.tooMany = true
		return false
	}
	return true
}

// list checks a sequence; s is a copy, so that variables end with it.
func (c *checker) list(l *parse.ListNode, s scope, depth int) {
	if l == nil {
		return
	}
	s.vars = slices.Clip(s.vars)
	for _, n := range l.Nodes {
		if c.done() {
			return
		}
		c.node(n, &s, depth)
	}
}

func (c *checker) node(n parse.Node, s *scope, depth int) {
	switch n := n.(type) {
	case *parse.TextNode, *parse.CommentNode:
	case *parse.ActionNode:
		if c.enter(n.Pos, depth) {
			c.action(n, s, depth)
		}
	case *parse.IfNode:
		if c.enter(n.Pos, depth) {
			c.branch(&n.BranchNode, *s, depth)
		}
	case *parse.WithNode:
		if c.enter(n.Pos, depth) {
			c.branch(&n.BranchNode, *s, depth)
		}
	case *parse.RangeNode:
		c.problem(n.Pos, "{{range}} can't be used: there is nothing to repeat for one recipient")
	case *parse.TemplateNode:
		c.problem(n.Pos, "{{template}} and {{block}} can't be used; write the text where it belongs")
	case *parse.BreakNode, *parse.ContinueNode:
		c.problem(n.Position(), "{{break}} and {{continue}} can't be used")
	default:
		c.problem(n.Position(), "this can't be used in a template: %s", words.Clip(n.String()))
	}
}

// action is a value to print, or a variable to set.
func (c *checker) action(n *parse.ActionNode, s *scope, depth int) {
	k := c.pipe(n.Pipe, s, depth)
	if len(n.Pipe.Decl) > 0 {
		return
	}
	switch k {
	case kindRecipient:
		c.problem(n.Pos, "{{.}} is the whole recipient, which can't be printed; name a field. %s", c.known())
	case kindAttributes:
		c.problem(n.Pos, ".Attributes can't be printed as a whole; name one. %s", c.known())
	}
}

// branch checks if and with; {{else if}} is an if within the else list.
func (c *checker) branch(n *parse.BranchNode, s scope, depth int) {
	s.vars = slices.Clip(s.vars)
	k := c.pipe(n.Pipe, &s, depth)
	inner := s
	if n.NodeType == parse.NodeWith {
		inner.dot = k
	}
	c.list(n.List, inner, depth+1)
	// A chain of {{else if}} is long, not deep.
	if n.ElseList != nil && len(n.ElseList.Nodes) == 1 {
		if elseIf, ok := n.ElseList.Nodes[0].(*parse.IfNode); ok {
			c.node(elseIf, &s, depth)
			return
		}
	}
	c.list(n.ElseList, s, depth+1)
}

// pipe returns the kind of a pipeline and declares its variable.
func (c *checker) pipe(p *parse.PipeNode, s *scope, depth int) kind {
	if p == nil || len(p.Cmds) == 0 {
		return kindUnknown
	}
	k := kindUnknown
	for i, cmd := range p.Cmds {
		k = c.command(cmd, s, depth, i > 0, k)
	}
	for _, d := range p.Decl {
		name := d.Ident[0]
		switch {
		case !p.IsAssign:
			s.vars = append(s.vars, variable{name, k})
		case name == "$":
			c.problem(d.Pos, "$ is the recipient and can't be set")
		case s.lookup(name) != k && k != kindUnknown && s.lookup(name) != kindUnknown:
			c.problem(d.Pos, "%s is %s and can't become %s", name, s.lookup(name), k)
		}
	}
	return k
}

// command is one operand, or a function with its arguments. What comes through
// a pipe is the last argument.
func (c *checker) command(cmd *parse.CommandNode, s *scope, depth int, piped bool, last kind) kind {
	first := cmd.Args[0]
	if id, ok := first.(*parse.IdentifierNode); ok {
		return c.call(id, cmd.Args[1:], s, depth, piped, last)
	}
	if piped || len(cmd.Args) > 1 {
		c.problem(first.Position(), "%s is not a function and takes no arguments; functions are %s", words.Clip(first.String()), strings.Join(Functions(), ", "))
		return kindUnknown
	}
	return c.operand(first, s, depth)
}

// operand is anything that has a value by itself.
func (c *checker) operand(n parse.Node, s *scope, depth int) kind {
	if c.done() {
		return kindUnknown
	}
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return c.fields(n.Pos, s.dot, n.Ident, "")
	case *parse.VariableNode:
		k := kindRecipient
		if n.Ident[0] != "$" {
			k = s.lookup(n.Ident[0])
		}
		return c.fields(n.Pos, k, n.Ident[1:], n.Ident[0])
	case *parse.PipeNode:
		if !c.enter(n.Pos, depth+1) {
			return kindUnknown
		}
		return c.pipe(n, s, depth+1)
	case *parse.StringNode:
		return kindText
	case *parse.BoolNode:
		return kindBool
	case *parse.NumberNode:
		return c.number(n)
	case *parse.IdentifierNode:
		return c.call(n, nil, s, depth, false, kindUnknown)
	}
	if chain, ok := n.(*parse.ChainNode); ok { // contact.FIRSTNAME
		last := chain.Field[len(chain.Field)-1]
		c.problem(n.Position(), "%s can't be used: a field begins with a dot.%s %s", words.Clip(n.String()), c.suggest(last), c.known())
		return kindUnknown
	}
	c.problem(n.Position(), "this can't be used as a value: %s", words.Clip(n.String()))
	return kindUnknown
}

func (c *checker) number(n *parse.NumberNode) kind {
	if n.IsInt {
		return kindNumber
	}
	c.problem(n.Pos, "%s is not a whole number", words.Clip(n.Text))
	return kindUnknown
}
