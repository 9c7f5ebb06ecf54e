package layout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	gmtext "github.com/yuin/goldmark/text"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/plaintext"
)

// commonMark with tables, ~~struck~~ text and links from bare addresses. HTML
// goes through, since checkMarkdown has refused what is dangerous.
var commonMark = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
	goldmark.WithRendererOptions(html.WithUnsafe()),
)

// prefixFor makes a word that doesn't occur in a document: a document can't
// contain its own digest. It is the same every time, as what is frozen has to
// be.
func prefixFor(doc string) string {
	sum := sha256.Sum256([]byte(doc))
	return "x" + hex.EncodeToString(sum[:12]) + "q"
}

// protected is Markdown whose actions are marks.
type protected struct {
	doc     string
	src     string
	prefix  string       // of the marks
	actions []string     // what stands between {{ and }}
	alone   map[int]bool // actions that were made comments
	moved   []shift
}

// shift says that from an offset of doc on, offsets of src are others.
type shift struct{ doc, src int }

// protect replaces actions by words. One that only decides what follows, and
// stands alone on its line, becomes a comment: a block of its own, so that
// lines around it are paragraphs, and not the same one.
func protect(src string, marks *plaintext.Marks) protected {
	p := protected{src: src, alone: map[int]bool{}}
	var doc strings.Builder
	rest := 0
	var lines lines
	for rest < len(src) {
		i := strings.Index(src[rest:], "{{")
		if i < 0 {
			break
		}
		begin := rest + i
		end := begin + actionLength(src[begin:])
		doc.WriteString(src[rest:begin])
		inside := strings.TrimSuffix(src[begin+2:end], "}}")
		mark := marks.Mark(plaintext.Value, len(p.actions))
		if isControl(inside) && lines.alone(src, begin, end) {
			mark = "<!--" + mark + "-->"
			p.alone[len(p.actions)] = true
		} else if before, after, apart := lines.apart(begin); apart {
			mark = before + "<!--" + mark + "-->" + after
			p.alone[len(p.actions)] = true
		}
		doc.WriteString(mark)
		p.actions = append(p.actions, inside)
		p.moved = append(p.moved, shift{doc.Len(), end})
		rest = end
	}
	doc.WriteString(src[rest:])
	p.doc = doc.String()
	return p
}

// actionLength is how long the action is that s begins with. The template has
// been parsed already, so it is closed.
func actionLength(s string) int {
	if inside := strings.TrimLeft(strings.TrimPrefix(s[2:], "-"), " \t\r\n"); strings.HasPrefix(inside, "/*") {
		if i := strings.Index(s, "*/"); i >= 0 {
			return i + strings.Index(s[i:], "}}") + 2
		}
	}
	var quote byte
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '`' || c == '\'':
			quote = c
		case strings.HasPrefix(s[i:], "}}"):
			return i + 2
		}
	}
	return len(s)
}

// isControl says whether an action prints nothing itself.
func isControl(inside string) bool {
	inside = strings.TrimSpace(strings.TrimPrefix(inside, "-"))
	word := inside
	if i := strings.IndexAny(inside, " \t\n-("); i >= 0 {
		word = inside[:i]
	}
	switch word {
	case "if", "with", "else", "end":
		return true
	}
	return strings.HasPrefix(inside, "/*") || strings.HasPrefix(inside, "$") && strings.Contains(inside, "=")
}

// lines remembers what was found out of a line, since it is asked for each of
// the actions in it.
type lines struct {
	from, to int
	is       bool
	own      map[int]bool // offsets of actions that get a line of their own; true: text follows
	indent   string
}

// alone says whether an action has its line for itself.
func (l *lines) alone(src string, begin, end int) bool {
	from, to := strings.LastIndexByte(src[l.from:begin], '\n')+1+l.from, len(src)
	if i := strings.IndexByte(src[end:], '\n'); i >= 0 {
		to = end + i
	}
	l.read(src, from, to)
	return l.is
}

func (l *lines) read(src string, from, to int) {
	if from == l.from && to == l.to {
		return
	}
	line := src[from:to]
	*l = lines{from: from, to: to, is: aloneOnLine(line), indent: line[:len(line)-len(strings.TrimLeft(line, " "))]}
	if !l.is {
		l.own = blockOnLine(line)
	}
}

// apart says that an action of the line that alone has read gets a line of its
// own, and what comes before and after it then.
func (l *lines) apart(begin int) (before, after string, is bool) {
	first, is := l.own[begin-l.from]
	if !is {
		return "", "", false
	}
	if first {
		return "", "\n" + l.indent, true
	}
	return "\n" + l.indent, "\n" + l.indent, true
}

