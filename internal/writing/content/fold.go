package content

import (
	"strings"
	texttemplate "text/template"
	"text/template/parse"
)

// Constant says whether a pipeline is the same for every recipient: it names
// no field, no dot and no variable, and sets none.
func Constant(p *parse.PipeNode) bool {
	if p == nil || len(p.Decl) > 0 {
		return false
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			switch arg := arg.(type) {
			case *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.IdentifierNode:
			case *parse.PipeNode:
				if !Constant(arg) {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}

// Evaluate is what a constant pipeline prints in text, without any escaping.
func Evaluate(p *parse.PipeNode) (string, error) {
	return executeAlone(&parse.ActionNode{NodeType: parse.NodeAction, Pipe: p})
}

// Truth decides a constant condition.
func Truth(p *parse.PipeNode) (bool, error) {
	yes := &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{&parse.TextNode{NodeType: parse.NodeText, Text: []byte("x")}}}
	out, err := executeAlone(&parse.IfNode{BranchNode: parse.BranchNode{NodeType: parse.NodeIf, Pipe: p, List: yes}})
	return out != "", err
}

func executeAlone(n parse.Node) (string, error) {
	tree := &parse.Tree{Name: "constant", Root: &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{n}}}
	t, err := texttemplate.New(tree.Name).Funcs(implementations()).AddParseTree(tree.Name, tree)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, nil)
	return out.String(), err
}

// folder works out once what is the same for everybody, so that a message
// costs only what is personal in it. An HTML template is folded after
// html/template has put its escapers into the tree: what they make of a
// constant is then what they would make of it every time.
type folder struct {
	root *parse.ListNode
	t    executor
}

// fold rewrites the tree that t executes. A constant that can't be worked out
// stays, and fails or not as it would have.
func fold(tree *parse.Tree, t executor) {
	f := folder{tree.Root, t}
	nodes := f.list(tree.Root.Nodes)
	tree.Root.Nodes = nodes
}

func (f *folder) list(nodes []parse.Node) []parse.Node {
	var folded []parse.Node
	for _, n := range nodes {
		for _, n := range f.node(n) {
			folded = appendMerged(folded, n)
		}
	}
	return folded
}

func (f *folder) node(n parse.Node) []parse.Node {
	switch n := n.(type) {
	case *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		if !Constant(n.Pipe) {
			return []parse.Node{n}
		}
		if out, ok := f.execute(n); ok {
			return []parse.Node{&parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(out)}}
		}
	case *parse.IfNode:
		return f.branch(n, &n.BranchNode)
	case *parse.WithNode:
		return f.branch(n, &n.BranchNode)
	}
	return []parse.Node{n}
}

func (f *folder) branch(n parse.Node, b *parse.BranchNode) []parse.Node {
	b.List.Nodes = f.list(b.List.Nodes)
	if b.ElseList != nil {
		b.ElseList.Nodes = f.list(b.ElseList.Nodes)
	}
	if !Constant(b.Pipe) {
		return []parse.Node{n}
	}
	truth, err := Truth(b.Pipe)
	taken := b.List
	if !truth {
		taken = b.ElseList
	}
	switch {
	case err != nil:
		return []parse.Node{n}
	case taken == nil:
		return nil
	case truth && b.NodeType == parse.NodeWith, declares(taken):
		return []parse.Node{n} // its dot, or its variables, are its own
	}
	return taken.Nodes
}

// declares says whether a list sets variables, which end with it.
func declares(l *parse.ListNode) bool {
	for _, n := range l.Nodes {
		if a, ok := n.(*parse.ActionNode); ok && len(a.Pipe.Decl) > 0 {
			return true
		}
	}
	return false
}

// execute lets the template itself, with its functions, print one node.
func (f *folder) execute(n parse.Node) (string, bool) {
	whole := f.root.Nodes
	defer func() { f.root.Nodes = whole }()
	f.root.Nodes = []parse.Node{n}
	var out strings.Builder
	err := f.t.Execute(&out, &Data{})
	return out.String(), err == nil
}

// appendMerged keeps a run of text in one node, which is one write.
func appendMerged(nodes []parse.Node, n parse.Node) []parse.Node {
	text, ok := n.(*parse.TextNode)
	if !ok {
		return append(nodes, n)
	}
	if len(text.Text) == 0 {
		return nodes
	}
	if len(nodes) > 0 {
		if before, ok := nodes[len(nodes)-1].(*parse.TextNode); ok {
			before.Text = append(before.Text[:len(before.Text):len(before.Text)], text.Text...)
			return nodes
		}
	}
	return append(nodes, &parse.TextNode{NodeType: parse.NodeText, Pos: text.Pos, Text: text.Text})
}
