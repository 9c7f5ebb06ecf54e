package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// constants are those that the package declares. One can't be switched where
// it is declared, so that the places that use it choose.
type constants struct {
	specs    map[types.Object]declaration
	others   map[types.Object][]alternative
	declared map[*file][]string // at the end of a file
}

type declaration struct {
	file  *file
	spec  *ast.ValueSpec
	value ast.Expr
}

// alternative is another text for a piece of a constant expression, or the
// name of another constant.
type alternative struct {
	id   int
	text string
}

func newConstants(s *source) *constants {
	c := &constants{
		specs: map[types.Object]declaration{}, others: map[types.Object][]alternative{}, declared: map[*file][]string{},
	}
	for _, f := range s.Files {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, spec := range d.Specs {
					spec := spec.(*ast.ValueSpec)
					for i, value := range spec.Values {
						c.specs[s.info.Defs[spec.Names[i]]] = declaration{f, spec, value}
					}
				}
			}
			return true
		})
	}
	return c
}

// constant makes the mutants of an expression whose value the compiler knows:
// other numbers in it, and others in the constants that it names.
func (w *walker) constant(e ast.Expr, value types.TypeAndValue) {
	name := w.spell(value.Type)
	typed := func(text string) string {
		if name == "" {
			return text
		}
		return name + "(" + text + ")"
	}
	var before strings.Builder
	after := ""
	for _, a := range w.alternatives(e, typed) {
		fmt.Fprintf(&before, "mutant_pick(%d, %s, ", a.id, typed(a.text))
		after += ")"
	}
	if after != "" {
		text := before.String() + typed(w.raw(e)) + after
		w.write(e, func(func(from, to int) string) string { return text })
	}
}

// alternatives are the other texts of a constant expression. Those that don't
// fit its type are none: an index of -1, say.
func (w *walker) alternatives(e ast.Expr, typed func(string) string) (out []alternative) {
	text, start := w.raw(e), w.offset(e.Pos())
	replace := func(n ast.Node, other string) string {
		return text[:w.offset(n.Pos())-start] + other + text[w.offset(n.End())-start:]
	}
	add := func(n ast.Node, other string) {
		whole := replace(n, other)
		if !w.valid(typed(whole)) {
			return
		}
		if id := w.mutate(n, other); id > 0 {
			out = append(out, alternative{id, whole})
		}
	}
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			for _, other := range otherNumbers(n) {
				add(n, other)
			}
		case *ast.Ident:
			object := w.s.info.Uses[n]
			if other := map[string]string{"true": "false", "false": "true"}[n.Name]; other != "" && object.Parent() == types.Universe {
				add(n, other)
			}
			for _, other := range w.declaredOthers(object) {
				out = append(out, alternative{other.id, replace(n, other.text)})
			}
		}
		return true
	})
	return out
}

// otherNumbers are one more and one less; of one with a fraction, which may be
// a share of anything, twice and half of it.
func otherNumbers(n *ast.BasicLit) []string {
	switch n.Kind {
	case token.INT:
		if v, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return []string{strconv.FormatInt(v+1, 10), strconv.FormatInt(v-1, 10)}
		}
	case token.FLOAT:
		return []string{"(" + n.Value + " * 2)", "(" + n.Value + " / 2)"}
	case token.CHAR:
		return []string{"(" + n.Value + " + 1)"}
	}
	return nil
}

// declaredOthers are what a constant of the package could be instead. Its
// mutants stand where it is declared, once for all places that use it.
func (w *walker) declaredOthers(object types.Object) []alternative {
	d, ok := w.constants.specs[object]
	if !ok {
		return nil
	}
	if known, ok := w.constants.others[object]; ok {
		return known
	}
	f, stack := w.f, w.stack
	defer func() { w.f, w.stack = f, stack }()
	w.f, w.stack = d.file, []ast.Node{d.spec}
	local := object.Parent() != w.s.pkg.Scope()
	all := []alternative{}
	ast.Inspect(d.value, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		for _, other := range otherNumbers(lit) {
			value := w.raw(d.value)
			at := w.offset(lit.Pos()) - w.offset(d.value.Pos())
			value = value[:at] + other + value[at+len(lit.Value):]
			if d.spec.Type != nil {
				value = w.raw(d.spec.Type) + "(" + value + ")"
			}
			if !validAt(w.s, d.value.Pos(), value) {
				continue
			}
			id := w.mutate(lit, other)
			if id == 0 {
				continue
			}
			if local {
				all = append(all, alternative{id, "(" + value + ")"})
				continue
			}
			name := fmt.Sprintf("mutant_const_%d", id)
			w.constants.declared[d.file] = append(w.constants.declared[d.file], "\nconst "+name+" = "+value+"\n")
			all = append(all, alternative{id, name})
		}
		return true
	})
	w.constants.others[object] = all
	return all
}
