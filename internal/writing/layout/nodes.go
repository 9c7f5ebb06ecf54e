package layout

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/writing/content"
)

func text(s string) parse.Node { return &parse.TextNode{NodeType: parse.NodeText, Text: []byte(s)} }

func stringNode(s string) parse.Node {
	return &parse.StringNode{NodeType: parse.NodeString, Quoted: strconv.Quote(s), Text: s}
}

func boolNode(b bool) parse.Node { return &parse.BoolNode{NodeType: parse.NodeBool, True: b} }

func numberNode(n int64) parse.Node {
	return &parse.NumberNode{NodeType: parse.NodeNumber, IsInt: true, Int64: n, IsUint: n >= 0, Uint64: uint64(max(n, 0)), Text: strconv.FormatInt(n, 10)}
}

func pipeOf(operand parse.Node) *parse.PipeNode {
	return &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{{NodeType: parse.NodeCommand, Args: []parse.Node{operand}}}}
}

// constant is {{"s"}}, which html/template escapes.
func constant(s string) []parse.Node {
	if s == "" {
		return nil
	}
	return []parse.Node{&parse.ActionNode{NodeType: parse.NodeAction, Pipe: pipeOf(stringNode(s))}}
}

func literal(s string) []parse.Node {
	if s == "" {
		return nil
	}
	return []parse.Node{text(s)}
}

func list(nodes []parse.Node) *parse.ListNode {
	return &parse.ListNode{NodeType: parse.NodeList, Nodes: nodes}
}

// mapped is a deep copy with other text and other actions.
func mapped(nodes []parse.Node, change func(parse.Node) []parse.Node) []parse.Node {
	var out []parse.Node
	for _, n := range nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			c := *n
			c.List, c.ElseList = mappedList(n.List, change), mappedList(n.ElseList, change)
			out = append(out, &c)
		case *parse.WithNode:
			c := *n
			c.List, c.ElseList = mappedList(n.List, change), mappedList(n.ElseList, change)
			out = append(out, &c)
		case *parse.CommentNode:
		default:
			out = append(out, change(n)...)
		}
	}
	return out
}

func mappedList(l *parse.ListNode, change func(parse.Node) []parse.Node) *parse.ListNode {
	if l == nil {
		return nil
	}
	return list(mapped(l.Nodes, change))
}

// escaped is plain text, perhaps personal, for HTML: its literal parts become
// constants.
func escaped(nodes []parse.Node) []parse.Node {
	return mapped(nodes, func(n parse.Node) []parse.Node {
		if t, ok := n.(*parse.TextNode); ok {
			return constant(string(t.Text))
		}
		return []parse.Node{n}
	})
}

// markup is plain text, perhaps personal, as HTML that is text: literal parts
// are escaped here. It must stand in text or in a quoted attribute.
func markup(nodes []parse.Node) []parse.Node {
	return mapped(nodes, func(n parse.Node) []parse.Node {
		if t, ok := n.(*parse.TextNode); ok {
			return literal(html.EscapeString(string(t.Text)))
		}
		return []parse.Node{n}
	})
}

// personal says whether there is anything but text and constants.
func personal(nodes []parse.Node) bool {
	return slices.ContainsFunc(nodes, func(n parse.Node) bool {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
			return false
		case *parse.ActionNode:
			return !content.Constant(n.Pipe)
		}
		return true
	})
}

// plain is what nodes without anything personal print.
func plain(nodes []parse.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			b.Write(n.Text)
		case *parse.ActionNode:
			s, _ := content.Evaluate(n.Pipe) // the checker has let it through
			b.WriteString(s)
		}
	}
	return b.String()
}

// isolated keeps variables that nodes set to themselves when the nodes are put
// among others.
func isolated(nodes []parse.Node) []parse.Node {
	for _, n := range nodes {
		if a, ok := n.(*parse.ActionNode); ok && len(a.Pipe.Decl) > 0 {
			return []parse.Node{&parse.IfNode{BranchNode: parse.BranchNode{NodeType: parse.NodeIf, Pipe: pipeOf(boolNode(true)), List: list(nodes)}}}
		}
	}
	return nodes
}

// fromRoot rewrites nodes that were written where the dot is the recipient for
// a place where it is something else: .Name becomes $.Name.
func fromRoot(nodes []parse.Node) []parse.Node {
	var out []parse.Node
	for _, n := range nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			c := *n
			c.Pipe = rootPipe(n.Pipe)
			out = append(out, &c)
		case *parse.IfNode:
			c := *n
			c.Pipe, c.List, c.ElseList = rootPipe(n.Pipe), rootList(n.List), rootList(n.ElseList)
			out = append(out, &c)
		case *parse.WithNode:
			c := *n
			c.Pipe, c.ElseList = rootPipe(n.Pipe), rootList(n.ElseList)
			out = append(out, &c)
		default:
			out = append(out, n)
		}
	}
	return out
}

func rootList(l *parse.ListNode) *parse.ListNode {
	if l == nil {
		return nil
	}
	return list(fromRoot(l.Nodes))
}

func rootPipe(p *parse.PipeNode) *parse.PipeNode {
	c := *p
	c.Cmds = make([]*parse.CommandNode, len(p.Cmds))
	for i, cmd := range p.Cmds {
		changed := *cmd
		changed.Args = make([]parse.Node, len(cmd.Args))
		for j, arg := range cmd.Args {
			changed.Args[j] = rootOperand(arg)
		}
		c.Cmds[i] = &changed
	}
	return &c
}

func rootOperand(n parse.Node) parse.Node {
	switch n := n.(type) {
	case *parse.FieldNode:
		return rootField(n)
	case *parse.DotNode:
		return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: []string{"$"}}
	case *parse.PipeNode:
		return rootPipe(n)
	}
	return n
}

func rootField(n *parse.FieldNode) parse.Node {
	return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: append([]string{"$"}, n.Ident...)}
}
