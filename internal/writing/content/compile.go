package content

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"
)

// Templates are compiled content, safe for concurrent use.
type Templates struct {
	subject, text *texttemplate.Template
	html          *htmltemplate.Template
	plans         Plans
}

// Compile checks src and makes it ready to render. attributes are the names
// that subscribers have; nil leaves names of attributes unchecked, an empty
// slice means that there are none. Every error is Problems.
func Compile(src Source, attributes []string) (*Templates, error) {
	var problems Problems
	var t Templates
	src.Subject = strings.TrimSpace(src.Subject)
	if p := checkSubject(src.Subject); p != nil {
		problems = append(problems, *p)
	} else {
		problems = append(problems, t.compileText(PartSubject, src.Subject, attributes, &t.subject)...)
	}
	if strings.TrimSpace(src.Text) == "" && strings.TrimSpace(src.HTML) == "" {
		problems = append(problems, Problem{Place: Place{Piece: PieceText}, Message: "there is no body: write a text body, an html body, or both"})
	}
	if strings.TrimSpace(src.Text) != "" {
		problems = append(problems, t.compileText(PartText, src.Text, attributes, &t.text)...)
	}
	if strings.TrimSpace(src.HTML) != "" {
		problems = append(problems, t.compileHTML(src.HTML, attributes)...)
	}
	if len(problems) > 0 {
		return nil, problems[:min(len(problems), maxProblems)]
	}
	return &t, nil
}

func checkSubject(s string) *Problem {
	switch {
	case s == "":
		return &Problem{Place: Place{Piece: PieceSubject}, Message: "the subject is empty"}
	case strings.ContainsAny(s, "\r\n"):
		return &Problem{Place: Place{Piece: PieceSubject, Line: 2}, Message: "the subject must be a single line"}
	}
	return nil
}

func (t *Templates) compileText(part, src string, attributes []string, into **texttemplate.Template) Problems {
	at := Place{Piece: Piece(part)}
	tree, problems := check(part, src, attributes)
	if len(problems) > 0 {
		return problems
	}
	tpl, err := texttemplate.New(part).Option("missingkey=zero").Funcs(implementations()).AddParseTree(part, tree)
	if err == nil {
		err = tpl.Execute(io.Discard, &Data{})
	}
	if err != nil {
		return Problems{fromError(at, src, err)}
	}
	fold(tree, tpl)
	*into = tpl
	t.plans.add(part, tree)
	return nil
}

// compileHTML executes once, which is when html/template works out what
// escaping each place needs, and says where it can't.
func (t *Templates) compileHTML(src string, attributes []string) Problems {
	tree, problems := check(PartHTML, src, attributes)
	if len(problems) > 0 {
		return problems
	}
	tpl, err := escape(tree, true)
	if err != nil {
		// What was frozen when conditional comments weren't kept is sent without.
		tpl, err = escape(tree, false)
	}
	if err != nil {
		return Problems{fromError(Place{Piece: PieceHTML}, src, err)}
	}
	guard(tpl.Tree.Root)
	fold(tpl.Tree, tpl)
	t.html = tpl
	t.plans.add(PartHTML, tpl.Tree)
	return nil
}

// escape puts what html/template escapes with into a copy of a tree.
func escape(tree *parse.Tree, conditional bool) (*htmltemplate.Template, error) {
	tree = tree.Copy()
	tree.Name = PartHTML
	if conditional {
		keepConditional(tree.Root)
	}
	divide(tree.Root)
	tpl, err := htmltemplate.New(PartHTML).Option("missingkey=zero").Funcs(htmlFunctions()).AddParseTree(PartHTML, tree)
	if err == nil {
		err = tpl.Execute(io.Discard, &Data{})
	}
	return tpl, err
}

// check parses src and walks over the tree.
func check(part, src string, attributes []string) (*parse.Tree, Problems) {
	at := Place{Piece: Piece(part)}
	if p := checkSource(at, src); p != nil {
		return nil, Problems{*p}
	}
	tree := parse.New(part)
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(src, "", "", set); err != nil {
		return nil, Problems{fromError(at, src, err)}
	}
	c := newChecker(at, src, attributes)
	for name, extra := range set {
		if name != part && extra != tree && extra.Root != nil {
			c.problem(extra.Root.Pos, "{{define}} and {{block}} can't be used; write the text where it belongs")
		}
	}
	if tree.Root == nil {
		return nil, Problems{{Place: at, Message: "the template is empty"}}
	}
	c.list(tree.Root, scope{dot: kindRecipient}, 0)
	c.sort()
	return tree, c.problems
}

