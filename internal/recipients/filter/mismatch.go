package filter

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"crier.dev/crier/internal/words"
)

// typeError says which types don't fit.
func typeError(s source, root ast.Expr, issues *cel.Issues) *Error {
	first := issues.Errors()[0]
	line, column := max(first.Location.Line(), 1), max(first.Location.Column()+1, 1)
	e := &Error{Line: line, Column: column}
	call := find(root, first.ExprID)
	signature, isOverload := strings.CutPrefix(first.Message, "found no matching overload for '")
	if isOverload && call != nil && call.Kind() == ast.CallKind {
		if _, signature, isOverload = strings.Cut(signature, "applied to '"); isOverload {
			e.Message = mismatch(call.AsCall(), arguments(strings.TrimSuffix(signature, "'")))
			return e
		}
	}
	e.Message = otherTypeError(first.Message)
	if want, got, ok := expected(first.Message); ok && call != nil {
		e.Line, e.Column = s.start(call)
		e.Message = label(call, "this") + " is " + article(got) + ", where " + want + " is expected"
	}
	return e
}

// otherTypeError is about types, but not about those of a call.
func otherTypeError(message string) string {
	switch {
	case strings.Contains(message, "invalid timestamp"):
		return `this isn't a date; write timestamp("2026-01-31T00:00:00Z")`
	case strings.Contains(message, "invalid duration"):
		return `this isn't a duration; write duration("36h")`
	case strings.Contains(message, "does not support field selection"):
		return "an attribute has no fields of its own"
	case strings.Contains(message, "range of a comprehension"):
		return "exists, all, filter and map need an attribute of type List"
	}
	return words.Clip(message)
}

// expected takes the types out of "expected type 'bool' but found 'string'".
func expected(message string) (want, got string, ok bool) {
	rest, ok := strings.CutPrefix(message, "expected type '")
	if !ok {
		return "", "", false
	}
	want, rest, ok = strings.Cut(rest, "' but found '")
	want, got = typeName(want), typeName(strings.TrimSuffix(rest, "'"))
	if want == string(TypeBoolean) {
		return "a condition (true or false)", got, ok
	}
	return article(want), got, ok
}

// find the part with an id.
func find(root ast.Expr, id int64) (found ast.Expr) {
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			found = e
		}
	}))
	return found
}

// arguments takes the types out of "(int, string)" or "string.(int)".
func arguments(signature string) []string {
	var list []string
	if target, rest, ok := strings.Cut(signature, ".("); ok {
		list = append(list, target)
		signature = "(" + rest
	}
	signature = strings.TrimSuffix(strings.TrimPrefix(signature, "("), ")")
	depth, start := 0, 0
	for i, r := range signature {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(signature[start:i]))
				start = i + 1
			}
		}
	}
	if last := strings.TrimSpace(signature[start:]); last != "" {
		list = append(list, last)
	}
	return list
}

// mismatch is about operands of the wrong types.
func mismatch(call ast.CallExpr, argTypes []string) string {
	operands := call.Args()
	if call.IsMemberFunction() {
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	symbol, isOperator := operators.FindReverse(call.FunctionName())
	if len(operands) != len(argTypes) || len(operands) == 0 {
		return call.FunctionName() + " doesn't take these arguments"
	}
	if !isOperator || len(operands) != 2 {
		return misuse(call, operands, argTypes)
	}
	left, right := typeName(argTypes[0]), typeName(argTypes[1])
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		side, t := "left", left
		if t == string(TypeBoolean) {
			side, t = "right", right
		}
		return fmt.Sprintf("%s belongs between two conditions, but on its %s is %s", symbol, side, article(t))
	case operators.In:
		if !strings.HasPrefix(right, string(TypeList)) {
			return fmt.Sprintf("in looks for an element of a List, but on its right is %s. For part of a text, write contains",
				article(right))
		}
		return fmt.Sprintf("in looks for an element of %s, and %s can't be one", article(right), article(left))
	}
	return fmt.Sprintf("%s is %s and %s is %s: they don't go together with %s%s",
		label(operands[0], "the left side"), article(left), label(operands[1], "the right side"), article(right),
		symbol, remedy(operands, left, right))
}

// misuse is about a function, or an operator with one operand.
func misuse(call ast.CallExpr, operands []ast.Expr, argTypes []string) string {
	names := make([]string, len(argTypes))
	for i, t := range argTypes {
		names[i] = article(typeName(t))
	}
	if call.FunctionName() == operators.LogicalNot {
		return "! belongs before a condition, but " + label(operands[0], "what follows") + " is " + names[0]
	}
	if call.FunctionName() == operators.Conditional && len(names) == 3 {
		return fmt.Sprintf("a ? b : c needs a condition and two results of one type, but these are %s, %s and %s", names[0], names[1], names[2])
	}
	name := call.FunctionName()
	if symbol, ok := operators.FindReverse(name); ok && symbol != "" {
		name = symbol
	}
	if call.IsMemberFunction() {
		of := label(operands[0], "what comes before it")
		if len(names) == 1 {
			return fmt.Sprintf("%s can't be used here: %s is %s", name, of, names[0])
		}
		return fmt.Sprintf("%s can't be used here: %s is %s, and in its brackets is %s",
			name, of, names[0], strings.Join(names[1:], ", "))
	}
	return fmt.Sprintf("%s can't be used with %s", name, strings.Join(names, ", "))
}
