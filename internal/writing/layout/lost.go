package layout

import (
	"fmt"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/plaintext"
)

// whence is the place where a position of a tree was written.
type whence func(parse.Pos) content.Place

// nowhere is that of a tree that was put together from several places.
func nowhere(parse.Pos) content.Place { return together(content.PartHTML) }

// together is a part of the message that the pieces make.
func together(part string) content.Place {
	return content.Place{Piece: content.PieceMessage, Field: part}
}

// within is a place in one source.
func within(at content.Place, src string) whence {
	return func(pos parse.Pos) content.Place { return at.On(content.Line(src, pos)) }
}

// checkDerivable says what in an HTML template the text that is derived from it
// couldn't have. Everybody would read in it what is meant for some.
func checkDerivable(nodes []parse.Node, from whence) content.Problems {
	d := newDeriver(nodes)
	_, losses := plaintext.Derive(d.doc.String(), d.marks)
	return d.lost(losses, from)
}

const mend = "The text part is made from the HTML, and would have it for everybody"

// lost are losses as problems, but of conditions that are decided for all
// recipients alike.
func (d *deriver) lost(losses []plaintext.Loss, from whence) content.Problems {
	var problems content.Problems
	for _, loss := range losses {
		n := d.nodes[loss.Number]
		message := ""
		switch n := n.(type) {
		case *parse.IfNode:
			message = branchLost("if", &n.BranchNode, loss.Where)
		case *parse.WithNode:
			message = branchLost("with", &n.BranchNode, loss.Where)
		case *parse.ActionNode:
			message = actionLost(n, loss)
		}
		if message == "" || len(problems) >= maxProblems {
			continue
		}
		at := from(n.Position())
		if at.Piece == content.PieceTemplate || at.Piece == content.PieceParameter {
			message = strings.Replace(message, "or write content.text", "or give the template a text of its own", 1)
		}
		problems = append(problems, content.Problem{Place: at, Message: message})
	}
	return problems
}

func branchLost(keyword string, b *parse.BranchNode, where plaintext.Where) string {
	if content.Constant(b.Pipe) {
		return ""
	}
	action := words.Clip("{{" + keyword + " " + b.Pipe.String() + "}}")
	switch where {
	case plaintext.InComment:
		return action + " stands in a comment. " + mend + "; take <!-- and --> away around {{ }}, or write content.text"
	case plaintext.InTag:
		return action + " stands in a tag, of which the text part can't have one form for some and another for others; put it around whole elements, with {{else}} if there are two forms, or write content.text"
	case plaintext.Hides:
		return action + " decides by a class, a style or the attribute hidden whether something is shown. " + mend + "; put it around whole elements, or write content.text"
	case plaintext.InHidden:
		return action + " begins or ends in an element that isn't shown. " + mend + "; put it around whole elements, or write content.text"
	}
	return action + " isn't whole in the text of the HTML. " + mend + "; put it around whole elements, or write content.text"
}

func actionLost(n *parse.ActionNode, loss plaintext.Loss) string {
	action := words.Clip("{{" + n.Pipe.String() + "}}")
	if loss.Role == plaintext.Silent {
		return fmt.Sprintf("%s sets a variable in a comment, in a tag or in an element that isn't shown, where the text part, which is made from the HTML, doesn't have it; set it in the text, or write content.text", action)
	}
	return fmt.Sprintf("%s stands where it can decide whether something is shown, in a class, in a style or as an attribute. The text part is made from the HTML, and can't follow; use {{if}} around whole elements, or write content.text", action)
}
