package filter

import (
	"strconv"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// remedy says how to write a comparison of two types, as another sentence.
func remedy(operands []ast.Expr, left, right string) string {
	text := operands[1]
	if left == string(TypeString) && right != string(TypeString) {
		left, right, text = right, left, operands[0]
	}
	literal, _ := text.AsLiteral().(types.String)
	switch {
	case right == string(TypeString) && left == string(TypeDate):
		return `. Write a date as timestamp("2026-01-31T00:00:00Z")`
	case right == string(TypeString) && left == string(TypeList):
		return `. Write "parks" in subscriber.attributes.topics`
	case right == string(TypeString) && fits(left, string(literal)):
		return ". Write " + string(literal) + " without quotation marks"
	case right == string(TypeString) && text.Kind() == ast.SelectKind && isNumber(left):
		return ". Write the number in quotation marks, or give the attribute the type " + left + " in its SubscriberSet"
	case right == string(TypeString) && text.Kind() == ast.SelectKind && left == string(TypeDate):
		return ". Give the attribute the type Date in its SubscriberSet"
	case isNumber(left) && isNumber(right):
		return ". Write " + asNumber(operands)
	}
	return ""
}

// asNumber makes a Number of the Integer of two operands.
func asNumber(operands []ast.Expr) string {
	for _, e := range operands {
		if n, ok := e.AsLiteral().(types.Int); ok {
			return strconv.FormatInt(int64(n), 10) + ".0"
		}
	}
	return "double(x) for the Integer x"
}

func isNumber(t string) bool { return t == string(TypeInteger) || t == string(TypeNumber) }

// fits says whether a text is a value of a type that is written without
// quotation marks.
func fits(t, text string) bool {
	switch Type(t) {
	case TypeInteger, TypeNumber, TypeBoolean:
		return text != "" && len(text) < 20 && Type(t).Check(text) == nil
	}
	return false
}
