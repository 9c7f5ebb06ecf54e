package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// named are paths of the tree in code spans of a document, be it with a choice
// such as {a,b} or with a star.
var named = regexp.MustCompile("`((?:api|charts|config|controllers|docs|hack|internal)/[A-Za-z0-9_./{},*-]+)`")

// check says which paths in a document lead nowhere.
func check(document, root string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		for _, path := range choices(strings.TrimSuffix(m[1], "/...")) {
			there, err := filepath.Glob(filepath.Join(root, path))
			if err != nil || len(there) == 0 {
				errs = append(errs, fmt.Errorf("%s names %s, which isn't there", document, path))
			}
		}
	}
	return errors.Join(errs...)
}

// choices are the paths that one with {a,b} stands for.
func choices(path string) []string {
	before, rest, open := strings.Cut(path, "{")
	inside, after, closed := strings.Cut(rest, "}")
	if !open || !closed {
		return []string{path}
	}
	var all []string
	for _, one := range strings.Split(inside, ",") {
		all = append(all, choices(before+one+after)...)
	}
	return all
}
