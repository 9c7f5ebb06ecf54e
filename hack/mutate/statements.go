package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// statement leaves out a statement, or does the reverse.
func (w *walker) statement(n ast.Stmt) {
	if !w.listed() {
		return
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		w.assignment(n)
	case *ast.IncDecStmt:
		op := map[token.Token]string{token.INC: "--", token.DEC: "++"}[n.Tok]
		w.reverse(n, n.TokPos, len("++"), op, w.raw(n.X)+op)
	case *ast.ExprStmt:
		if call, ok := n.X.(*ast.CallExpr); ok && !w.endsFunction(call) {
			w.leaveOut(n)
		}
	case *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
		w.leaveOut(n)
	case *ast.BranchStmt:
		if n.Tok == token.BREAK || n.Tok == token.CONTINUE {
			w.leaveOut(n)
		}
	}
}

// endsFunction says that the compiler knows that a call doesn't return.
func (w *walker) endsFunction(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = w.s.info.Uses[name].(*types.Builtin)
	return ok && name.Name == "panic"
}

func (w *walker) assignment(n *ast.AssignStmt) {
	if n.Tok == token.DEFINE || blank(n.Lhs) {
		return
	}
	op := map[token.Token]string{token.ADD_ASSIGN: "-=", token.SUB_ASSIGN: "+="}[n.Tok]
	if op != "" && isBasic(w.s.info.TypeOf(n.Lhs[0]), types.IsInteger|types.IsFloat) {
		w.reverse(n, n.TokPos, len(op), op, w.raw(n.Lhs[0])+" "+op+" "+w.raw(n.Rhs[0]))
		return
	}
	w.leaveOut(n)
}

func blank(all []ast.Expr) bool {
	for _, e := range all {
		if name, ok := e.(*ast.Ident); !ok || name.Name != "_" {
			return false
		}
	}
	return true
}

func (w *walker) leaveOut(n ast.Stmt) {
	if id := w.mutate(n, "left out"); id > 0 {
		w.wrap(n, fmt.Sprintf("if mutant_not(%d) { ", id), " }")
	}
}

// reverse leaves out a statement, and has another in its place.
func (w *walker) reverse(n ast.Stmt, op token.Pos, length int, show, other string) {
	out := w.mutate(n, "left out")
	reversed := w.mutateRange(w.offset(op), w.offset(op)+length, show)
	if out > 0 && reversed > 0 {
		w.wrap(n, fmt.Sprintf("if mutant_is(%d) { %s } else if mutant_not(%d) { ", reversed, other, out), " }")
	}
}

// returns has each result that isn't zero be zero. Those that are true or
// false are conditions of their own.
func (w *walker) returns(n *ast.ReturnStmt) {
	results := w.resultTypes()
	if !w.listed() {
		return
	}
	if len(n.Results) == 0 {
		if len(results) == 0 {
			w.leaveOut(n)
		}
		return
	}
	var text strings.Builder
	if call, ok := n.Results[0].(*ast.CallExpr); ok && len(n.Results) < len(results) {
		w.returnsOfCall(&text, call, results)
	} else {
		w.returnsOfList(&text, n.Results, results)
	}
	if text.Len() > 0 {
		w.wrap(n, "{ "+text.String(), " }")
	}
}

func (w *walker) returnsOfList(text *strings.Builder, exprs []ast.Expr, results []string) {
	for i, e := range exprs {
		if isBasic(w.s.info.TypeOf(e), types.IsBoolean) {
			w.roles[e] = returned
			continue
		}
		if w.isZero(e) {
			continue
		}
		if id := w.mutate(e, "zero"); id > 0 {
			var values []string
			for k, other := range exprs {
				values = append(values, w.raw(other))
				if k == i {
					values[k] = "*new(" + results[i] + ")"
				}
			}
			fmt.Fprintf(text, "if mutant_is(%d) { return %s }; ", id, strings.Join(values, ", "))
		}
	}
}

// returnsOfCall is about a call that has all of the results.
func (w *walker) returnsOfCall(text *strings.Builder, call *ast.CallExpr, results []string) {
	for i := range results {
		id := w.mutate(call, fmt.Sprintf("result %d zero", i+1))
		if id == 0 {
			continue
		}
		var names, values []string
		for k := range results {
			names, values = append(names, fmt.Sprintf("mutant_r%d", k)), append(values, fmt.Sprintf("mutant_r%d", k))
			if k == i {
				names[k], values[k] = "_", "*new("+results[i]+")"
			}
		}
		fmt.Fprintf(text, "if mutant_is(%d) { %s := %s; return %s }; ",
			id, strings.Join(names, ", "), w.raw(call), strings.Join(values, ", "))
	}
}

// resultTypes are the types of the function's results as they are written.
func (w *walker) resultTypes() (out []string) {
	f := w.signature()
	if f == nil || f.Results == nil {
		return nil
	}
	for _, field := range f.Results.List {
		for range max(1, len(field.Names)) {
			out = append(out, w.raw(field.Type))
		}
	}
	return out
}

// switches has cases that never match. One with a tag is written without, so
// that there may be more to a case.
func (w *walker) switches(n *ast.SwitchStmt) {
	if n.Tag == nil {
		for _, c := range n.Body.List {
			for _, e := range c.(*ast.CaseClause).List {
				w.roles[e] = condition
			}
		}
		return
	}
	name := fmt.Sprintf("mutant_tag%d", w.offset(n.Pos()))
	if !w.listed() || !hasCase(n) {
		return
	}
	w.write(n, func(in func(from, to int) string) string {
		begin := ""
		if n.Init != nil {
			begin = in(w.offset(n.Init.Pos()), w.offset(n.Init.End())) + "; "
		}
		return fmt.Sprintf("{ %s%s := %s; switch %s }", begin, name,
			in(w.offset(n.Tag.Pos()), w.offset(n.Tag.End())), in(w.offset(n.Body.Pos()), w.offset(n.Body.End())))
	})
	for _, c := range n.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			w.tags[e] = name
		}
	}
}

// hasCase says whether a switch has a case besides its default.
func hasCase(n *ast.SwitchStmt) bool {
	for _, c := range n.Body.List {
		if len(c.(*ast.CaseClause).List) > 0 {
			return true
		}
	}
	return false
}
