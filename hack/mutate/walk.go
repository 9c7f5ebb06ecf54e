package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// walker goes through the files of a package and makes its mutants.
type walker struct {
	s       *source
	f       *file
	stack   []ast.Node // the present node is the last
	mutants []*mutant
	spans   map[*file][]*span
	seen    map[string]int // how many mutants read like that
	invalid map[string]bool

	constants *constants
	skip      map[ast.Node]bool       // what must stay a constant
	roles     map[ast.Expr]role       // of expressions that decide something
	elements  map[ast.Expr]types.Type // values of fields and maps, with the type of their place
	tags      map[ast.Expr]string     // of cases, with the name of what they are compared with
}

// role says what a value decides.
type role int

const (
	noRole role = iota
	condition
	loopCondition
	returned
)

// walk makes the mutants of a package, without those that are invalid.
func walk(s *source, invalid map[string]bool) *walker {
	w := &walker{
		s: s, invalid: invalid, spans: map[*file][]*span{}, seen: map[string]int{},
		skip: map[ast.Node]bool{}, roles: map[ast.Expr]role{}, elements: map[ast.Expr]types.Type{},
		tags: map[ast.Expr]string{}, constants: newConstants(s),
	}
	for _, f := range s.Files {
		w.f = f
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if n == nil {
				w.stack = w.stack[:len(w.stack)-1]
				return true
			}
			w.stack = append(w.stack, n)
			if w.enter(n) {
				return true
			}
			w.stack = w.stack[:len(w.stack)-1]
			return false
		})
	}
	return w
}

// enter makes the mutants of one node; false if there is nothing within it.
func (w *walker) enter(n ast.Node) bool {
	if w.skip[n] {
		return false
	}
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.ArrayType:
		if n.Len != nil {
			w.skip[n.Len] = true
		}
	case *ast.IfStmt:
		w.roles[n.Cond] = condition
	case *ast.ForStmt:
		if n.Cond != nil {
			w.roles[n.Cond] = loopCondition
		}
	case *ast.SwitchStmt:
		w.switches(n)
	case *ast.ReturnStmt:
		w.returns(n)
	case ast.Stmt:
		w.statement(n)
	case ast.Expr:
		return w.expression(n)
	}
	return true
}

// mutate makes a mutant in which a piece of the file reads otherwise. It
// returns its number, or 0 if there can't be such a mutant.
func (w *walker) mutate(piece ast.Node, other string) int {
	return w.mutateRange(w.offset(piece.Pos()), w.offset(piece.End()), other)
}

func (w *walker) mutateRange(from, to int, other string) int {
	at := w.s.fset.File(w.f.tree.Pos())
	p := at.Position(at.Pos(from))
	m := &mutant{
		ID: len(w.mutants) + 1, File: filepath.Join(w.s.Path, filepath.Base(w.f.Name)), Line: p.Line, Col: p.Column,
		Func: w.place(), Text: w.describe(from, to, other),
	}
	w.seen[m.key()]++
	if n := w.seen[m.key()]; n > 1 {
		m.Text += fmt.Sprintf(" (%d)", n)
	}
	if w.invalid[m.key()] {
		return 0
	}
	w.mutants = append(w.mutants, m)
	return m.ID
}

// write has a piece of the file written anew.
func (w *walker) write(piece ast.Node, build func(in func(from, to int) string) string) {
	w.spans[w.f] = append(w.spans[w.f], &span{from: w.offset(piece.Pos()), to: w.offset(piece.End()), build: build})
}

// wrap has a piece of the file written with something before and after it.
func (w *walker) wrap(piece ast.Node, before, after string) {
	from, to := w.offset(piece.Pos()), w.offset(piece.End())
	w.write(piece, func(in func(from, to int) string) string { return before + in(from, to) + after })
}

// parent is the node that holds the present one.
func (w *walker) parent() ast.Node {
	if len(w.stack) < 2 {
		return nil
	}
	return w.stack[len(w.stack)-2]
}

// listed says whether the present statement stands in a list of statements,
// where others may take its place.
func (w *walker) listed() bool {
	switch p := w.parent().(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		return true
	case *ast.CommClause:
		return p.Comm != w.stack[len(w.stack)-1]
	}
	return false
}

// signature is the type of the function that the walker is in, as it is written.
func (w *walker) signature() *ast.FuncType {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch n := w.stack[i].(type) {
		case *ast.FuncLit:
			return n.Type
		case *ast.FuncDecl:
			return n.Type
		}
	}
	return nil
}

// spell writes a type as the present file would; "" if it has no name there.
func (w *walker) spell(t types.Type) string {
	known := true
	text := types.TypeString(types.Default(t), func(p *types.Package) string {
		if p == w.s.pkg {
			return ""
		}
		for _, i := range w.f.tree.Imports {
			if strings.Trim(i.Path.Value, `"`) != p.Path() {
				continue
			}
			if i.Name == nil {
				return p.Name()
			}
			return i.Name.Name
		}
		known = false
		return "?"
	})
	if !known || !w.valid("*new("+text+")") {
		return ""
	}
	return text
}

// valid says whether an expression would be one at the present node.
func (w *walker) valid(text string) bool { return validAt(w.s, w.stack[len(w.stack)-1].Pos(), text) }
