package layout

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

// refused elements run code, load other documents, ask for input, or change
// what the whole message means. Clients remove them, or the whole message.
var refused = map[string]bool{
	"script": true, "iframe": true, "frame": true, "frameset": true, "object": true, "embed": true, "applet": true,
	"form": true, "base": true, "meta": true, "link": true,
}

var addresses = map[string]bool{
	"href": true, "src": true, "action": true, "formaction": true, "background": true, "poster": true, "cite": true, "xlink:href": true, "data": true,
}

// dangerous says what in a fragment of HTML can't be let through, or nothing.
// Marks of actions begin with prefix.
func dangerous(fragment, prefix string) string {
	z := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if strings.Contains(t.Data, prefix) {
				return "{{ }} can't be used in the name of a tag; write the name out"
			}
			if message := dangerousTag(t); message != "" {
				return message
			}
		case html.CommentToken:
			// Outlook reads what is in a conditional comment.
			if inside, is := strings.CutPrefix(string(z.Text()), "[if"); is {
				if message := dangerous(inside, prefix); message != "" {
					return message
				}
			}
		}
	}
}

func dangerousTag(t html.Token) string {
	if refused[t.Data] {
		return "<" + t.Data + "> can't be used in a message: mail clients remove it, or refuse the whole message; remove it"
	}
	for _, a := range t.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"):
			return "<" + t.Data + " " + words.Clip(a.Key) + "=...> runs a script, which no mail client does; remove " + words.Clip(a.Key)
		case addresses[a.Key] && dangerousURL(a.Val):
			return badURL(a.Val)
		}
	}
	return ""
}

func badURL(url string) string {
	return "a link to " + words.Clip(url) + " can't be used; write one that begins with https://, http://, mailto: or tel:"
}

// dangerousURL reads an address as browsers do, which skip spaces and control
// characters.
func dangerousURL(url string) bool {
	url = strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, url))
	return strings.HasPrefix(url, "javascript:") || strings.HasPrefix(url, "vbscript:") ||
		strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "data:image/")
}

// checkMarkdown goes over a document for what is dangerous, and for pictures
// that not everybody sees.
func checkMarkdown(at content.Place, root ast.Node, doc []byte, p *protected) (problems, warnings content.Problems) {
	add := func(offset int, message string) {
		if message != "" && len(problems) < maxProblems {
			problems = append(problems, content.Problem{Place: at.On(p.line(offset)), Message: message})
		}
	}
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // it returns what the function does
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				add(line.Start, dangerous(string(line.Value(doc)), p.prefix))
			}
		case *ast.Paragraph:
			add(offset(n), rowAlone(n, doc, p.prefix))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				segment := n.Segments.At(i)
				add(segment.Start, dangerous(string(segment.Value(doc)), p.prefix))
			}
		case *ast.Link:
			if dangerousURL(string(n.Destination)) {
				add(offset(n), badURL(string(n.Destination)))
			}
		case *ast.AutoLink:
			if url := string(n.URL(doc)); dangerousURL(url) {
				add(offset(n), badURL(url))
			}
		case *ast.Image:
			if dangerousURL(string(n.Destination)) {
				add(offset(n), badURL(string(n.Destination)))
			}
			if n.FirstChild() == nil && len(warnings) < maxProblems {
				warnings = append(warnings, content.Problem{Place: at.On(p.line(offset(n))), Message: "a picture has no text for those who don't see it; write it between the brackets: ![text](address)", Rule: content.RuleImage})
			}
		}
		return ast.WalkContinue, nil
	})
	return problems, warnings
}

// rowAlone finds a row of a table that a condition has cut off from it: people
// would see its bars.
func rowAlone(n *ast.Paragraph, doc []byte, prefix string) string {
	before, ok := n.PreviousSibling().(*ast.HTMLBlock)
	if !ok || before.Lines().Len() == 0 || n.Lines().Len() == 0 {
		return ""
	}
	condition, first := before.Lines().At(before.Lines().Len()-1), n.Lines().At(0)
	row := strings.TrimSpace(string(first.Value(doc)))
	if !strings.Contains(string(condition.Value(doc)), prefix) || !strings.HasPrefix(row, "|") || strings.Count(row, "|") < 2 {
		return ""
	}
	return "a row of a table can't stand in or behind a condition without its table; put {{if}} around the whole table, or around what is in a cell"
}

// offset is where in the document a node is, or the block that it is in.
func offset(n ast.Node) int {
	for at := n; at != nil; at = at.Parent() {
		if at.Pos() >= 0 {
			return at.Pos()
		}
		if at.Type() == ast.TypeBlock && at.Lines() != nil && at.Lines().Len() > 0 {
			return at.Lines().At(0).Start
		}
	}
	return 0
}
