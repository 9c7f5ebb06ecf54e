package filter

import (
	"errors"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"

	"crier.dev/crier/internal/words"
)

// functions that an expression may call. Left out are those whose result
// grows beyond what goes in, and those that hide types.
var functions = []string{
	"startsWith", "endsWith", "contains", "matches", "lowerAscii", "upperAscii",
	"trim", "substring", "indexOf", "split", "size",
	"timestamp", "duration", "int", "double", "string", "bool",
	"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek",
	"getDayOfYear", "getHours", "getMinutes", "getSeconds",
}

// macros are expanded by the parser; they are here for what was nearly one.
var macros = []string{"has", "all", "exists", "exists_one", "filter", "map"}

func (n *names) function(e ast.Expr) *Error {
	name := e.AsCall().FunctionName()
	switch {
	case isOperator(name), slices.Contains(functions, name):
		return n.arguments(e)
	case slices.Contains(macros, name):
		return n.source.errorAtCall(e, "%s is written %s", name, macroUse(name))
	}
	if meant := nearest(name, slices.Concat(functions, macros)); meant != "" {
		return n.source.errorAtCall(e, "there is no function %s. Did you mean %s?", words.Clip(name), meant)
	}
	return n.source.errorAtCall(e, "there is no function %s. Functions that exist: %s, %s", words.Clip(name),
		strings.Join(functions, ", "), strings.Join(macros, ", "))
}

// arguments refuses what would have to read a file or compile a pattern for
// each person.
func (n *names) arguments(e ast.Expr) *Error {
	c := e.AsCall()
	args := c.Args()
	switch name := c.FunctionName(); {
	case strings.HasPrefix(name, "get") && len(args) > 0:
		return n.source.errorAtCall(e, "%s takes no time zone: dates are in UTC", name)
	case name == overloads.Matches && len(args) > 0:
		last := args[len(args)-1]
		var pattern types.String
		isText := false
		if last.Kind() == ast.LiteralKind {
			pattern, isText = last.AsLiteral().(types.String)
		}
		if !isText {
			return n.source.errorAtCall(e, `the pattern of matches must be written out, as in subscriber.email.matches("^[a-m]")`)
		}
		return n.pattern(last, string(pattern))
	}
	return nil
}

// pattern checks a pattern of matches. cel.RegexProgramSizeLimit isn't used:
// it panics at a repetition such as x{2}, which it compiles without expanding.
func (n *names) pattern(e ast.Expr, pattern string) *Error {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	var known *syntax.Error
	switch {
	case errors.As(err, &known):
		return n.source.errorAt(e.ID(), "the pattern isn't valid (RE2): %s", known.Code)
	case err != nil:
		return n.source.errorAt(e.ID(), "the pattern isn't valid (RE2)")
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > maxPattern {
		return n.source.errorAt(e.ID(), "the pattern is too large: it repeats too much")
	}
	return nil
}

func macroUse(name string) string {
	switch name {
	case "has":
		return "has(subscriber.attributes.agency)"
	case "map":
		return "subscriber.attributes.topics.map(t, t.lowerAscii())"
	}
	return "subscriber.attributes.topics." + name + `(t, t == "parks")`
}

// isOperator says whether a function is an operator, or a part of a macro.
func isOperator(name string) bool {
	_, ok := operators.FindReverse(name)
	return ok || name == operators.NotStrictlyFalse || name == operators.Index || name == operators.Conditional
}
