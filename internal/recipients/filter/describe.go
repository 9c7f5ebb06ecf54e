package filter

import (
	"strconv"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"

	"crier.dev/crier/internal/words"
)

// label names an operand in a message.
func label(e ast.Expr, otherwise string) string {
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		if inner := label(s.Operand(), ""); inner != "" && !s.IsTestOnly() {
			return inner + "." + words.Clip(s.FieldName())
		}
	case ast.IdentKind:
		return words.Clip(e.AsIdent())
	case ast.LiteralKind:
		switch v := e.AsLiteral().(type) {
		case types.String:
			return strconv.Quote(words.Clip(string(v)))
		case types.Int:
			return strconv.FormatInt(int64(v), 10)
		case types.Double:
			return strconv.FormatFloat(float64(v), 'g', -1, 64)
		case types.Bool:
			return strconv.FormatBool(bool(v))
		}
	}
	return otherwise
}

// typeName is the name that users know of a type of CEL.
func typeName(cel string) string {
	switch cel {
	case "int", "uint":
		return string(TypeInteger)
	case "double":
		return string(TypeNumber)
	case "bool":
		return string(TypeBoolean)
	case "string":
		return string(TypeString)
	case "timestamp", "google.protobuf.Timestamp":
		return string(TypeDate)
	case "duration", "google.protobuf.Duration":
		return "duration"
	case "null", "null_type":
		return "null"
	}
	if strings.HasPrefix(cel, "list(") {
		return string(TypeList)
	}
	if strings.HasPrefix(cel, "map(") {
		return "map"
	}
	return words.Clip(cel)
}

func article(name string) string {
	if name == "null" {
		return name
	}
	if strings.HasPrefix(name, "I") {
		return "an " + name
	}
	return "a " + name
}
