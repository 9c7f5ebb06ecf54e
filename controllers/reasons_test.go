package controllers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// declaredReasons are the constants of the API by name and by value.
func declaredReasons(t *testing.T, root string) (names map[string]string, values map[string]bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "api", "v1alpha1", "condition_types.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names, values = map[string]string{}, map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		literal, _ := spec.Values[0].(*ast.BasicLit)
		value, err := strconv.Unquote(literal.Value)
		if err != nil || values[value] {
			t.Errorf("%s: %v, declared twice: %t", spec.Names[0].Name, err, values[value])
		}
		names[spec.Names[0].Name], values[value] = value, true
		return true
	})
	return names, values
}

// givesReason says which argument of a call is a reason of a condition.
func givesReason(call *ast.CallExpr) ast.Expr {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	at := map[string]int{"IsReady": 0, "IsReconciling": 0, "IsStalled": 0, "stalled": 0, "waiting": 0, "Eventf": 3}
	i, ok := at[name]
	if !ok || i >= len(call.Args) {
		return nil
	}
	return call.Args[i]
}

// Reasons are part of the API: people and programs match them. Each that is
// used is declared, and each that is declared is used.
func TestReasonsAreDeclaredAndUsed(t *testing.T) {
	names, values := declaredReasons(t, server.Root())
	used := map[string]bool{}
	for _, dir := range []string{"controllers", "internal"} {
		err := filepath.WalkDir(filepath.Join(server.Root(), dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					used[n.Sel.Name] = true
				case *ast.CallExpr:
					if literal, ok := givesReason(n).(*ast.BasicLit); ok {
						t.Errorf("%s: the reason %s is no constant of the API", set.Position(literal.Pos()), literal.Value)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 40 || len(values) != len(names) {
		t.Fatalf("only %d reasons found", len(names))
	}
	for name := range names {
		if !used[name] {
			t.Errorf("%s is declared and never used", name)
		}
	}
}
