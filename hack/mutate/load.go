package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is a package that was parsed and type-checked.
type source struct {
	// Path of the package within its module.
	Path  string
	Dir   string
	Files []*file

	fset   *token.FileSet
	info   *types.Info
	pkg    *types.Package
	lookup types.Importer
}

// file is one of a package's files that aren't tests.
type file struct {
	Name string // absolute
	text []byte
	tree *ast.File
}

// listed is what go list says about a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Module                  *struct{ Path string }
	DepOnly, Standard       bool
}

// load reads the packages that the patterns name.
func load(ctx context.Context, patterns []string) ([]*source, error) {
	named, exports, err := list(ctx, patterns)
	if err != nil {
		return nil, err
	}
	var out []*source
	for _, p := range named {
		s, err := check(p, exports)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// list finds the packages that the patterns name, but for those of the standard
// library, and where what the compiler wrote about each package is.
func list(ctx context.Context, patterns []string) (named []listed, exports map[string]string, err error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Module,DepOnly,Standard", "--",
		"cmp", "os", "strconv", "sync/atomic"}, patterns...) // what the switches import
	command := exec.CommandContext(ctx, "go", args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	answer, err := command.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	exports = map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(answer)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly && !p.Standard {
			named = append(named, p)
		}
	}
	return named, exports, nil
}

// check parses a package and finds out its types, from what the compiler wrote
// about the packages that it imports.
func check(p listed, exports map[string]string) (*source, error) {
	s := &source{Path: p.ImportPath, Dir: p.Dir, fset: token.NewFileSet()}
	if p.Module != nil {
		s.Path = strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
	}
	for _, name := range p.GoFiles {
		name = filepath.Join(p.Dir, name)
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s.Files = append(s.Files, &file{Name: name, text: text})
	}
	s.lookup = imports(s.fset, exports)
	return s, s.parse()
}

// imports reads what the compiler wrote.
func imports(fset *token.FileSet, exports map[string]string) types.Importer {
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
}

func (s *source) parse() error {
	for _, f := range s.Files {
		tree, err := parser.ParseFile(s.fset, f.Name, f.text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f.tree = tree
	}
	s.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	var err error
	s.pkg, err = (&types.Config{Importer: s.lookup}).Check(s.Path, s.fset, s.trees(), s.info)
	return err
}

func (s *source) trees() (out []*ast.File) {
	for _, f := range s.Files {
		out = append(out, f.tree)
	}
	return out
}

// validAt says whether an expression would be one at a place of the package.
func validAt(s *source, pos token.Pos, text string) bool {
	e, err := parser.ParseExpr(text)
	return err == nil && types.CheckExpr(s.fset, s.pkg, pos, e, nil) == nil
}
