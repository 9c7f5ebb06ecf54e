package content

import (
	"html"
	"strings"
	"text/template/parse"
)

// maxShapes bounds the octets of all shapes of one template.
const maxShapes = 8 << 20

// Shapes are what a template can look like, with the word unknown in place of
// all that differs between recipients: without anything that hangs on a
// condition, with every condition met, with none, and with each alone met and
// alone not met. ok is false if src can't be parsed, or if there would be too
// much of it: then nothing is known. In HTML constants are escaped.
//
// What stands in all of them stands in every message; only what two conditions
// do together to the look of what is between them isn't seen.
func Shapes(part, src, unknown string) (shapes []string, ok bool) {
	tree, _, problems := ParseSet(Place{Piece: Piece(part)}, src)
	if len(problems) > 0 || tree.Root == nil {
		return nil, false
	}
	s := shaper{html: part == PartHTML, unknown: unknown}
	bare := s.shape(tree.Root, func(int) choice { return neither })
	n := s.conditions
	if n == 0 {
		return []string{bare}, true
	}
	if (2*n+3)*len(src) > maxShapes {
		return nil, false
	}
	shapes = append(shapes, bare,
		s.shape(tree.Root, func(int) choice { return met }),
		s.shape(tree.Root, func(int) choice { return unmet }))
	for alone := 0; alone < n && n > 1; alone++ {
		for _, of := range [2][2]choice{{met, unmet}, {unmet, met}} {
			shapes = append(shapes, s.shape(tree.Root, func(i int) choice {
				if i == alone {
					return of[0]
				}
				return of[1]
			}))
		}
	}
	return shapes, true
}

// choice is the branch that is taken.
type choice int

const (
	neither choice = iota
	met
	unmet
)

type shaper struct {
	html       bool
	unknown    string
	out        strings.Builder
	conditions int // seen so far, in the order of the text
}

func (s *shaper) shape(root *parse.ListNode, choose func(condition int) choice) string {
	s.out.Reset()
	s.conditions = 0
	s.list(root, choose, true)
	return s.out.String()
}

// list writes what is chosen, and counts conditions also where nothing is.
func (s *shaper) list(l *parse.ListNode, choose func(int) choice, write bool) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			if write {
				s.out.Write(n.Text)
			}
		case *parse.ActionNode:
			if write {
				s.action(n)
			}
		case *parse.IfNode:
			s.branch(&n.BranchNode, choose, write)
		case *parse.WithNode:
			s.branch(&n.BranchNode, choose, write)
		}
	}
}

func (s *shaper) branch(b *parse.BranchNode, choose func(int) choice, write bool) {
	taken := choose(s.conditions)
	s.conditions++
	s.list(b.List, choose, write && taken == met)
	s.list(b.ElseList, choose, write && taken == unmet)
}

func (s *shaper) action(n *parse.ActionNode) {
	switch {
	case len(n.Pipe.Decl) > 0:
	case !Constant(n.Pipe):
		s.out.WriteString(s.unknown)
	default:
		text, err := Evaluate(n.Pipe)
		if err == nil && s.html {
			text = html.EscapeString(text)
		}
		s.out.WriteString(text)
	}
}
