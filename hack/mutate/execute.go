package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// limits of a run of mutants.
type limits struct {
	jobs, megabytes int
}

// bounds of one process.
type bounds struct {
	processor, wall time.Duration
	megabytes       int
}

// fate is what became of a mutant.
type fate struct {
	mutant  *mutant
	reached bool
	killed  bool
}

// quick is what a test takes that runs before those that take longer.
const quick = 200 * time.Millisecond

// runAll runs mutants, some at a time.
func (b *binary) runAll(ctx context.Context, mutants []*mutant, reached reach, l limits) ([]fate, error) {
	fates := make([]fate, len(mutants))
	next := make(chan int)
	errs := make([]error, max(1, l.jobs))
	var workers sync.WaitGroup
	for w := range errs {
		workers.Go(func() {
			for i := range next {
				if errs[w] == nil {
					fates[i], errs[w] = b.try(ctx, mutants[i], reached[mutants[i].ID], l)
				}
			}
		})
	}
	for i := range mutants {
		next <- i
	}
	close(next)
	workers.Wait()
	return fates, errors.Join(errs...)
}

// try runs the tests that reach a mutant, the quick ones first, until one fails.
func (b *binary) try(ctx context.Context, m *mutant, tests []test, l limits) (fate, error) {
	f := fate{mutant: m, reached: len(tests) > 0}
	var first, second []test
	for _, t := range tests {
		if t.took <= quick {
			first = append(first, t)
		} else {
			second = append(second, t)
		}
	}
	for _, some := range [][]test{first, second} {
		if len(some) == 0 || f.killed {
			continue
		}
		var names []string
		var took time.Duration
		for _, t := range some {
			names, took = append(names, t.name), took+t.took
		}
		bound := bounds{processor: 5*took + time.Second, wall: 50*took + 20*time.Second, megabytes: l.megabytes}
		_, err := b.run(ctx, bound, io.Discard, []string{activeVariable + "=" + strconv.Itoa(m.ID)},
			"-test.failfast", "-test.run=^("+strings.Join(names, "|")+")$")
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return f, err
		}
		f.killed = err != nil
	}
	return f, nil
}

// run runs the binary on one processor, within bounds, and returns what it
// took of that.
func (b *binary) run(ctx context.Context, limit bounds, out io.Writer, env []string, args ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, limit.wall)
	defer cancel()
	script := `ulimit -t "$1" && ulimit -d "$2" && shift 2 && exec "$@"`
	seconds := int((limit.processor + time.Second - 1) / time.Second)
	args = append([]string{"-c", script, "mutate", strconv.Itoa(seconds), strconv.Itoa(limit.megabytes << 10), b.path}, args...)
	c := exec.CommandContext(ctx, "sh", args...)
	c.Dir = b.dir
	c.Env = append(slices.Concat(os.Environ(), env), "GOMAXPROCS=1", "GOTRACEBACK=none", "TMPDIR="+b.work)
	if out != io.Discard { // else it goes nowhere, without a pipe
		c.Stdout, c.Stderr = out, out
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("starting the tests: %w", err)
	}
	err := c.Wait()
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), err
}
