package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// expression makes the mutants of an expression; false if there is nothing
// within it.
func (w *walker) expression(e ast.Expr) bool {
	value, known := w.s.info.Types[e]
	if place, ok := w.elements[e]; ok {
		w.zero(e, place)
	}
	if tag, ok := w.tags[e]; ok {
		w.caseOf(tag, e)
	}
	switch {
	case !known || !value.IsValue():
		return true
	case value.Value != nil:
		w.constant(e, value)
		return false
	case isBasic(value.Type, types.IsBoolean):
		w.boolean(e)
		return true
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		w.arithmetic(e, value.Type)
	case *ast.UnaryExpr:
		if e.Op == token.SUB {
			if id := w.mutateRange(w.offset(e.OpPos), w.offset(e.X.Pos()), "+"); id > 0 {
				w.write(e, func(in func(from, to int) string) string {
					return fmt.Sprintf("mutant_neg(%d, %s)", id, in(w.offset(e.X.Pos()), w.offset(e.X.End())))
				})
			}
		}
	case *ast.CallExpr:
		w.extreme(e)
	case *ast.CompositeLit:
		w.literal(e, value.Type)
	}
	return true
}

func isBasic(t types.Type, info types.BasicInfo) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&info != 0
}

var boundaries = map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}

var negations = map[token.Token]string{
	token.LSS: ">=", token.LEQ: ">", token.GTR: "<=", token.GEQ: "<", token.EQL: "!=", token.NEQ: "==",
}

// boolean makes the mutants of something that is true or false.
func (w *walker) boolean(e ast.Expr) {
	type other struct {
		piece      [2]token.Pos
		show, text string
	}
	whole := [2]token.Pos{e.Pos(), e.End()}
	var all []other
	switch w.roles[e] {
	case condition, returned:
		all = append(all, other{whole, "true", "true"}, other{whole, "false", "false"})
	case loopCondition: // one that is always true would only be waited for
		all = append(all, other{whole, "false", "false"})
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		x, y := w.raw(e.X), w.raw(e.Y)
		sign := [2]token.Pos{e.OpPos, e.OpPos + token.Pos(len(e.Op.String()))}
		for _, ops := range []map[token.Token]string{boundaries, negations} {
			if op, ok := ops[e.Op]; ok {
				all = append(all, other{sign, op, "(" + x + ") " + op + " (" + y + ")"})
			}
		}
		if e.Op == token.LAND || e.Op == token.LOR {
			op := map[token.Token]string{token.LAND: "||", token.LOR: "&&"}[e.Op]
			all = append(all,
				other{sign, op, "(" + x + ") " + op + " (" + y + ")"},
				other{[2]token.Pos{e.X.Pos(), sign[1]}, "left out", y},
				other{[2]token.Pos{e.OpPos, e.Y.End()}, "left out", x})
		}
	case *ast.UnaryExpr:
		all = append(all, other{[2]token.Pos{e.OpPos, e.X.Pos()}, "left out", w.raw(e.X)})
	case *ast.CallExpr:
		if text := w.boundaryOfTime(e); text != "" {
			all = append(all, other{whole, text, text})
		}
	}
	var text strings.Builder
	first, last := 0, 0
	for _, o := range all {
		if id := w.mutateRange(w.offset(o.piece[0]), w.offset(o.piece[1]), o.show); id > 0 {
			fmt.Fprintf(&text, "mutant_is(%d) && (%s) || ", id, o.text)
			if first == 0 {
				first = id
			}
			last = id
		}
	}
	if first > 0 {
		w.wrap(e, fmt.Sprintf("(%smutant_none(%d, %d) && (", text.String(), first, last), "))")
	}
}

// boundaryOfTime writes a comparison of times with its boundary moved: not
// after for before.
func (w *walker) boundaryOfTime(e *ast.CallExpr) string {
	method, ok := e.Fun.(*ast.SelectorExpr)
	if !ok || len(e.Args) != 1 {
		return ""
	}
	f, ok := w.s.info.Uses[method.Sel].(*types.Func)
	if !ok {
		return ""
	}
	other := map[string]string{"(time.Time).Before": "After", "(time.Time).After": "Before"}[f.FullName()]
	if other == "" {
		return ""
	}
	return "!" + w.raw(method.X) + "." + other + "(" + w.raw(e.Args[0]) + ")"
}