// startsBlock is what a heading, an item, a quotation or a rule begins with,
// which they do only at the beginning of a line.
var startsBlock = regexp.MustCompile(`^(#{1,6}[ \t]|[-*+][ \t]|[0-9]{1,9}[.)][ \t]|>|([-*_][ \t]*){3,}(\{\{|$))`)

// blockOnLine finds conditions around a block that is one line with them, as
// {{if .Name}}# Heading{{end}}: where in the line they are, and whether they
// are what the line begins with.
func blockOnLine(line string) map[int]bool {
	own := map[int]bool{}
	at, depth := len(line)-len(strings.TrimLeft(line, " ")), 0
	for strings.HasPrefix(line[at:], "{{") {
		n := actionLength(line[at:])
		inside := strings.TrimSuffix(line[at+2:at+n], "}}")
		if !isControl(inside) {
			return nil
		}
		own[at] = true
		depth += opens(inside)
		at += n
	}
	if len(own) == 0 || !startsBlock.MatchString(line[at:]) {
		return nil
	}
	for outer := depth; at < len(line); {
		i := strings.Index(line[at:], "{{")
		if i < 0 {
			break
		}
		at += i
		n := actionLength(line[at:])
		inside := strings.TrimSuffix(line[at+2:at+n], "}}")
		if isControl(inside) && depth <= outer && opens(inside) <= 0 {
			own[at] = false
		}
		depth += opens(inside)
		outer = min(outer, depth)
		at += n
	}
	return own
}

// opens is 1 for a condition, -1 for its end, else 0.
func opens(inside string) int {
	word, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(inside, "-"), " \t\n"), " ")
	switch {
	case word == "if" || word == "with" || word == "range":
		return 1
	case strings.HasPrefix(word, "end"):
		return -1
	}
	return 0
}

// aloneOnLine allows other actions, and marks of quotations and items, beside it.
func aloneOnLine(line string) bool {
	for {
		i := strings.Index(line, "{{")
		if strings.Trim(line[:max(i, 0)], " \t\r>") != "" {
			return false
		}
		if i < 0 {
			return strings.Trim(line, " \t\r>") == ""
		}
		n := actionLength(line[i:])
		if !isControl(strings.TrimSuffix(line[i+2:i+n], "}}")) {
			return false
		}
		line = line[i+n:]
	}
}

// line is the line of the source for an offset of the document.
func (p *protected) line(offset int) int {
	at := shift{}
	for _, s := range p.moved {
		if s.doc > offset {
			break
		}
		at = s
	}
	upTo := min(max(0, at.src+offset-at.doc), len(p.src))
	return 1 + strings.Count(p.src[:upTo], "\n")
}

// fromMarkdown is the source of an HTML template that Markdown has become.
type fromMarkdown struct {
	html  string
	lines []madeLine
}

// madeLine says that what begins at an offset of the HTML was written on a line
// of the Markdown.
type madeLine struct{ offset, line int }

// line is the line of the Markdown for an offset of the HTML: that of the last
// action before it.
func (m fromMarkdown) line(offset int) int {
	line := 0
	for _, l := range m.lines {
		if l.offset > offset {
			break
		}
		line = l.line
	}
	return line
}

// lineOf is the line of the source on which an action ends.
func (p *protected) lineOf(action int) int {
	return 1 + strings.Count(p.src[:p.moved[action].src-1], "\n")
}

// toHTML is Markdown with actions as the source of an HTML template. src must
// be a template that parses.
func toHTML(at content.Place, src string) (out fromMarkdown, problems, warnings content.Problems) {
	prefix := prefixFor(src)
	marks := plaintext.NewMarks(prefix)
	p := protect(src, marks)
	p.prefix = prefix
	if problems := p.dense(at); len(problems) > 0 {
		return out, problems, nil
	}
	doc := []byte(p.doc)
	root := commonMark.Parser().Parse(gmtext.NewReader(doc))
	problems, warnings = checkMarkdown(at, root, doc, &p)
	if len(problems) > 0 {
		return out, problems, nil
	}
	var rendered bytes.Buffer
	if err := commonMark.Renderer().Render(&rendered, doc, root); err != nil {
		return out, content.Problems{{Place: at, Message: "the Markdown can't be read: " + err.Error()}}, nil
	}
	if problems := p.missing(at, rendered.String(), marks); len(problems) > 0 {
		return out, problems, nil
	}
	if message := dangerous(rendered.String(), p.prefix); message != "" {
		return out, content.Problems{{Place: at, Message: message}}, nil
	}
	return p.restore(rendered.String(), marks), nil, warnings
}

