package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// binary is the test binary of a package, with all of its mutants.
type binary struct {
	mutants []*mutant
	path    string
	dir     string // where its tests run
	work    string // for what they leave behind
}

// build compiles the tests of a package with its mutants. The package's own
// files stay as they are.
func build(ctx context.Context, s *source, work string) (*binary, error) {
	i, err := instrument(s)
	if err != nil {
		return nil, err
	}
	replace, n := map[string]string{}, 0
	for name, text := range i.texts {
		n++
		replace[name] = filepath.Join(work, strconv.Itoa(n)+".go")
		if err := os.WriteFile(replace[name], []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	list := filepath.Join(work, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return nil, err
	}
	b := &binary{mutants: i.mutants, path: filepath.Join(work, "tests"), dir: s.Dir, work: work}
	compile := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", list, "-o", b.path, ".")
	compile.Dir = s.Dir
	var out bytes.Buffer
	compile.Stdout, compile.Stderr = &out, &out
	if err := compile.Run(); err != nil {
		return nil, fmt.Errorf("go test -c: %w\n%s", err, out.Bytes())
	}
	if _, err := os.Stat(b.path); err != nil {
		return nil, fmt.Errorf("the package has no tests")
	}
	return b, nil
}
