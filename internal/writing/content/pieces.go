package content

import (
	"slices"
	"text/template/parse"
)

// A layout is put together from pieces by different authors, or by one in
// different fields. What follows checks a piece where it was written, so that
// a Problem names that place and line.

// ParseSet parses src, which is written at a place, and gives apart what it
// defines by {{define}} and {{block}}.
func ParseSet(at Place, src string) (tree *parse.Tree, named map[string]*parse.Tree, problems Problems) {
	if p := checkSource(at, src); p != nil {
		return nil, nil, Problems{*p}
	}
	own := at.What()
	tree, named = parse.New(own), map[string]*parse.Tree{}
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(src, "", "", named); err != nil {
		return nil, nil, Problems{fromError(at, src, err)}
	}
	if extra, there := named[own]; there && extra != tree {
		return nil, nil, Problems{{Place: at.On(lineOf(src, extra.Root.Pos)), Message: "a block can't have the name of its template; choose another"}}
	}
	delete(named, own)
	return tree, named, nil
}

// CheckNodes is the check that Compile makes, of nodes that were parsed from
// src and perhaps changed since.
func CheckNodes(at Place, src string, nodes []parse.Node, attributes []string) Problems {
	c := newChecker(at, src, attributes)
	c.list(&parse.ListNode{NodeType: parse.NodeList, Nodes: nodes}, scope{dot: kindRecipient}, 0)
	c.sort()
	return c.problems
}

// CheckHTML says where html/template can't tell how to escape. CheckNodes must
// have let the nodes through. They aren't changed.
func CheckHTML(at Place, src string, nodes []parse.Node) Problems {
	tree, _, problems := ParseSet(at, src) // for the places that errors quote
	if len(problems) > 0 {
		return problems
	}
	tree.Root = &parse.ListNode{NodeType: parse.NodeList, Nodes: nodes}
	spelled := spellOut(tree.Root)
	_, bad := spelled.conditionals()
	for where, message := range bad {
		problems = append(problems, Problem{Place: at.On(lineOf(src, spelled.pos(where))), Message: message})
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		return problems[:min(len(problems), maxProblems)]
	}
	escaped, err := escape(tree, true)
	if err != nil {
		return Problems{fromError(at, src, err)}
	}
	return checkEscaped(at, src, escaped.Tree.Root, spelled.data())
}

// Line is the line of src, from 1, that a node stands on.
func Line(src string, pos parse.Pos) int { return lineOf(src, pos) }
