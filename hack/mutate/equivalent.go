package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// equivalents are the mutants that change nothing anybody can see, by package
// and key. In the file each is a line as mutate lists it, with the package in
// place of file, line and column, so that it holds when other lines change;
// the reason stands below, indented:
//
//	internal/delivery/share: level: for given[ && n > 0 -> left out]
//		each step asks for n > 0 as well
//
// A line that begins with # is a comment.
type equivalents map[string]map[string]*entry

type entry struct {
	line   int
	reason string
	used   bool // there is such a mutant
	killed bool // and a test fails with it
}

func readEquivalents(name string) (equivalents, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return equivalents{}, nil
	}
	if err != nil {
		return nil, err
	}
	out, err := parseEquivalents(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return out, nil
}

func parseEquivalents(text []byte) (equivalents, error) {
	out := equivalents{}
	var last *entry
	n := 0
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		n++
		switch {
		case strings.TrimSpace(line) == "" || line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if last == nil {
				return nil, fmt.Errorf("%d: a reason without a mutant", n)
			}
			last.reason = strings.TrimSpace(last.reason + " " + strings.TrimSpace(line))
		default:
			path, key, ok := strings.Cut(line, ": ")
			if !ok {
				return nil, fmt.Errorf("%d: want package, function and change", n)
			}
			if out[path] == nil {
				out[path] = map[string]*entry{}
			}
			if out[path][key] != nil {
				return nil, fmt.Errorf("%d: the mutant stands twice", n)
			}
			last = &entry{line: n}
			out[path][key] = last
		}
	}
	for _, of := range out {
		for key, e := range of {
			if e.reason == "" {
				return nil, fmt.Errorf("%d: no reason: %s", e.line, key)
			}
		}
	}
	return out, nil
}

// judge counts what became of a package's mutants.
func (all equivalents) judge(path string, fates []fate) *result {
	r := &result{path: path, mutants: len(fates)}
	for _, f := range fates {
		e := all[path][f.mutant.key()]
		if e != nil {
			e.used, e.killed = true, f.killed
		}
		switch {
		case f.killed:
			r.killed++
		case e != nil:
			r.equivalent++
		default:
			r.survivors = append(r.survivors, f)
		}
	}
	return r
}

// stale lists the entries that name no mutant of the packages that were
// looked at, or one that a test fails with, and says whether there are any.
func (all equivalents) stale(out io.Writer, packages []*source) (found bool) {
	for _, p := range packages {
		for key, e := range all[p.Path] {
			switch {
			case !e.used:
				fmt.Fprintf(out, "stale, line %d of the list: there is no such mutant: %s: %s\n", e.line, p.Path, key)
			case e.killed:
				fmt.Fprintf(out, "stale, line %d of the list: a test fails with it: %s: %s\n", e.line, p.Path, key)
			default:
				continue
			}
			found = true
		}
	}
	return found
}
