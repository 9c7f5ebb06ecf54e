package layout

import (
	"fmt"
	"text/template/parse"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

// expander replaces what is static in a tree.
//
// It has two modes. Checking keeps both branches of every condition, with
// something in place of each value, so that the whole of a piece is seen and
// positions are those of its source. Otherwise static conditions are decided.
type expander struct {
	at         content.Place
	src        string
	trees      map[string]*parse.Tree // what {{template}} may name; nil: it can't be used
	fields     fields
	attributes []string // for what was meant
	checking   bool
	inText     bool // the text form of values, not the HTML form

	problems content.Problems
	repeated int      // problems that were found already
	nodes    int      // made so far
	octets   int      // of the values in them
	calls    []string // templates that are being put in
	called   map[string]bool
	printed  map[string]bool
	asked    map[string]bool // roots that conditions ask for
	oneLine  bool            // line breaks can't be used
}

func (e *expander) problem(pos parse.Pos, format string, args ...any) {
	p := content.Problem{Place: e.at.On(content.Line(e.src, pos)), Message: fmt.Sprintf(format, args...)}
	for _, same := range e.problems {
		if same == p {
			e.repeated++
			return
		}
	}
	if len(e.problems) < maxProblems {
		e.problems = append(e.problems, p)
	}
}

// room counts nodes, since a layout can double them at every step.
func (e *expander) room(pos parse.Pos) bool {
	e.nodes++
	if e.nodes > maxNodes && e.nodes < 2*maxNodes {
		e.problem(pos, "what the template puts together is too large; use fewer {{template}} and sections")
		e.nodes = 2 * maxNodes
	}
	return e.nodes <= maxNodes
}

// list is a sequence with everything static in its place.
func (e *expander) list(l *parse.ListNode, s scope) []parse.Node {
	var out []parse.Node
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if !e.room(n.Position()) || len(e.problems) >= maxProblems || e.repeated > maxProblems {
			break
		}
		out = append(out, e.node(n, s)...)
		if len(out) > maxNodes {
			e.nodes = max(e.nodes, maxNodes)
		}
	}
	return out
}

func (e *expander) node(n parse.Node, s scope) []parse.Node {
	switch n := n.(type) {
	case *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return e.action(n, s)
	case *parse.IfNode:
		return e.ifNode(n, s)
	case *parse.WithNode:
		return e.with(n, s)
	case *parse.RangeNode:
		return e.rangeNode(n, s)
	case *parse.TemplateNode:
		return e.template(n, s)
	}
	return []parse.Node{n} // text, or what the check refuses
}

// action prints a value, or sets a variable.
func (e *expander) action(n *parse.ActionNode, s scope) []parse.Node {
	if operand := sole(n.Pipe); operand != nil {
		if v, is := e.resolve(operand, s); is {
			return e.print(n.Pos, v, s)
		}
	}
	if function, operand := changesCase(n.Pipe); operand != nil {
		if v, is := e.resolve(operand, s); is && v != nil && v.spelled {
			return e.print(n.Pos, v.inCase(function), s)
		}
	}
	c := *n
	c.Pipe = e.pipe(n.Pipe, s, false)
	return []parse.Node{&c}
}

// sole is the operand of a pipeline that is nothing else.
func sole(p *parse.PipeNode) parse.Node {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 {
		return nil
	}
	args := p.Cmds[0].Args
	if inner, ok := args[0].(*parse.PipeNode); ok && len(args) == 1 {
		return sole(inner)
	}
	if len(args) == 1 || isIndex(args) {
		if len(args) == 1 {
			return args[0]
		}
		return &indexed{p.Cmds[0]}
	}
	return nil
}

func (e *expander) print(pos parse.Pos, v *static, s scope) []parse.Node {
	if v == nil {
		return nil // reported
	}
	switch {
	case v.kind == kindSections:
		e.problem(pos, ".Sections can't be printed as a whole; write {{range .Sections}}...{{end}}")
		return nil
	case v.kind != kindPlain:
		e.problem(pos, "%s can't be printed as a whole; name a field. %s", v.what, e.known(v))
		return nil
	case e.oneLine && v.breaks:
		e.problem(pos, "the %s has a line break and stands in the subject, which is a single line; write it in one line", v.what)
		return nil
	}
	e.octets += v.size(e.inText)
	if e.octets > maxOctets {
		e.problem(pos, "what is put together is larger than %d KiB; use fewer or shorter values", maxOctets>>10)
		return nil
	}
	nodes := v.html
	if e.inText {
		nodes = v.text
	}
	e.nodes += len(nodes)
	if s.moved {
		return fromRoot(nodes)
	}
	return nodes
}

// template puts in what {{define}} or {{block}} has named.
func (e *expander) template(n *parse.TemplateNode, s scope) []parse.Node {
	if e.trees == nil {
		e.problem(n.Pos, "{{template}} and {{block}} can't be used here; write the text where it belongs")
		return nil
	}
	tree := e.trees[n.Name]
	switch {
	case tree == nil:
		e.problem(n.Pos, "there is no {{define %q}} in this template", words.Clip(n.Name))
		return nil
	case len(e.calls) >= maxNesting:
		e.problem(n.Pos, "{{template}} is nested more than %d deep, or contains itself; make the template simpler", maxNesting)
		return nil
	}
	for _, open := range e.calls {
		if open == n.Name {
			e.problem(n.Pos, "{{template %q}} contains itself", words.Clip(n.Name))
			return nil
		}
	}
	at, ok := e.argument(n, s)
	if !ok || tree.Root == nil {
		return nil
	}
	e.calls, e.called[n.Name] = append(e.calls, n.Name), true
	defer func() { e.calls = e.calls[:len(e.calls)-1] }()
	return isolated(e.list(tree.Root, scope{dot: at, dollar: at, moved: s.moved}))
}

// argument is what the dot of a named template is.
func (e *expander) argument(n *parse.TemplateNode, s scope) (place, bool) {
	if n.Pipe != nil {
		if operand := sole(n.Pipe); operand != nil {
			if at, ok := e.place(operand, s); ok {
				return at, true
			}
			if v, is := e.resolve(operand, s); is {
				return place{static: v}, v != nil
			}
		}
	}
	e.problem(n.Pos, "{{template %q}} needs what it is about: write {{template %q .}}, or a section or value in place of the dot", words.Clip(n.Name), words.Clip(n.Name))
	return place{}, false
}
