package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// found is a folder of Go files.
type found struct {
	path string // from the root, with slashes
	says string // the first sentence of its comment, without its name
}

// find returns the packages below root that people wrote, sorted by path. All
// that have no comment are named in the error.
func find(root string) ([]found, error) {
	var packages []found
	var missing []error
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != root && skipped(path) {
			return fs.SkipDir
		}
		comment, written, err := commentOf(path)
		if err != nil || !written {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		p := found{filepath.ToSlash(relative), sentence(comment)}
		if p.says == "" {
			missing = append(missing, fmt.Errorf("%s has no package comment: say in one file what it is", p.path))
		}
		packages = append(packages, p)
		return nil
	})
	slices.SortFunc(packages, func(a, b found) int { return strings.Compare(a.path, b.path) })
	return packages, errors.Join(append(missing, err)...)
}

// skipped holds for what isn't ours, and for the rooms of programs under hack,
// which are houses of their own.
func skipped(path string) bool {
	name := filepath.Base(path)
	return name == "testdata" || name == "bin" || name == "tools" || strings.HasPrefix(name, ".") ||
		name == "internal" && strings.Contains(filepath.ToSlash(path), "hack/")
}

// commentOf returns the comment of the package in a folder: that of its code
// or, if it has none, of its tests. written is false for a folder without Go
// files, or with generated ones only.
func commentOf(folder string) (comment string, written bool, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return "", false, err
	}
	inTests := ""
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return "", false, err
		}
		if ast.IsGenerated(parsed) {
			continue
		}
		written = true
		switch text := parsed.Doc.Text(); {
		case strings.HasSuffix(file, "_test.go"):
			inTests += text
		case text != "" && comment != "":
			return "", true, fmt.Errorf("%s has two package comments: leave one", folder)
		default:
			comment += text
		}
	}
	if comment == "" {
		comment = inTests
	}
	return comment, written, nil
}

// opening is how comments begin: the reader knows the name from the path.
var opening = regexp.MustCompile(`^(Package|Command) \S+ (is |has )?`)

// long is when only the part of a sentence before its first colon is shown.
const long = 90

// sentence is the first sentence of a comment, for a cell of a table.
func sentence(comment string) string {
	var p doc.Package
	s := strings.TrimSuffix(opening.ReplaceAllString(p.Synopsis(comment), ""), ".")
	if head, _, found := strings.Cut(s, ": "); found && len(s) > long {
		s = head
	}
	return strings.ReplaceAll(s, "|", `\|`)
}
