package layout

import (
	"html"
	"regexp"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/plaintext"
)

// deriver writes a tree of an HTML template as a document with marks.
type deriver struct {
	prefix  string // of the marks
	marks   *plaintext.Marks
	doc     strings.Builder
	actions map[string]string  // by mark: what stands between {{ and }}
	values  map[string]int     // marks of values: the same value has the same, so that a link that shows where it leads is known
	nodes   map[int]parse.Node // by number
	n       int
}

// derive is the text that an HTML template would be for the eye. It is a tree
// of a text template: what was escaped isn't any more.
func derive(nodes []parse.Node) ([]parse.Node, content.Problems) { return newDeriver(nodes).text() }

func newDeriver(nodes []parse.Node) *deriver {
	prefix := prefixFor(source(nodes))
	d := &deriver{
		prefix: prefix, marks: plaintext.NewMarks(prefix), actions: map[string]string{}, values: map[string]int{}, nodes: map[int]parse.Node{},
	}
	d.write(nodes)
	return d
}

// text is the text, unless there is something in the HTML that it can't have.
func (d *deriver) text() ([]parse.Node, content.Problems) {
	derived, losses := plaintext.Derive(d.doc.String(), d.marks)
	if problems := d.lost(losses, nowhere); len(problems) > 0 {
		return nil, problems
	}
	var out printer
	word := "" // that is being written
	for _, piece := range d.marks.Split(derived) {
		inURL := piece.Role == plaintext.InURL
		if inURL {
			piece.Text = d.marks.Mark(plaintext.Value, piece.Number)
		}
		action, ok := d.actions[piece.Text]
		switch {
		case !ok || piece.Role == 0:
			out.text(piece.Text)
			word = lastWord(word + piece.Text)
		case strings.HasPrefix(action, "url") || strings.Contains(action, "| url"): // by its author
			out.action(action)
		case inURL && word == "<" && field.MatchString(action): // a whole address, which may have blanks around it
			out.action(action + " | trim | urlpath")
		case inURL && !strings.ContainsAny(word, "?#"):
			out.action(action + " | urlpath")
		case inURL, piece.Role == plaintext.Value && query.MatchString(word):
			out.action(action + " | urlquery")
		default:
			out.action(action)
		}
	}
	tree, _, problems := content.ParseSet(content.Place{Piece: content.PieceText}, out.out.String())
	if len(problems) > 0 {
		for i := range problems {
			problems[i].Line = 0
		}
		return nil, problems
	}
	return tree.Root.Nodes, nil
}

// query finds a field in the query of an address that stands in the text, where
// it would end at a blank.
var query = regexp.MustCompile(`^(https?://|mailto:)[^?]*\?`)

var field = regexp.MustCompile(`^\$?(\.\w+)+$`)

func lastWord(s string) string { return s[strings.LastIndexAny(s, " \n")+1:] }

func (d *deriver) write(nodes []parse.Node) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			d.doc.Write(n.Text)
		case *parse.ActionNode:
			if content.Constant(n.Pipe) {
				s, _ := content.Evaluate(n.Pipe) // the checker has let it through
				d.doc.WriteString(html.EscapeString(s))
				continue
			}
			if len(n.Pipe.Decl) > 0 {
				d.n++
				d.nodes[d.n] = n
				d.mark(plaintext.Silent, d.n, n.Pipe.String())
				continue
			}
			d.value(n)
		case *parse.IfNode:
			d.nodes[d.n+1] = n
			d.branch("if ", &n.BranchNode)
		case *parse.WithNode:
			d.nodes[d.n+1] = n
			d.branch("with ", &n.BranchNode)
		}
	}
}

func (d *deriver) value(n *parse.ActionNode) {
	action := n.Pipe.String()
	number, ok := d.values[action]
	if !ok {
		d.n++
		number = d.n
		d.values[action], d.nodes[number] = number, n
	}
	d.mark(plaintext.Value, number, action)
}

func (d *deriver) branch(keyword string, b *parse.BranchNode) {
	d.n++
	number := d.n
	d.mark(plaintext.Begin, number, keyword+b.Pipe.String())
	d.write(b.List.Nodes)
	if b.ElseList != nil {
		d.mark(plaintext.Else, number, "else")
		d.write(b.ElseList.Nodes)
	}
	d.mark(plaintext.End, number, "end")
}

func (d *deriver) mark(role plaintext.Role, number int, action string) {
	mark := d.marks.Mark(role, number)
	d.actions[mark] = action
	d.doc.WriteString(mark)
}
