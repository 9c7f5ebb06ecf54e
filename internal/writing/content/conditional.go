package content

import (
	"fmt"
	htmltemplate "html/template"
	"maps"
	"regexp"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"golang.org/x/net/html"
)

// Outlook for Windows reads what stands in conditional comments, and layouts
// need them for it. html/template drops every comment. So what opens and closes
// a conditional comment is put into the tree as constants that are HTML
// already, and what is in it goes through html/template as any other HTML: a
// field in it is escaped for its place there. html/template escapes every > of
// a value, so that no value can end a comment.

// keep is the function that prints them. Authors can't call it.
const keep = "conditionalcomment"

// htmlFunctions are those of HTML templates.
func htmlFunctions() texttemplate.FuncMap {
	functions := implementations()
	maps.Copy(functions, filterFunctions())
	functions[keep] = func(s string) htmltemplate.HTML { return htmltemplate.HTML(s) } //nolint:gosec // it is what the author wrote
	return functions
}

var (
	// opens is what a conditional comment begins with.
	opens = regexp.MustCompile(`(?i)^<!--\[if [^\]<>]*\]>`)
	// closes is what it ends with.
	closes = regexp.MustCompile(`(?i)<!\[endif\]\s*-->$`)
	// revealed are comments that other mail programs see the rest of.
	revealed = regexp.MustCompile(`(?i)^(<!--\[if [^\]<>]*\]>\s*(<!\s*-->|-->|<!--\s*-->)|<!--\s*<!\[endif\]\s*-->|<!\[(if [^\]<>]*|endif)\]>)$`)
	// began is where somebody meant one.
	began = regexp.MustCompile(`(?i)^<!(--)?\s*(<!)?\[(if|endif)`)
)

// span is a part of a document, in octets.
type span struct{ from, to int }

// textAt is a text of the tree and where it is in the document.
type textAt struct {
	node *parse.TextNode
	at   int
}

// spelledOut is a tree as one document, with a word for each action.
type spelledOut struct {
	doc     strings.Builder
	texts   []textAt
	mark    string
	actions []actionAt
}

// actionAt is an action of the tree and where it is in the document.
type actionAt struct {
	pos parse.Pos
	at  int
}

func spellOut(root *parse.ListNode) *spelledOut {
	s := &spelledOut{mark: "xcrieractionq"}
	for strings.Contains(root.String(), s.mark) { // an author who writes it gets a longer one
		s.mark += "x"
	}
	s.list(root)
	return s
}

func (s *spelledOut) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			s.texts = append(s.texts, textAt{n, s.doc.Len()})
			s.doc.Write(n.Text)
		case *parse.IfNode:
			s.branch(&n.BranchNode)
		case *parse.WithNode:
			s.branch(&n.BranchNode)
		default:
			s.action(n.Position())
		}
	}
}

func (s *spelledOut) branch(b *parse.BranchNode) {
	s.action(b.Pos)
	s.list(b.List)
	s.action(b.Pos)
	s.list(b.ElseList)
	s.action(b.Pos)
}

func (s *spelledOut) action(pos parse.Pos) {
	s.actions = append(s.actions, actionAt{pos, s.doc.Len()})
	s.doc.WriteString(s.mark)
}

// pos is the position in the tree of an octet of the document.
func (s *spelledOut) pos(at int) parse.Pos {
	for i := len(s.texts) - 1; i >= 0; i-- {
		if t := s.texts[i]; t.at <= at {
			return t.node.Pos + parse.Pos(min(at-t.at, len(t.node.Text)))
		}
	}
	return 0
}

// data are the actions in JSON, such as that by which some mail programs show a
// button beside the subject.
func (s *spelledOut) data() map[parse.Pos]bool {
	within := map[parse.Pos]bool{}
	z := html.NewTokenizer(strings.NewReader(s.doc.String()))
	to, json := 0, false
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw := z.Raw()
		from := to
		to += len(raw)
		if kind == html.TextToken && json {
			for _, a := range s.actions {
				if a.at >= from && a.at < to {
					within[a.pos] = true
				}
			}
		}
		json = kind == html.StartTagToken && jsonScript.Match(raw)
	}
	return within
}

var jsonScript = regexp.MustCompile(`(?i)^<script\s[^>]*type\s*=\s*["']?application/(ld\+)?json`)

