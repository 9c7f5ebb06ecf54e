package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// test is a test of a package, with what it took without a mutant.
type test struct {
	name string
	took time.Duration // of a processor
}

// reach are the tests that pass each mutant's switch, by its number.
type reach map[int][]test

// generous bounds a run without a mutant.
var generous = bounds{processor: 10 * time.Minute, wall: 30 * time.Minute, megabytes: 8192}

// trace runs each test by itself, to find out which mutants it reaches. All
// must pass.
func (b *binary) trace(ctx context.Context) (reach, error) {
	var names bytes.Buffer
	if _, err := b.run(ctx, generous, &names, nil, "-test.list=."); err != nil {
		return nil, fmt.Errorf("listing the tests: %w", err)
	}
	out := reach{}
	for _, name := range strings.Fields(names.String()) {
		if strings.HasPrefix(name, "Benchmark") {
			continue
		}
		notes := filepath.Join(b.work, "trace")
		if err := os.WriteFile(notes, nil, 0o600); err != nil {
			return nil, err
		}
		var said bytes.Buffer
		took, err := b.run(ctx, generous, &said, []string{traceVariable + "=" + notes}, "-test.run=^"+name+"$")
		if err != nil {
			return nil, fmt.Errorf("%s fails without a mutant: %w\n%s", name, err, said.Bytes())
		}
		text, err := os.ReadFile(notes)
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Fields(string(text)) {
			id, err := strconv.Atoi(line)
			if err != nil {
				return nil, err
			}
			out[id] = append(out[id], test{name, took})
		}
	}
	return out, nil
}
