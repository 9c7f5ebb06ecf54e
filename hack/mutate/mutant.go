package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// mutant is one change of the code.
type mutant struct {
	ID   int // from 1
	File string
	Line int
	Col  int
	// Func is the function, method, variable or constant that it is in.
	Func string
	// Text is the statement or condition with the change: if a [< -> <=] b.
	Text string
}

// key names the mutant within its package, whatever lines it stands on.
func (m *mutant) key() string { return m.Func + ": " + m.Text }

// String is the mutant with its place.
func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Col, m.key())
}

// within is how many characters of a long statement stand before and after a change.
const within = 80

// describe writes what is about a piece of a file that is replaced.
func (w *walker) describe(from, to int, other string) string {
	start, end, prefix := w.carrier(from, to)
	before, old, after := fold(w.f.text[start:from]), fold(w.f.text[from:to]), fold(w.f.text[to:end])
	if len(before) > within {
		before = "…" + strings.ToValidUTF8(before[len(before)-within:], "")
	}
	if len(after) > within {
		after = strings.ToValidUTF8(after[:within], "") + "…"
	}
	if len(old) > 2*within {
		old = strings.ToValidUTF8(old[:within], "") + "…" + strings.ToValidUTF8(old[len(old)-within:], "")
	}
	return strings.TrimSpace(prefix + before + "[" + strings.TrimSpace(old) + " -> " + other + "]" + after)
}

// fold writes text in one line.
func fold(text []byte) string {
	s := strings.Join(strings.Fields(string(text)), " ")
	if s == "" {
		return s
	}
	if text[0] == ' ' || text[0] == '\n' || text[0] == '\t' {
		s = " " + s
	}
	if last := text[len(text)-1]; last == ' ' || last == '\n' || last == '\t' {
		s += " "
	}
	return s
}

// carrier is the piece that is shown around a change: the innermost simple
// statement, condition, or element of a literal.
func (w *walker) carrier(from, to int) (start, end int, prefix string) {
	for i := len(w.stack) - 1; i >= 0; i-- {
		piece, prefix := w.stack[i], ""
		switch n := w.stack[i].(type) {
		case *ast.IfStmt:
			piece, prefix = n.Cond, "if "
		case *ast.ForStmt:
			piece, prefix = n.Cond, "for "
		case *ast.RangeStmt:
			piece, prefix = n.X, "range "
		case *ast.SwitchStmt:
			piece, prefix = n.Tag, "switch "
		case *ast.CaseClause:
			piece, prefix = w.caseAt(n, from), "case "
		case *ast.KeyValueExpr:
			prefix = "{… "
			if lit, ok := w.stack[i-1].(*ast.CompositeLit); ok && lit.Type != nil {
				prefix = w.raw(lit.Type) + prefix
			}
		case *ast.BlockStmt, *ast.FuncDecl:
			return from, to, ""
		case ast.Stmt, *ast.ValueSpec:
		default:
			continue
		}
		if start, end := w.offset(piece.Pos()), w.offset(piece.End()); start <= from && to <= end {
			return start, end, prefix
		}
		return from, to, prefix
	}
	return from, to, ""
}

// caseAt is the expression of a case that a change is in.
func (w *walker) caseAt(n *ast.CaseClause, from int) ast.Expr {
	for _, e := range n.List {
		if from < w.offset(e.End()) {
			return e
		}
	}
	return n.List[len(n.List)-1]
}

// place names the function that the walker is in.
func (w *walker) place() string {
	for _, n := range w.stack {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil || len(n.Recv.List) == 0 {
				return n.Name.Name
			}
			return receiver(n.Recv.List[0].Type) + "." + n.Name.Name
		case *ast.ValueSpec:
			return n.Names[0].Name
		}
	}
	return "-"
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}

func (w *walker) offset(pos token.Pos) int { return w.s.fset.Position(pos).Offset }

// raw is the text of a node as it stands in the file.
func (w *walker) raw(n ast.Node) string {
	return string(w.f.text[w.offset(n.Pos()):w.offset(n.End())])
}
