package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// span is a piece of a file that is written anew. Spans are nested or apart.
type span struct {
	from, to int
	// build makes the new text; in renders a piece of the old one, with the
	// spans within this one.
	build func(in func(from, to int) string) string
	inner []*span
}

// nest makes a tree of spans, which come outer ones first, in their order.
func nest(spans []*span, size int) *span {
	root := &span{to: size}
	path := []*span{root}
	for _, s := range spans {
		for path[len(path)-1].to < s.to || path[len(path)-1].to <= s.from && s.from < s.to {
			path = path[:len(path)-1]
		}
		top := path[len(path)-1]
		top.inner = append(top.inner, s)
		path = append(path, s)
	}
	return root
}

// render writes a piece of the text with the spans within s.
func (s *span) render(text []byte, from, to int) string {
	var b strings.Builder
	for _, c := range s.inner {
		if c.from < from || c.to > to {
			continue
		}
		b.Write(text[from:c.from])
		b.WriteString(c.build(func(from, to int) string { return c.render(text, from, to) }))
		from = c.to
	}
	b.Write(text[from:to])
	return b.String()
}

// instrumented is a package with all of its mutants, each behind a switch.
type instrumented struct {
	mutants []*mutant
	texts   map[string]string // of files, by their names
}

// instrument makes the mutants of a package. Few are no Go, which shows only
// when everything is there: those are left out, and it begins anew.
func instrument(s *source) (*instrumented, error) {
	invalid := map[string]bool{}
	for range 100 {
		w := walk(s, invalid)
		out := &instrumented{mutants: w.mutants, texts: map[string]string{}}
		for _, f := range s.Files {
			text := nest(w.spans[f], len(f.text)).render(f.text, 0, len(f.text))
			out.texts[f.Name] = text + strings.Join(w.constants.declared[f], "")
		}
		out.texts[s.Dir+"/mutant_switches.go"] = "package " + s.pkg.Name() + "\n\n" + fmt.Sprintf(switches, len(w.mutants))
		wrong := out.check(s)
		if len(wrong) == 0 {
			return out, nil
		}
		before := len(invalid)
		for _, e := range wrong {
			if m := out.nearest(e); m != nil {
				invalid[m.key()] = true
			}
		}
		if len(invalid) == before {
			return nil, fmt.Errorf("what mutate made of the package isn't valid Go: %w", wrong[0])
		}
	}
	return nil, fmt.Errorf("what mutate made of package %s isn't valid Go", s.Path)
}

// check finds out the types of an instrumented package.
func (i *instrumented) check(s *source) (wrong []types.Error) {
	again := &source{Path: s.Path, fset: token.NewFileSet()}
	config := types.Config{Importer: s.lookup, Error: func(err error) {
		if e, ok := err.(types.Error); ok && !e.Soft { //nolint:errorlint // what go/types passes
			wrong = append(wrong, e)
		}
	}}
	for name, text := range i.texts {
		tree, err := parser.ParseFile(again.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return []types.Error{{Msg: err.Error(), Fset: again.fset}}
		}
		again.Files = append(again.Files, &file{Name: name, tree: tree})
	}
	_, _ = config.Check(s.Path, again.fset, again.trees(), nil) // the errors are in wrong
	return wrong
}

var numbered = regexp.MustCompile(`mutant_(?:[a-z]+(?:\[[^\]]*\])?\(|const_)([0-9]+)`)

// nearest is the mutant whose switch stands next to an error, nil if there is
// none in its line.
func (i *instrumented) nearest(e types.Error) (found *mutant) {
	at := e.Fset.Position(e.Pos)
	lines := strings.Split(i.texts[at.Filename], "\n")
	if at.Line < 1 || at.Line > len(lines) {
		return nil
	}
	least := math.MaxInt
	line := lines[at.Line-1]
	for _, place := range numbered.FindAllStringSubmatchIndex(line, -1) {
		id, err := strconv.Atoi(line[place[2]:place[3]])
		far := max(place[0]-at.Column, at.Column-place[0])
		if err == nil && id >= 1 && id <= len(i.mutants) && far < least {
			found, least = i.mutants[id-1], far
		}
	}
	return found
}
