package layout

import (
	"slices"
	"strings"
	"text/template/parse"
)

// changesCase is the function and the operand of {{upper .X}} and {{.X | upper}}, or of lower.
func changesCase(p *parse.PipeNode) (function string, operand parse.Node) {
	args := p.Cmds[0].Args
	switch {
	case len(p.Decl) > 0:
		return "", nil
	case len(p.Cmds) == 1 && len(args) == 2:
		operand = args[1]
	case len(p.Cmds) == 2 && len(args) == 1 && len(p.Cmds[1].Args) == 1:
		operand, args = args[0], p.Cmds[1].Args
	default:
		return "", nil
	}
	id, ok := args[0].(*parse.IdentifierNode)
	if !ok || id.Ident != "upper" && id.Ident != "lower" {
		return "", nil
	}
	return id.Ident, operand
}

// inCase is plain text with personal fields in upper or lower case. It is put together piece by
// piece, and these functions make the same of the pieces as of the whole.
func (s *static) inCase(function string) *static {
	c := *s
	c.html, c.text, c.sizes = inCase(s.html, function), inCase(s.text, function), [2]int{}
	return &c
}

func inCase(nodes []parse.Node, function string) []parse.Node {
	turn := strings.ToUpper
	if function == "lower" {
		turn = strings.ToLower
	}
	return mapped(nodes, func(n parse.Node) []parse.Node {
		switch n := n.(type) {
		case *parse.TextNode:
			return literal(turn(string(n.Text)))
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 {
				return []parse.Node{n} // it prints nothing
			}
			c, pipe := *n, *n.Pipe
			command := &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{parse.NewIdentifier(function)}}
			pipe.Cmds = append(slices.Clone(pipe.Cmds), command)
			c.Pipe = &pipe
			return []parse.Node{&c}
		}
		return []parse.Node{n}
	})
}
