// Command mutate measures whether the tests of a package can fail. It makes
// small changes to the package's code, mutants, and runs the tests with each:
// a mutant that no test fails for has survived, and is listed.
//
//	mutate [flags] ./internal/delivery/share ...
//
// All mutants of a package are compiled into one test binary, each behind a
// switch that an environment variable throws (mutant schemata): a mutant costs
// the start of a process, not a build. Each test is first run once without a
// mutant, to note which switches it passes, so that a mutant runs the tests
// that reach it and no others. A mutant that ends the process, or uses more
// time or memory than it should, is killed like one that fails a test.
//
// Mutants are: conditions that are always true or false, or negated; < that
// becomes <=; operands of && and || that are left out; arithmetic that is
// reversed; numbers, also those of constants, one more and one less; results,
// fields and values of maps that are zero; statements that are left out:
// assignments, calls, return, continue, break; cases that never match; min for
// max. Words for people are no exception, as an empty one says nothing.
// Left alone are strings (only whole ones are left out, as fields and
// results), arguments in another order, and cases of type switches.
//
// Mutants that change nothing anybody can see are listed in a file with a
// reason each, see equivalent.go. The exit status is 1 if of the others more
// than a share survive, or more than 5 % of all are on the list, or an entry of
// the list is stale.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// mostEquivalent is how many percent of all mutants may be on the list.
const mostEquivalent = 5

// errTooMany means that the tests were found to be too weak.
var errTooMany = errors.New("the tests are too weak, or the list of equivalent mutants is out of date")

// options are the flags.
type options struct {
	packages   []string
	equivalent string         // file with the list
	bound      float64        // how many percent may survive
	only       *regexp.Regexp // mutants whose line in the list matches
	limits     limits
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{}
	only := flag.String("only", "", "run only mutants whose `place`, function or text matches this expression")
	flag.StringVar(&o.equivalent, "equivalent", "hack/mutate/equivalent.txt", "`file` with the mutants that change nothing")
	flag.Float64Var(&o.bound, "bound", 10, "how many `percent` of a package's mutants may survive")
	flag.IntVar(&o.limits.jobs, "jobs", 1, "how many mutants run at a time")
	flag.IntVar(&o.limits.megabytes, "memory", 1024, "how many `MiB` of data a mutant may have")
	flag.Parse()
	o.packages = flag.Args()
	var err error
	if o.only, err = regexp.Compile(*only); err != nil || len(o.packages) == 0 {
		fmt.Fprintln(os.Stderr, "usage: mutate [flags] PACKAGE...", err)
		os.Exit(2)
	}
	switch err := run(ctx, o, os.Stdout); {
	case errors.Is(err, errTooMany):
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
}

// run tries the mutants of all packages and writes what became of them.
func run(ctx context.Context, o options, out io.Writer) error {
	known, err := readEquivalents(o.equivalent)
	if err != nil {
		return err
	}
	packages, err := load(ctx, o.packages)
	if err != nil {
		return err
	}
	var all results
	for _, p := range packages {
		start := time.Now()
		r, err := try(ctx, p, known, o)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Path, err)
		}
		r.took = time.Since(start)
		r.list(out)
		all = append(all, r)
	}
	all.table(out)
	bad := all.tooMany(out, o.bound)
	if o.only.String() == "" { // else it isn't known of which entries there are no mutants
		bad = known.stale(out, packages) || bad
	}
	if bad {
		return errTooMany
	}
	return nil
}

// try makes the mutants of a package and runs them.
func try(ctx context.Context, p *source, known equivalents, o options) (*result, error) {
	work, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	b, err := build(ctx, p, work)
	if err != nil {
		return nil, err
	}
	reached, err := b.trace(ctx)
	if err != nil {
		return nil, err
	}
	var chosen []*mutant
	for _, m := range b.mutants {
		if o.only.MatchString(m.String()) {
			chosen = append(chosen, m)
		}
	}
	fmt.Fprintf(os.Stderr, "%s: %d mutants\n", p.Path, len(chosen))
	fates, err := b.runAll(ctx, chosen, reached, o.limits)
	if err != nil {
		return nil, err
	}
	return known.judge(p.Path, fates), nil
}
