package layout

import (
	"text/template/parse"

	"crier.dev/crier/internal/writing/content"
)

func (e *expander) ifNode(n *parse.IfNode, s scope) []parse.Node {
	if !e.checking {
		if truth, known := e.decide(n.Pipe, s); known {
			return e.taken(truth, &n.BranchNode, s, s)
		}
	}
	c := *n
	c.Pipe = e.pipe(n.Pipe, s, true)
	c.List = list(e.list(n.List, s))
	c.ElseList = e.elseList(n.ElseList, s)
	return []parse.Node{&c}
}

// taken is the branch that a static condition leaves.
func (e *expander) taken(truth bool, b *parse.BranchNode, inner, outer scope) []parse.Node {
	if truth {
		return isolated(e.list(b.List, inner))
	}
	return isolated(e.list(b.ElseList, outer))
}

func (e *expander) elseList(l *parse.ListNode, s scope) *parse.ListNode {
	if l == nil {
		return nil
	}
	return list(e.list(l, s))
}

func (e *expander) with(n *parse.WithNode, s scope) []parse.Node {
	if operand := sole(n.Pipe); operand != nil {
		if at, ok := e.place(operand, s); ok && at.root {
			inner := s
			inner.dot = at
			return isolated(e.list(n.List, inner))
		}
		if v, is := e.resolve(operand, s); is {
			e.ask(operand)
			return e.withStatic(n, v, s)
		}
	}
	c := *n
	c.Pipe = e.pipe(n.Pipe, s, false)
	inner := s
	inner.dot, inner.moved = place{}, true
	c.List = list(e.list(n.List, inner))
	c.ElseList = e.elseList(n.ElseList, s)
	return []parse.Node{&c}
}

func (e *expander) withStatic(n *parse.WithNode, v *static, s scope) []parse.Node {
	if v == nil {
		return nil
	}
	inner := s
	inner.dot = place{static: v}
	if !e.checking {
		return e.taken(v.truth, &n.BranchNode, inner, s)
	}
	return e.both(&n.BranchNode, inner, s)
}

// both keeps the two branches of something static, to be checked.
func (e *expander) both(b *parse.BranchNode, inner, outer scope) []parse.Node {
	return []parse.Node{&parse.IfNode{BranchNode: parse.BranchNode{
		NodeType: parse.NodeIf, Pipe: pipeOf(boolNode(true)),
		List: list(e.list(b.List, inner)), ElseList: e.elseList(b.ElseList, outer),
	}}}
}

func (e *expander) rangeNode(n *parse.RangeNode, s scope) []parse.Node {
	var v *static
	is := false
	if operand := sole(n.Pipe); operand != nil {
		v, is = e.resolve(operand, s)
		e.ask(operand)
		if is && v == nil {
			return nil
		}
	}
	switch {
	case !is || v.kind != kindSections:
		e.problem(n.Pos, "{{range}} can only go over .Sections: write {{range .Sections}}...{{end}}")
		return nil
	case e.checking:
		inner := s
		inner.dot = place{static: v.many[0]}
		return e.both(&n.BranchNode, inner, s)
	case len(v.many) == 0:
		return isolated(e.list(n.ElseList, s))
	}
	var out []parse.Node
	for _, section := range v.many {
		inner := s
		inner.dot = place{static: section}
		out = append(out, isolated(e.list(n.List, inner))...)
	}
	return out
}

// decide says whether a condition is known, and which.
func (e *expander) decide(p *parse.PipeNode, s scope) (truth, known bool) {
	if len(p.Decl) > 0 {
		return false, false
	}
	if len(p.Cmds) == 1 {
		if truth, known := e.decideCommand(p.Cmds[0].Args, s); known {
			return truth, known
		}
	}
	return constantTruth(e.pipe(p, s, true))
}

func constantTruth(p *parse.PipeNode) (truth, known bool) {
	if !content.Constant(p) {
		return false, false
	}
	truth, err := content.Truth(p)
	return truth, err == nil
}

// decideCommand knows what is true or false whatever the personal operands
// are.
func (e *expander) decideCommand(args []parse.Node, s scope) (truth, known bool) {
	if len(args) == 1 || isIndex(args) {
		return e.decideOperand(args, s)
	}
	id, ok := args[0].(*parse.IdentifierNode)
	if !ok {
		return false, false
	}
	switch id.Ident {
	case "not":
		truth, known = e.decideOperand(args[1:], s)
		return !truth, known
	case "and", "or":
		all := true
		for _, arg := range args[1:] {
			truth, known := e.decideOperand([]parse.Node{arg}, s)
			if known && truth == (id.Ident == "or") {
				return truth, true
			}
			all = all && known
		}
		return id.Ident == "and", all
	}
	return false, false
}

func (e *expander) decideOperand(args []parse.Node, s scope) (truth, known bool) {
	operand := sole(&parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{{NodeType: parse.NodeCommand, Args: args}}})
	if operand != nil {
		if v, is := e.resolve(operand, s); is {
			return v != nil && v.truth, true
		}
	}
	if p, ok := args[0].(*parse.PipeNode); ok && len(args) == 1 {
		return e.decide(p, s)
	}
	if operand != nil {
		switch operand.(type) {
		case *parse.StringNode, *parse.BoolNode, *parse.NumberNode:
			return constantTruth(pipeOf(operand))
		}
	}
	return false, false
}