// conditionals finds what has to be kept of a document, and what can't be sent
// as it was written: where, and why.
func (s *spelledOut) conditionals() (spans []span, bad map[int]string) {
	bad = map[int]string{}
	z := html.NewTokenizer(strings.NewReader(s.doc.String()))
	to := 0
	for z.Next() != html.ErrorToken {
		raw := string(z.Raw())
		from := to
		to += len(raw)
		if !strings.HasPrefix(raw, "<!") && !strings.HasPrefix(raw, "<?") || z.Token().Type != html.CommentToken {
			continue
		}
		found, message := s.conditional(raw)
		for _, f := range found {
			spans = append(spans, span{from + f.from, from + f.to})
		}
		if message != "" && len(bad) < maxProblems {
			bad[from] = message
		}
	}
	return spans, bad
}

// conditional is one comment: what is kept of it, or what is wrong with it.
func (s *spelledOut) conditional(raw string) ([]span, string) {
	personal := strings.Contains(raw, s.mark)
	begin, end := opens.FindStringIndex(raw), closes.FindStringIndex(raw)
	if len(begin) == 2 && strings.Contains(raw[:begin[1]], s.mark) {
		begin = nil
	}
	switch {
	case !personal && revealed.MatchString(raw):
		return []span{{0, len(raw)}}, ""
	case begin != nil && end != nil && !personal:
		return []span{{0, len(raw)}}, ""
	case begin != nil && end != nil && !s.ends(raw[begin[1]:end[0]]):
		return []span{{0, begin[1]}, {end[0], end[1]}}, ""
	case begin != nil && end != nil:
		return nil, "in a conditional comment, > or - directly after {{ }} could end the comment; write something between"
	case began.MatchString(raw) && strings.HasPrefix(raw, "<!--["):
		return nil, "a conditional comment begins here that isn't whole; write <!--[if mso]> ... <![endif]-->, without {{ }} in the brackets"
	case !strings.HasPrefix(raw, "<!--"):
		what := raw[:min(len(raw), 12)]
		if i := strings.Index(what, s.mark[:6]); i >= 0 {
			what = what[:i]
		}
		return nil, fmt.Sprintf("mail programs don't read %s..., and people would see it as text; remove it", what)
	}
	return nil, ""
}

// ends says whether a value in a comment and what follows it could end it.
func (s *spelledOut) ends(inside string) bool {
	for _, after := range []string{"-", ">", "!"} {
		if strings.Contains(inside, s.mark+after) {
			return true
		}
	}
	return false
}

// keepConditional puts what is kept into the tree, as constants.
func keepConditional(root *parse.ListNode) {
	s := spellOut(root)
	spans, _ := s.conditionals()
	if len(spans) == 0 {
		return
	}
	at := map[*parse.TextNode]int{}
	for _, t := range s.texts {
		at[t.node] = t.at
	}
	keepIn(root, at, &spans)
}

// keepIn goes over the texts in their order, as the spans are.
func keepIn(l *parse.ListNode, at map[*parse.TextNode]int, spans *[]span) {
	if l == nil {
		return
	}
	var out []parse.Node
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			out = append(out, keptText(n, at[n], spans)...)
			continue
		case *parse.IfNode:
			keepIn(n.List, at, spans)
			keepIn(n.ElseList, at, spans)
		case *parse.WithNode:
			keepIn(n.List, at, spans)
			keepIn(n.ElseList, at, spans)
		}
		out = append(out, n)
	}
	l.Nodes = out
}

// keptText divides a text that begins at an octet of the document.
func keptText(n *parse.TextNode, at int, spans *[]span) []parse.Node {
	end := at + len(n.Text)
	var out []parse.Node
	put := func(from, to int, kept bool) {
		if from >= to {
			return
		}
		text := string(n.Text[from-at : to-at])
		pos := n.Pos + parse.Pos(from-at)
		if kept {
			out = append(out, keptNode(text, pos))
		} else {
			out = append(out, &parse.TextNode{NodeType: parse.NodeText, Pos: pos, Text: []byte(text)})
		}
	}
	from := at
	for len(*spans) > 0 && (*spans)[0].from < end {
		s := (*spans)[0]
		put(from, max(from, s.from), false)
		put(max(from, s.from), min(s.to, end), true)
		if from = min(s.to, end); s.to > end {
			return out // it goes on in the next text
		}
		*spans = (*spans)[1:]
	}
	put(from, end, false)
	return out
}

func keptNode(text string, pos parse.Pos) parse.Node {
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: []*parse.CommandNode{{
		NodeType: parse.NodeCommand, Pos: pos,
		Args: []parse.Node{parse.NewIdentifier(keep).SetPos(pos), &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: fmt.Sprintf("%q", text), Text: text}},
	}}}}
}
