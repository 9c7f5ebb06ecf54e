package content

import (
	"slices"
	"text/template/parse"
)

// A layout is put together from pieces by different authors, or by one in
// different fields. What follows checks a piece where it was written, so that
// a Problem names that place and line.

// ParseSet parses src and what it defines by {{define}} and {{block}}. The
// template itself is in the set under the name of its part.
func ParseSet(part, src string) (map[string]*parse.Tree, Problems) {
	if p := checkSource(part, src); p != nil {
		return nil, Problems{*p}
	}
	tree := parse.New(part)
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(src, "", "", set); err != nil {
		return nil, Problems{fromError(part, src, err)}
	}
	for name, extra := range set {
		if name == part && extra != tree {
			return nil, Problems{{part, lineOf(src, extra.Root.Pos), "a block can't have the name of its template; choose another"}}
		}
	}
	set[part] = tree
	return set, nil
}

// CheckNodes is the check that Compile makes, of nodes that were parsed from
// src and perhaps changed since.
func CheckNodes(part, src string, nodes []parse.Node, attributes []string) Problems {
	c := newChecker(part, src, attributes)
	c.list(&parse.ListNode{NodeType: parse.NodeList, Nodes: nodes}, scope{dot: kindRecipient}, 0)
	c.sort()
	return c.problems
}

// CheckHTML says where html/template can't tell how to escape. CheckNodes must
// have let the nodes through. They aren't changed.
func CheckHTML(part, src string, nodes []parse.Node) Problems {
	set, problems := ParseSet(part, src) // for the places that errors quote
	if len(problems) > 0 {
		return problems
	}
	tree := set[part]
	tree.Root = &parse.ListNode{NodeType: parse.NodeList, Nodes: nodes}
	spelled := spellOut(tree.Root)
	_, bad := spelled.conditionals()
	for at, message := range bad {
		problems = append(problems, Problem{part, lineOf(src, spelled.pos(at)), message})
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
		return problems[:min(len(problems), maxProblems)]
	}
	escaped, err := escape(tree, true)
	if err != nil {
		return Problems{fromError(part, src, err)}
	}
	return checkEscaped(part, src, escaped.Tree.Root, spelled.data())
}

// Line is the line of src, from 1, that a node stands on.
func Line(src string, pos parse.Pos) int { return lineOf(src, pos) }