var operators = map[token.Token]struct{ name, other string }{
	token.ADD: {"add", "-"}, token.SUB: {"sub", "+"}, token.MUL: {"mul", "/"}, token.QUO: {"quo", "*"},
	token.REM: {"rem", "*"}, token.AND: {"and", "|"}, token.OR: {"or", "&"},
	token.SHL: {"shl", ">>"}, token.SHR: {"shr", "<<"},
}

// arithmetic reverses an operator.
func (w *walker) arithmetic(e *ast.BinaryExpr, t types.Type) {
	op, ok := operators[e.Op]
	if !ok || !isBasic(t, types.IsInteger|types.IsFloat) {
		return
	}
	id := w.mutateRange(w.offset(e.OpPos), w.offset(e.OpPos)+len(e.Op.String()), op.other)
	if id == 0 {
		return
	}
	w.write(e, func(in func(from, to int) string) string {
		return fmt.Sprintf("mutant_%s(%d, %s, %s)", op.name, id,
			in(w.offset(e.X.Pos()), w.offset(e.X.End())), in(w.offset(e.Y.Pos()), w.offset(e.Y.End())))
	})
}

// extreme makes max of min, and min of max.
func (w *walker) extreme(e *ast.CallExpr) {
	name, ok := e.Fun.(*ast.Ident)
	if !ok {
		return
	}
	if _, ok := w.s.info.Uses[name].(*types.Builtin); !ok || name.Name != "min" && name.Name != "max" {
		return
	}
	id := w.mutate(name, map[string]string{"min": "max", "max": "min"}[name.Name])
	if id == 0 {
		return
	}
	w.write(e, func(in func(from, to int) string) string {
		return fmt.Sprintf("mutant_%s(%d, %s", name.Name, id, in(w.offset(e.Lparen)+1, w.offset(e.End())))
	})
}

// literal notes the elements of a literal: each may be zero.
func (w *walker) literal(e *ast.CompositeLit, t types.Type) {
	if p, ok := t.Underlying().(*types.Pointer); ok { // &T is left out within a list
		t = p.Elem()
	}
	for i, element := range e.Elts {
		pair, keyed := element.(*ast.KeyValueExpr)
		if keyed {
			w.skip[pair.Key] = true
		}
		switch u := t.Underlying().(type) {
		case *types.Map:
			w.elements[pair.Value] = u.Elem()
		case *types.Struct:
			if !keyed {
				w.elements[element] = u.Field(i).Type()
			} else if field, ok := w.s.info.Uses[pair.Key.(*ast.Ident)]; ok {
				w.elements[pair.Value] = field.Type()
			}
		}
	}
}

// zero leaves out an element of a literal.
func (w *walker) zero(e ast.Expr, place types.Type) {
	if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil || w.isZero(e) {
		return
	}
	spelled := w.spell(place)
	if spelled != "" {
		spelled = "[" + spelled + "]"
	}
	if id := w.mutate(e, "zero"); id > 0 {
		w.wrap(e, fmt.Sprintf("mutant_zero%s(%d, ", spelled, id), ")")
	}
}

// isZero says whether an expression is zero anyway, or a constant that has
// mutants of its own.
func (w *walker) isZero(e ast.Expr) bool {
	if lit, ok := e.(*ast.CompositeLit); ok {
		_, isStruct := w.s.info.TypeOf(e).Underlying().(*types.Struct)
		return isStruct && len(lit.Elts) == 0
	}
	value := w.s.info.Types[e]
	switch {
	case value.IsNil():
		return true
	case value.Value == nil:
		return false
	case value.Value.Kind() == constant.Bool:
		return true
	case value.Value.Kind() == constant.String:
		return constant.StringVal(value.Value) == ""
	}
	_, number := e.(*ast.BasicLit)
	return number || constant.Sign(value.Value) == 0
}

// caseOf has a case that never matches.
func (w *walker) caseOf(tag string, e ast.Expr) {
	never := "true"
	if id := w.mutate(e, "never"); id > 0 {
		never = fmt.Sprintf("mutant_not(%d)", id)
	}
	w.wrap(e, never+" && "+tag+" == (", ")")
}
