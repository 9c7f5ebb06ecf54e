package content

import (
	"bytes"
	"text/template/parse"
)

// longText is how many octets of text html/template looks at in one piece.
const longText = 512

// divide cuts long text before a "<". html/template looks through the rest of
// a text at every "<" in it that begins no tag, so that 256 KiB of them would
// take minutes. No tag, comment or entity begins before a "<" and goes on
// after it, so that the pieces mean what the whole did; only in a string of a
// script a backslash belongs to what follows.
func divide(l *parse.ListNode) {
	if l == nil {
		return
	}
	out := make([]parse.Node, 0, len(l.Nodes))
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			out = appendPieces(out, n)
			continue
		case *parse.IfNode:
			divide(n.List)
			divide(n.ElseList)
		case *parse.WithNode:
			divide(n.List)
			divide(n.ElseList)
		}
		out = append(out, n)
	}
	l.Nodes = out
}

func appendPieces(out []parse.Node, n *parse.TextNode) []parse.Node {
	text, from := n.Text, 0
	for {
		end := len(text)
		for at := from + longText; at < len(text); at++ {
			next := bytes.IndexByte(text[at:], '<')
			if next < 0 {
				break
			}
			if at += next; text[at-1] != '\\' {
				end = at
				break
			}
		}
		if from == 0 && end == len(text) {
			return append(out, n)
		}
		piece := n.Copy().(*parse.TextNode) // it is one
		piece.Pos, piece.Text = n.Pos+parse.Pos(from), text[from:end]
		out = append(out, piece)
		if from = end; from == len(text) {
			return out
		}
	}
}
