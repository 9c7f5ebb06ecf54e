package filter

import (
	"regexp/syntax"
	"strings"
	"unicode"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"golang.org/x/text/unicode/norm"

	"crier.dev/crier/internal/recipients/address"
	"crier.dev/crier/internal/words"
)

// compose puts the texts of an expression into the normal form that values
// have (NFC): a letter with its accent is one character, however it was typed.
func compose(root ast.Expr) {
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if text, ok := textOf(e); ok && !norm.NFC.IsNormalString(text) {
			e.SetKindCase(factory.NewLiteral(e.ID(), types.String(norm.NFC.String(text))))
		}
	}))
}

// textOf is the text of a literal.
func textOf(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}

// how a value is spelled that a text is compared with.
type spelled int

const (
	anyhow  spelled = iota
	email           // its domain is lower case and ASCII
	domain          // it is that as a whole
	lowered         // lowerAscii was applied
	raised          // upperAscii was
)

// never looks for texts that nobody can have: then == selects nobody, and !=
// everybody, and neither shows.
func never(s source, root ast.Expr) (found *Error) {
	lists := map[string][]ast.Expr{} // of variables of exists and its like
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			if c := e.AsComprehension(); c.IterRange().Kind() == ast.ListKind {
				lists[c.IterVar()] = c.IterRange().AsList().Elements()
			}
		case ast.CallKind:
			for _, c := range comparisons(e.AsCall()) {
				for _, text := range texts(c.with, lists) {
					if found == nil {
						found = c.check(s, text)
					}
				}
			}
		}
	}))
	return found
}

// texts are the literals that a part stands for.
func texts(e ast.Expr, lists map[string][]ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.LiteralKind:
		return []ast.Expr{e}
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.IdentKind:
		return lists[e.AsIdent()]
	}
	return nil
}

// against is a value, and what it is compared with how.
type against struct {
	value spelled
	name  string // of the value, as people write it
	with  ast.Expr
	how   string // operator or function
}

func comparisons(c ast.CallExpr) []against {
	switch name := c.FunctionName(); name {
	case operators.Equals, operators.NotEquals:
		left, right := c.Args()[0], c.Args()[1]
		return []against{of(left, right, name), of(right, left, name)}
	case operators.In:
		return []against{of(c.Args()[0], c.Args()[1], operators.Equals)}
	case "endsWith", "startsWith", "contains", "matches":
		if c.IsMemberFunction() && len(c.Args()) == 1 {
			return []against{of(c.Target(), c.Args()[0], name)}
		}
	}
	return nil
}

func of(value, with ast.Expr, how string) against {
	a := against{with: with, how: how}
	switch value.Kind() {
	case ast.SelectKind:
		operand := value.AsSelect().Operand()
		if operand.Kind() != ast.IdentKind || operand.AsIdent() != variable {
			break
		}
		switch a.name = variable + "." + value.AsSelect().FieldName(); value.AsSelect().FieldName() {
		case fieldEmail:
			a.value = email
		case fieldDomain:
			a.value = domain
		}
	case ast.CallKind:
		switch c := value.AsCall(); c.FunctionName() {
		case "lowerAscii":
			a.value, a.name = lowered, "lowerAscii()"
		case "upperAscii":
			a.value, a.name = raised, "upperAscii()"
		}
	}
	return a
}

// check says that no value is, or has, a text.
func (a against) check(s source, e ast.Expr) *Error {
	text, ok := textOf(e)
	if !ok || a.value == anyhow {
		return nil
	}
	switch {
	case a.how == "matches":
		if wrong := a.pattern(text); wrong != "" {
			return s.errorAt(e.ID(), "%s never has %s: %s", a.name, words.Clip(wrong), a.rule())
		}
		return nil
	case a.value == lowered && strings.ToLower(text) != text && hasASCII(text, unicode.IsUpper):
		return s.errorAt(e.ID(), "%s has no capital letters; write %q", a.name, words.Clip(lowerASCII(text)))
	case a.value == raised && hasASCII(text, unicode.IsLower):
		return s.errorAt(e.ID(), "%s has no small letters; write %q", a.name, words.Clip(strings.ToUpper(text)))
	case a.value == lowered, a.value == raised:
		return nil
	}
	before, host, ok := a.split(text)
	if !ok || !odd(host) {
		return nil
	}
	if right := a.mend(host); !odd(right) {
		return s.errorAt(e.ID(), "%s is never like this: %s; write %q", a.name, a.rule(), words.Clip(before+right))
	}
	return s.errorAt(e.ID(), "%s is never like this: %s", a.name, a.rule())
}

func (a against) rule() string {
	switch a.value {
	case lowered:
		return "it has no capital letters"
	case raised:
		return "it has no small letters"
	}
	return "domains are in lower case, and letters other than a to z in their ASCII form (xn--)"
}

// split finds what of a text is compared with the domain.
func (a against) split(text string) (before, host string, ok bool) {
	at := strings.LastIndexByte(text, '@')
	switch {
	case a.value == domain:
		return "", text, true
	case at >= 0:
		return text[:at+1], text[at+1:], true
	}
	return "", text, a.how == "endsWith" // an end without @ is one of the domain
}

// mend writes a domain, or whole labels of one, as it is stored. A label of
// which only a part is given has no ASCII form of its own.
func (a against) mend(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		cutBefore := i == 0 && (a.how == "contains" || a.how == "endsWith" && !strings.Contains(a.text(), "@"))
		cutAfter := i == len(labels)-1 && (a.how == "contains" || a.how == "startsWith")
		switch form, ok := address.Label(label); {
		case !odd(label):
		case !cutBefore && !cutAfter && ok:
			labels[i] = form
		default:
			labels[i] = lowerASCII(label)
		}
	}
	return strings.Join(labels, ".")
}

// text that the value is compared with, if it is one.
func (a against) text() string {
	text, _ := textOf(a.with)
	return text
}

// pattern is a part that every match of a regular expression has, and no
// value; "" if none is seen.
func (a against) pattern(expression string) string {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return "" // CEL says what is wrong with it
	}
	host := a.value == domain
	for _, text := range required(parsed) {
		wrong := text
		switch a.value {
		case email:
			if at := strings.LastIndexByte(text, '@'); at >= 0 {
				host, wrong = true, text[at+1:]
			}
			if !host || !odd(wrong) {
				continue
			}
			return text
		case domain:
			if odd(text) {
				return text
			}
		case lowered:
			if hasASCII(text, unicode.IsUpper) {
				return text
			}
		case raised:
			if hasASCII(text, unicode.IsLower) {
				return text
			}
		}
	}
	return ""
}

// required are texts that every match has, in their order.
func required(r *syntax.Regexp) []string {
	switch r.Op {
	case syntax.OpLiteral:
		if r.Flags&syntax.FoldCase == 0 {
			return []string{string(r.Rune)}
		}
	case syntax.OpConcat, syntax.OpCapture:
		var out []string
		for _, part := range r.Sub {
			out = append(out, required(part)...)
		}
		return out
	}
	return nil
}

// odd says that a text can't be a part of a domain as it is stored.
func odd(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || r >= 'A' && r <= 'Z' })
}

func hasASCII(s string, is func(rune) bool) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && is(r) })
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
