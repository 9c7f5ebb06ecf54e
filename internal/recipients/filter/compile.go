package filter

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
)

// base is what all environments have in common.
var base = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		ext.Strings(),
		cel.CrossTypeNumericComparisons(true),
		cel.EnableIdentifierEscapeSyntax(),
		cel.DefaultUTCTimeZone(true),
		cel.ParserErrorRecoveryLimit(0),
		cel.ParserExpressionSizeLimit(MaxExpression),
		cel.ExpressionNodeLimit(10*MaxExpression),
		cel.ASTValidators(
			cel.ValidateTimestampLiterals(),
			cel.ValidateDurationLiterals(),
			cel.ValidateHomogeneousAggregateLiterals(),
		),
	)
})

// environment knows the attributes of a schema.
func environment(schema Schema) (*cel.Env, error) {
	env, err := base()
	if err != nil {
		return nil, err
	}
	return env.Extend(
		cel.CustomTypeProvider(&provider{Provider: env.CELTypeProvider(), schema: schema}),
		cel.Variable(variable, types.NewObjectType(typeSubscriber)),
	)
}

// Compile checks an expression against the attributes that exist. Any error is
// an *Error.
func Compile(expression string, schema Schema) (*Filter, error) {
	if e := checkText(expression); e != nil {
		return nil, e
	}
	env, err := environment(schema)
	if err != nil {
		return nil, &Error{Message: err.Error()}
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return nil, syntaxError(expression, issues)
	}
	n := names{
		source: newSource(expression, parsed.NativeRep().SourceInfo()),
		schema: schema,
		used:   map[string]bool{},
	}
	compose(parsed.NativeRep().Expr())
	if e := n.check(parsed.NativeRep().Expr()); e != nil {
		return nil, e
	}
	if e := never(n.source, parsed.NativeRep().Expr()); e != nil {
		return nil, e
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, typeError(n.source, parsed.NativeRep().Expr(), issues)
	}
	if e := checkResult(checked.OutputType(), schema); e != nil {
		return nil, e
	}
	return plan(env, checked, n.attributes())
}

// plan makes a program of an expression that is right, if it isn't too costly.
func plan(env *cel.Env, checked *cel.Ast, uses []string) (*Filter, error) {
	if e := checkCost(env, checked); e != nil {
		return nil, e
	}
	f := &Filter{uses: uses}
	var err error
	if f.plain, err = env.Program(checked, cel.EvalOptions(cel.OptOptimize)); err != nil {
		return nil, &Error{Message: firstLine(err.Error())}
	}
	f.counted, err = env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(MaxCost), cel.CostTracking(nil))
	if err != nil {
		return nil, &Error{Message: firstLine(err.Error())}
	}
	return f, nil
}

// checkText looks at what can be said before anything is read.
func checkText(expression string) *Error {
	switch {
	case !utf8.ValidString(expression):
		return &Error{Message: "the filter is not UTF-8 text"}
	case strings.TrimSpace(expression) == "":
		return &Error{Message: "the filter is empty. Remove the field to select everybody, or " + example}
	case utf8.RuneCountInString(expression) > MaxExpression:
		return &Error{Message: tooLong}
	}
	return nil
}

// checkResult wants true or false.
func checkResult(t *types.Type, schema Schema) *Error {
	if t.Kind() == types.BoolKind || schema == nil && t.Kind() == types.DynKind {
		return nil
	}
	return &Error{Line: 1, Column: 1, Message: "the filter must be true or false for each person, but this is " +
		article(typeName(t.String())) + ". " + comparison(t)}
}

// comparison shows how a value becomes a condition.
func comparison(t *types.Type) string {
	switch t.Kind() {
	case types.IntKind, types.UintKind, types.DoubleKind:
		return "Compare it with a number: subscriber.attributes.grade >= 12"
	case types.TimestampKind:
		return `Compare it with a date: subscriber.attributes.hired < timestamp("2026-01-01T00:00:00Z")`
	case types.ListKind:
		return `Ask for an element: "parks" in subscriber.attributes.topics`
	}
	return `Compare it with a text: subscriber.attributes.branch == "executive"`
}

func (n *names) attributes() []string {
	list := make([]string, 0, len(n.used))
	for name := range n.used {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
