package layout

import (
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
)

// indexed is index .Values "a-name" seen as one operand.
type indexed struct{ *parse.CommandNode }

func isIndex(args []parse.Node) bool {
	if len(args) != 3 {
		return false
	}
	id, ok := args[0].(*parse.IdentifierNode)
	_, quoted := args[2].(*parse.StringNode)
	return ok && quoted && id.Ident == "index"
}

// place is what . or $ stands for.
func (e *expander) place(n parse.Node, s scope) (place, bool) {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot, s.dot.root || s.dot.static != nil
	case *parse.VariableNode:
		if len(n.Ident) == 1 && n.Ident[0] == "$" {
			return s.dollar, s.dollar.root || s.dollar.static != nil
		}
	}
	return place{}, false
}

// resolve finds the static value that an operand names. is says that it names
// one, or should: it is nil if the name is wrong, which was reported.
func (e *expander) resolve(n parse.Node, s scope) (v *static, is bool) {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot.static, s.dot.static != nil
	case *parse.FieldNode:
		return e.lookup(n.Pos, s.dot, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return e.lookup(n.Pos, s.dollar, n.Ident[1:])
		}
	case *indexed:
		of, is := e.resolve(n.Args[1], s)
		if !is || of == nil {
			return of, is
		}
		return e.field(n.Args[0].Position(), of, []string{n.Args[2].(*parse.StringNode).Text})
	}
	return nil, false
}

func (e *expander) lookup(pos parse.Pos, at place, names []string) (*static, bool) {
	switch {
	case at.static != nil:
		return e.field(pos, at.static, names)
	case !at.root || len(names) == 0:
		return nil, false
	case names[0] == "Name" || names[0] == "Email" || names[0] == "Attributes":
		return nil, false
	}
	v, ok := e.fields[names[0]]
	if !ok {
		e.problem(pos, "unknown field .%s.%s %s", words.Clip(strings.Join(names, ".")), e.didYouMean(names), e.known(nil))
		return nil, true
	}
	e.printed[names[0]] = true
	return e.field(pos, v, names[1:])
}

// field follows names from a static value.
func (e *expander) field(pos parse.Pos, v *static, names []string) (*static, bool) {
	for i, name := range names {
		next, ok := v.fields[name]
		switch {
		case ok && next == nil:
			return nil, true // reported
		case ok:
			v = next
			continue
		case v.kind == kindSection && (name == "Name" || name == "Email" || name == "Attributes" || e.fields[name] != nil):
			e.problem(pos, ".%s: here the dot is a section; write $.%s", strings.Join(names, "."), strings.Join(names, "."))
		case v.fields == nil:
			e.problem(pos, "the %s has no fields of its own: .%s. For a field of the recipient, or of the template, write $.%s", v.what, words.Clip(name), words.Clip(name))
		case v.kind == kindValues:
			e.problem(pos, "unknown field .Values.%s: there is no such parameter.%s %s", words.Clip(name), e.didYouMean([]string{"Values", name}), e.known(nil))
		default:
			e.problem(pos, "unknown field .%s of %s. %s", words.Clip(strings.Join(names[i:], ".")), v.what, e.known(v))
		}
		return nil, true
	}
	return v, true
}

// ask notes that a condition asks whether a root is there.
func (e *expander) ask(n parse.Node) {
	switch n := n.(type) {
	case *parse.FieldNode:
		e.asked[n.Ident[0]] = true
	case *parse.VariableNode:
		if len(n.Ident) > 1 && n.Ident[0] == "$" {
			e.asked[n.Ident[1]] = true
		}
	}
}

// pipe replaces static operands. Where only truth counts, also what has no
// value of its own can stand.
func (e *expander) pipe(p *parse.PipeNode, s scope, truth bool) *parse.PipeNode {
	c := *p
	c.Cmds = make([]*parse.CommandNode, len(p.Cmds))
	for i, cmd := range p.Cmds {
		changed := *cmd
		changed.Args = e.command(cmd.Args, s, truth && len(p.Cmds) == 1 && len(p.Decl) == 0)
		c.Cmds[i] = &changed
	}
	return &c
}

func (e *expander) command(args []parse.Node, s scope, truth bool) []parse.Node {
	if isIndex(args) {
		if v, is := e.resolve(&indexed{&parse.CommandNode{Args: args}}, s); is {
			return []parse.Node{e.operandOf(args[0].Position(), v, truth)}
		}
	}
	id, called := args[0].(*parse.IdentifierNode)
	if called && id.Ident == "len" && len(args) == 2 {
		if v, is := e.resolve(args[1], s); is && v != nil && v.kind == kindSections {
			e.ask(args[1])
			return []parse.Node{numberNode(int64(len(v.many)))}
		}
	}
	if called {
		truth = truth && (id.Ident == "and" || id.Ident == "or" || id.Ident == "not")
	}
	out := make([]parse.Node, len(args))
	for i, arg := range args {
		out[i] = e.operand(arg, s, truth)
	}
	return out
}

func (e *expander) operand(n parse.Node, s scope, truth bool) parse.Node {
	if p, ok := n.(*parse.PipeNode); ok {
		return e.pipe(p, s, truth)
	}
	if v, is := e.resolve(n, s); is {
		if truth {
			e.ask(n)
		}
		return e.operandOf(n.Position(), v, truth)
	}
	switch n := n.(type) {
	case *parse.FieldNode:
		if s.moved && s.dot.root {
			return rootField(n)
		}
	case *parse.DotNode:
		if s.moved && s.dot.root {
			return rootOperand(n)
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" && !s.dollar.root && s.dollar.static == nil {
			e.problem(n.Pos, "$ can't be used in a {{define}} that is given something personal")
		}
	}
	return n
}

func (e *expander) operandOf(pos parse.Pos, v *static, truth bool) parse.Node {
	switch {
	case v == nil:
		return stringNode("") // reported
	case v.operand != nil && v.kind == kindPlain:
		return v.operand
	case truth:
		return boolNode(v.truth)
	}
	e.problem(pos, "the %s can't be compared or passed to a function, because it is not a plain text that is the same for everybody; print it, or ask for it with {{if}} or {{with}}", v.what)
	return stringNode("")
}
