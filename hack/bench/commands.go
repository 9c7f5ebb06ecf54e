package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/bench/internal/rows"
)

// all rows of make bench, in the order of the table.
var all = []string{
	"loopback", "gomail", "gomail_cpu", "rtt20", "ed25519", "rsa2048",
	"template", "template_ed25519", "markdown", "attachment",
	"memory", "plan", "filter", "writes", "etcd", "suppressions",
}

// flags are those of all measurements.
type flags struct {
	options rows.Options
	rows    []string
	quick   bool
	out     string
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "bench", Short: "Measure Crier", SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(newRun(), newMillion(), newSweep(), newTenants(), newPublish(), newGomail(), newProxy())
	return root
}

// add adds the common flags; results is the file that they are written to.
func (f *flags) add(cmd *cobra.Command, results string) {
	set := cmd.Flags()
	set.StringVar(&f.options.Root, "root", "../..", "root of the repository")
	set.StringVar(&f.options.Assets, "assets", os.Getenv("KUBEBUILDER_ASSETS"), "folder with kube-apiserver and etcd; hack/cluster's unless given")
	set.StringVar(&f.options.Crier, "crier", "", "binary to measure, with crier-sender beside it; bin/crier of the repository unless given")
	set.IntVar(&f.options.Messages, "messages", 100_000, "messages of one run on loopback; rows that are slow by nature use a part of them")
	set.IntVar(&f.options.Rounds, "rounds", 3, "alternating runs, of which the median counts")
	set.IntVar(&f.options.Large, "large", 1_000_000, "recipients of the rows memory, plan, filter, suppressions and million")
	set.IntVar(&f.options.Connections, "connections", 10, "connections to the relay")
	set.BoolVar(&f.quick, "quick", false, "a try: 5,000 messages, 20,000 for the large rows, one round")
	set.StringVar(&f.out, "out", "", "file for the results as JSON; bin/bench/"+results+" of the repository unless given")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return f.complete(cmd, results) }
}

func (f *flags) complete(cmd *cobra.Command, results string) error {
	o := &f.options
	var err error
	if o.Root, err = filepath.Abs(o.Root); err != nil {
		return err
	}
	if f.quick {
		results = "quick-" + results // never beside figures that count
		o.Messages, o.Large, o.Rounds = 5_000, 20_000, 1
	}
	if o.Messages < 1000 || o.Rounds < 1 || o.Large < 1000 || o.Connections < 1 {
		return errors.New("at least 1,000 messages, 1,000 for the large rows, one round and one connection")
	}
	if o.Self, err = os.Executable(); err != nil {
		return err
	}
	if o.Crier == "" {
		o.Crier = filepath.Join(o.Root, "bin", "crier")
	}
	if o.Crier, err = filepath.Abs(o.Crier); err != nil {
		return err
	}
	if f.out == "" {
		f.out = filepath.Join(o.Root, "bin", "bench", results)
	}
	o.Out = os.Stdout
	if o.Assets == "" {
		o.Assets, err = assets(o.Root)
	}
	cmd.SilenceUsage = true
	return err
}

// assets are kube-apiserver and etcd as hack/cluster builds them.
func assets(root string) (string, error) {
	build := exec.Command("go", "-C", filepath.Join(root, "hack", "cluster"), "run", ".", "build", "--only", "kube-apiserver,etcd")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building kube-apiserver and etcd: %w", err)
	}
	said, err := exec.Command("go", "-C", filepath.Join(root, "hack", "cluster"), "run", ".", "assets").Output()
	return strings.TrimSpace(string(said)), err
}

// version is what the measured binary says it is.
func version(binary string) string {
	said, err := exec.Command(binary, "--version").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(said))
}

func newRun() *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use: "run", Short: "Measure the rows that take minutes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range f.rows {
				if !slices.Contains(all, name) {
					return fmt.Errorf("there is no row %q; rows are %s", name, strings.Join(all, ", "))
				}
			}
			results := &rows.Results{}
			err := rows.Measure(cmd.Context(), f.options, f.rows, results)
			return errors.Join(err, f.conclude(results))
		},
	}
	f.add(cmd, "results.json")
	cmd.Flags().StringSliceVar(&f.rows, "rows", all, "rows to measure")
	return cmd
}

// conclude prints what was measured, even when a row failed, and saves it.
// Rows that were measured before and not now stay in the file.
func (f *flags) conclude(results *rows.Results) error {
	if err := results.Print(os.Stdout); err != nil {
		return err
	}
	results.Stamp(version(f.options.Crier), time.Now())
	if older, err := rows.Load(f.out); err == nil {
		results.Merge(older)
	}
	fmt.Printf("\nAll figures: %s\n", f.out)
	return results.Save(f.out)
}