// missing are actions that Markdown has left out, with what else stands there.
func (p *protected) missing(at content.Place, rendered string, marks *plaintext.Marks) (problems content.Problems) {
	there := map[int]bool{}
	for _, piece := range marks.Split(rendered) {
		there[piece.Number] = there[piece.Number] || piece.Role != 0
	}
	for i, action := range p.actions {
		if !there[i] && len(problems) == 0 {
			problems = content.Problems{{Place: at.On(p.lineOf(i)), Message: "{{" + words.Clip(strings.TrimSpace(action)) +
				"}} stands where Markdown leaves it out, such as before or behind the cells of a row; put {{if}} around the whole table, or around what is in a cell"}}
		}
	}
	return problems
}

// restore puts the actions back.
func (p *protected) restore(html string, marks *plaintext.Marks) fromMarkdown {
	pieces := marks.Split(html)
	var out printer
	var lines []madeLine
	for i, piece := range pieces {
		if piece.Role != 0 && piece.Number < len(p.actions) {
			lines = append(lines, madeLine{out.out.Len(), p.lineOf(piece.Number)})
			out.action(p.actions[piece.Number])
			continue
		}
		s := piece.Text
		for _, c := range [][2]string{{"<!--", "-->"}, {"&lt;!--", "--&gt;"}} {
			if i+1 < len(pieces) && p.wasAlone(pieces[i+1]) {
				s = strings.TrimSuffix(s, c[0])
			}
			if i > 0 && p.wasAlone(pieces[i-1]) {
				s = strings.TrimPrefix(s, c[1])
			}
		}
		out.text(s)
	}
	return fromMarkdown{out.out.String(), lines}
}

// wasAlone says whether a piece is a mark that was made a comment.
func (p *protected) wasAlone(piece plaintext.Piece) bool {
	return piece.Role != 0 && p.alone[piece.Number]
}

// maxDelimiters of emphasis and links may stand in one paragraph: the time to
// match them grows with the square of their number.
const maxDelimiters = 3000

// maxContainers are quotations and items that one line may begin with.
const maxContainers = 32

var containers = regexp.MustCompile(`^(?:[ \t]*(?:>|[-*+]|[0-9]{1,9}[.)]))+`)

// rulers are lines of - or * alone, which make a horizontal rule.
var rulers = regexp.MustCompile(`^[ \t]*(?:(?:-[ \t]*)+|(?:\*[ \t]*)+)\r?\n?$`)

// maxCells of all tables together. A row has as many as the header, whatever
// is written in it, so that 24 KiB of Markdown could make 100 MiB of HTML.
const maxCells = 50_000

// cells counts those that there would be if every block were a table.
type cells struct{ before, bars, lines int }

func (c *cells) line(s string) {
	c.lines++
	c.bars = max(c.bars, strings.Count(s, "|"))
}

func (c *cells) all() int {
	if c.bars == 0 {
		return c.before
	}
	return c.before + (c.bars+1)*c.lines
}

// dense finds a paragraph, or a list without empty lines, with too many.
func (p *protected) dense(at content.Place) content.Problems {
	n, offset := 0, 0
	var tables cells
	for line := range strings.Lines(p.doc) {
		// Other spaces than these don't make a line empty.
		if strings.Trim(line, " \t\r\n") == "" || strings.HasPrefix(line, "<!--") && strings.Contains(line, "-->") {
			n, tables = 0, cells{before: tables.all()}
		}
		if tables.line(line); tables.all() > maxCells {
			return content.Problems{{Place: at.On(p.line(offset)), Message: "there are too many cells in tables, or | in long paragraphs; make the tables smaller"}}
		}
		nested := 0
		for _, c := range containers.FindString(line) {
			if strings.ContainsRune(">-*+.)", c) {
				nested++
			}
		}
		if nested > maxContainers && !rulers.MatchString(line) {
			return content.Problems{{Place: at.On(p.line(offset)), Message: "a line is in too many quotations or items of lists; nest them less"}}
		}
		for i := range len(line) {
			if strings.IndexByte("*_~[]`<!", line[i]) >= 0 {
				n++
			}
		}
		if n > maxDelimiters {
			return content.Problems{{Place: at.On(p.line(offset)), Message: "there are too many of * _ ~ [ ] ` < and ! without an empty line; divide the text into paragraphs"}}
		}
		offset += len(line)
	}
	return nil
}
