package layout

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
	"unicode"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/plaintext"
)

// Bounds of what agree reads, in readings and in octets of both parts.
const (
	maxReadings = 64
	minReadings = 3 // of a message of any size
	maxRead     = 4 << 20
)

// agree compares what the HTML and the text that was made from it say, for
// readers of whom other conditions are true: all combinations of few
// conditions, otherwise none, all, each alone, all but each, and pairs. It
// holds whatever package plaintext knows of HTML: a condition that the text
// lost would tell everybody what is meant for some.
func agree(src content.Source) content.Problems {
	h, _, problems := content.ParseSet(content.Place{Piece: content.PieceHTML}, src.HTML)
	if len(problems) > 0 {
		return nil // said by Compile
	}
	t, _, problems := content.ParseSet(content.Place{Piece: content.PieceText}, src.Text)
	if len(problems) > 0 {
		return nil
	}
	document, text := reading{inHTML: true}, reading{}
	conditions := asked(h.Root, map[string]bool{}, nil)
	most := min(maxReadings, max(minReadings, maxRead/(len(src.HTML)+len(src.Text))))
	for _, taken := range combinations(len(conditions), most) {
		document.true, text.true = map[string]bool{}, map[string]bool{}
		for i, c := range conditions {
			document.true[c], text.true[c] = taken[i], taken[i]
		}
		seen := plaintext.FromHTML(document.of(h.Root), nil)
		if said(seen) != said(text.of(t.Root)) {
			return content.Problems{{Place: together(content.PartText), Message: disagreement(conditions, taken)}}
		}
	}
	return nil
}

func disagreement(conditions []string, taken []bool) string {
	var on []string
	for i, c := range conditions {
		if taken[i] && len(on) < 3 {
			on = append(on, words.Clip("{{if "+c+"}}"))
		}
	}
	when := "none of its conditions is true"
	switch len(on) {
	case 0:
	case 1:
		when = on[0] + " is true"
	default:
		when = strings.Join(on, " and ") + " are true"
	}
	return fmt.Sprintf("the text part, which is made from the HTML, doesn't say what the HTML says when %s; put each {{if}} around whole elements, or write content.text", when)
}

// asked are the conditions of a template, each once.
func asked(l *parse.ListNode, known map[string]bool, found []string) []string {
	if l == nil {
		return found
	}
	for _, n := range l.Nodes {
		var b *parse.BranchNode
		switch n := n.(type) {
		case *parse.IfNode:
			b = &n.BranchNode
		case *parse.WithNode:
			b = &n.BranchNode
		default:
			continue
		}
		if c := b.Pipe.String(); !content.Constant(b.Pipe) && !known[c] {
			known[c], found = true, append(found, c)
		}
		found = asked(b.ElseList, known, asked(b.List, known, found))
	}
	return found
}

// combinations of n conditions, at most most.
func combinations(n, most int) [][]bool {
	var out [][]bool
	add := func(is func(i int) bool) {
		if len(out) >= most {
			return
		}
		taken := make([]bool, n)
		for i := range taken {
			taken[i] = is(i)
		}
		out = append(out, taken)
	}
	if n < 16 && 1<<n <= most {
		for bits := range 1 << n {
			add(func(i int) bool { return bits>>i&1 == 1 })
		}
		return out
	}
	add(func(int) bool { return false })
	add(func(int) bool { return true })
	for one := 0; one < n && len(out) < most; one++ {
		add(func(i int) bool { return i == one })
		add(func(i int) bool { return i != one })
	}
	for one := 0; one < n && len(out) < most; one++ {
		for other := one + 1; other < n && len(out) < most; other++ {
			add(func(i int) bool { return i == one || i == other })
		}
	}
	return out
}

// reading is a template read with conditions that are true. Values are words.
type reading struct {
	inHTML bool
	true   map[string]bool
	out    strings.Builder
}

func (r *reading) of(l *parse.ListNode) string {
	r.out.Reset()
	r.list(l)
	return r.out.String()
}

func (r *reading) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			r.out.Write(n.Text)
		case *parse.ActionNode:
			r.action(n.Pipe)
		case *parse.IfNode:
			r.branch(&n.BranchNode)
		case *parse.WithNode:
			r.branch(&n.BranchNode)
		}
	}
}

func (r *reading) branch(b *parse.BranchNode) {
	truth := r.true[b.Pipe.String()]
	if content.Constant(b.Pipe) {
		truth, _ = content.Truth(b.Pipe) // the checker has let it through
	}
	if truth {
		r.list(b.List)
	} else {
		r.list(b.ElseList)
	}
}

func (r *reading) action(p *parse.PipeNode) {
	switch {
	case len(p.Decl) > 0:
	case content.Constant(p):
		s, _ := content.Evaluate(p)
		if r.inHTML {
			s = html.EscapeString(s)
		}
		r.out.WriteString(s)
	default:
		r.out.WriteString("v" + letters(p.String()) + "v")
	}
}

// letters are those of an action, without what it is escaped with.
func letters(action string) string {
	action, _, _ = strings.Cut(action, " | url")
	action = strings.TrimSuffix(action, " | trim")
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return '0'
	}, action)
}

var (
	links   = regexp.MustCompile(`<[^<>\s]*>`)
	numbers = regexp.MustCompile(`(?m)^[> ]*(\d+\. )+`)
)

// said is what a text says: its words in their order, and those in addresses.
// Numbers of items and what is drawn don't count.
func said(text string) string {
	text = numbers.ReplaceAllString(text, "")
	words := strings.FieldsFunc(links.ReplaceAllString(text, " "), notInWord)
	in := strings.FieldsFunc(text, notInWord)
	slices.Sort(in)
	in = slices.DeleteFunc(slices.Compact(in), func(w string) bool { return w == "https" || w == "http" || w == "mailto" || w == "tel" })
	return strings.Join(words, " ") + "\n" + strings.Join(in, " ")
}

func notInWord(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) }
