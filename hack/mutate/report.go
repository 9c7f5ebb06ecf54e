package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// result is what became of the mutants of a package.
type result struct {
	path                        string
	mutants, killed, equivalent int
	survivors                   []fate
	took                        time.Duration
}

type results []*result

// share is how many percent survive of those that aren't equivalent.
func (r *result) share() float64 {
	if r.mutants == r.equivalent {
		return 0
	}
	return 100 * float64(len(r.survivors)) / float64(r.mutants-r.equivalent)
}

// list writes the survivors.
func (r *result) list(out io.Writer) {
	for _, f := range r.survivors {
		why := ""
		if !f.reached {
			why = " (no test comes here)"
		}
		fmt.Fprintf(out, "%s%s\n", f.mutant, why)
	}
}

// table writes the figures of all packages.
func (all results) table(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "mutants\tkilled\tsurvived\tequivalent\tshare\ttook\t package")
	for _, r := range all {
		fmt.Fprintf(t, "%d\t%d\t%d\t%d\t%.1f %%\t%s\t %s\n", r.mutants, r.killed, len(r.survivors), r.equivalent,
			r.share(), r.took.Round(time.Second), r.path)
	}
	t.Flush()
}

// tooMany says whether more survive, or more are listed as equivalent, than
// may be.
func (all results) tooMany(out io.Writer, bound float64) (bad bool) {
	mutants, equivalent := 0, 0
	for _, r := range all {
		mutants, equivalent = mutants+r.mutants, equivalent+r.equivalent
		if r.share() > bound {
			fmt.Fprintf(out, "%s: %.1f %% survive, at most %g %% may\n", r.path, r.share(), bound)
			bad = true
		}
	}
	if 100*equivalent > mostEquivalent*mutants {
		fmt.Fprintf(out, "%d of %d mutants are listed as equivalent, at most %d %% may be\n", equivalent, mutants, mostEquivalent)
		bad = true
	}
	return bad
}