func checkSource(at Place, src string) *Problem {
	if len(src) > MaxSource {
		return &Problem{Place: at, Message: fmt.Sprintf("the template is %d KiB, more than the %d KiB allowed", len(src)>>10, MaxSource>>10)}
	}
	if !utf8.ValidString(src) {
		return &Problem{Place: at, Message: "the template is not valid UTF-8; save it as UTF-8"}
	}
	bad := strings.IndexFunc(src, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
	})
	if bad >= 0 {
		return &Problem{Place: at.On(lineOf(src, parse.Pos(bad))), Message: "there is a control character; remove it"}
	}
	return nil
}

func lineOf(src string, pos parse.Pos) int {
	at := max(0, min(int(pos), len(src)))
	return 1 + strings.Count(src[:at], "\n")
}

// position is how the template packages begin their errors.
var position = regexp.MustCompile(`^(?:html/)?template: ?[^:]*:(\d+)(?::\d+)?: ?`)

// fromError turns an error of the template packages into a Problem.
func fromError(at Place, src string, err error) Problem {
	var escape *htmltemplate.Error
	if errors.As(err, &escape) {
		line := escape.Line
		if line == 0 && escape.Node != nil {
			line = lineOf(src, escape.Node.Position())
		}
		return Problem{Place: at.On(line), Message: plainEscape(escape)}
	}
	p := Problem{Place: at, Message: err.Error()}
	if m := position.FindStringSubmatch(p.Message); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Message = p.Message[len(m[0]):]
	}
	p.Message = plainSyntax(p.Message)
	return p
}

func plainSyntax(msg string) string {
	for _, tr := range []struct{ has, plain string }{
		{"unexpected EOF", "an {{if}} or {{with}} has no {{end}}; add it where the conditional text is over"},
		{"unexpected {{end}}", "there is an {{end}} without an {{if}} or {{with}} before it; remove it"},
		{"unexpected {{else}}", "there is an {{else}} without an {{if}} or {{with}} before it; remove it"},
		{"non executable command", "what stands after | must be a function; functions are " + strings.Join(Functions(), ", ")},
		{`unexpected "{" in command`, "there are three { together; a field is written {{.Name}} or {{.Attributes.agency}}"},
		{`unexpected "#" in command`, "{{#if}} and the like are those of another program; write {{if .Name}}...{{end}}"},
		{`unexpected "/" in command`, "{{/if}} and the like are those of another program; write {{end}}"},
		{"expected :=", "a function is written before what it is about, or behind |, without a colon, as in {{.Name | default \"friend\"}}"},
		{"bad character U+007D '}'", "a }} is missing, or has only one }"},
		{`unexpected "}" in operand`, "a }} is missing, or has only one }"},
		{"unclosed action", "a {{ is not closed; add }}"},
		{"unclosed comment", "a {{/* comment is not closed; end it with */}}"},
		{"comment ends before closing delimiter", "a comment must end with */}}, without anything between"},
		{"unterminated quoted string", "a quotation mark is not closed within {{ }}"},
		{"unterminated raw quoted string", "a backquote is not closed within {{ }}"},
		{"missing value for", "something is missing after " + strings.TrimPrefix(msg, "missing value for ") + ": name a field, such as {{if .Name}}"},
		{"undefined variable", strings.Replace(msg, "undefined variable", "unknown variable", 1) + "; set it first, as in {{$x := .Name}}"},
		{"{{break}} outside", "{{break}} can't be used"},
		{"{{continue}} outside", "{{continue}} can't be used"},
	} {
		if strings.Contains(msg, tr.has) {
			return tr.plain
		}
	}
	return msg
}

func plainEscape(e *htmltemplate.Error) string {
	switch e.ErrorCode {
	case htmltemplate.ErrBranchEnd:
		return "the branches of {{if}} or {{with}} end in different places of the HTML (one opens a tag or an attribute that the other doesn't); make each branch whole"
	case htmltemplate.ErrEndContext:
		return "the HTML ends inside a tag, an attribute or a script; close it. " + e.Description
	case htmltemplate.ErrBadHTML:
		return "the HTML is malformed. " + e.Description
	}
	return e.Description
}
