// Command words looks for words that readers stumbled over, in whatever people
// read: pages, the changelog, the chart's notes and values, descriptions of the
// API, and string literals of the code. It says what is better, and fails if it
// found any. Comments of the code may keep their voice.
//
//	go run ./hack/words [folder]
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	finds, err := look(root, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "words:", err)
		os.Exit(2)
	}
	if finds > 0 {
		fmt.Fprintf(os.Stderr, "words: %d finds; hack/words/table.go has them all\n", finds)
		os.Exit(1)
	}
}

// look prints every odd word below root, and says how many there are.
func look(root string, out io.Writer) (int, error) {
	finds := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if skipped(filepath.ToSlash(rel)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		passages, err := read(path, filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		for _, p := range passages {
			for _, f := range search(p.text, p.code && product(rel)) {
				line := p.line + strings.Count(p.text[:f.at], "\n")
				if p.code {
					line = p.line
				}
				fmt.Fprintf(out, "%s:%d: %q; better: %s\n", rel, line, f.text, f.better)
				finds++
			}
		}
		return nil
	})
	return finds, err
}

// product says whether a file is of what users run, and not a tool of ours.
func product(rel string) bool { return !strings.HasPrefix(filepath.ToSlash(rel), "hack/") }

// skipped are folders without words of ours: what is built, generated, or
// spoken by others.
func skipped(dir string) bool {
	switch filepath.Base(dir) {
	case "bin", ".git", "testdata", "applyconfiguration", "components":
		return true
	}
	switch dir {
	case "hack/words", "hack/tools", "docs/templates", "internal/testing":
		return true
	}
	return false
}

// read gives what people read in a file.
func read(path, rel string) ([]passage, error) {
	base := filepath.Base(rel)
	var kind string
	switch {
	case strings.HasPrefix(base, "zz_generated"), strings.HasSuffix(base, "_test.go"), rel == "docs/api-reference.md":
		return nil, nil
	case strings.HasSuffix(base, ".md"):
		kind = "page"
	case base == "NOTES.txt":
		kind = "notes"
	case base == "values.yaml":
		kind = "values"
	case strings.HasSuffix(base, ".go"):
		kind = "code"
	default:
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "page":
		return markdown(string(data)), nil
	case "notes":
		return comments(string(data), true), nil
	case "values":
		return comments(string(data), false), nil
	default:
		return literals(rel, data, strings.HasPrefix(rel, "api/"))
	}
}
