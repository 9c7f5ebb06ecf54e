// Command treemap writes the map of the tree into a document, out of the
// comments of the packages: a package without one fails it, so that the map is
// whole. It stands between two lines of the document, which keeps all else. Paths
// that this document and others name must be there.
//
//	treemap CONTRIBUTING.md docs/*.md
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: treemap DOCUMENT [OTHER...]")
		os.Exit(2)
	}
	err := write(os.Args[1], ".")
	for _, document := range os.Args[1:] {
		err = errors.Join(err, check(document, "."))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(document, root string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	packages, err := find(root)
	if err != nil {
		return err
	}
	text, err = replace(text, table(packages))
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	return os.WriteFile(document, text, 0o644) //nolint:gosec // as public as the repository
}

// What the map stands between.
const (
	begin = "<!-- map of the tree: made by make tree-map from package comments -->\n"
	end   = "<!-- end of the map -->\n"
)

// replace puts what between begin and end, which must both be there once.
func replace(text []byte, what string) ([]byte, error) {
	if bytes.Count(text, []byte(begin)) != 1 || bytes.Count(text, []byte(end)) != 1 {
		return nil, fmt.Errorf("the map goes between the lines %q and %q, each of which must be there once", begin, end)
	}
	before, rest, _ := bytes.Cut(text, []byte(begin))
	_, after, found := bytes.Cut(rest, []byte(end))
	if !found {
		return nil, fmt.Errorf("%q stands before %q", end, begin)
	}
	return bytes.Join([][]byte{before, []byte(begin + "\n" + what + "\n" + end), after}, nil), nil
}
