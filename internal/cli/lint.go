package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crier.dev/crier/internal/client/lint"
	"crier.dev/crier/internal/client/manifest"
)

// Exit codes of the verbs for people.
const (
	exitProblems = 1 // what was asked about has problems
	exitUsage    = 2 // it couldn't be looked at
)

// exit is an error with an exit code of its own.
type exit struct {
	error
	code int
}

func (e exit) ExitCode() int { return e.code }

func (e exit) Unwrap() error { return e.error }

// usage is an error of whoever wrote the command line.
func usage(format string, args ...any) error { return exit{fmt.Errorf(format, args...), exitUsage} }

// lintFormats are the values of --output.
var lintFormats = []string{"text", "json", "github"}

type lintFlags struct {
	output          string
	strict, verbose bool
}

func newLintCommand(now func() time.Time) *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Look for mistakes in manifests, without a cluster",
		Long: `Look for mistakes in manifests, without a cluster: what an API server would
refuse, what Crier would say in a condition, and what you would be sorry for.

Give files, folders with all that is below them, or - for standard input. Give
everything of a namespace together: lists, sets and templates are then known to
the Broadcasts that use them. Other kinds of objects are skipped and counted,
and so are files in folders that don't hold Kubernetes objects: values of
charts, playbooks, patches of kustomizations. --verbose lists them.

Exit code 0: nothing wrong, perhaps warnings; 1: errors, or warnings with
--strict; 2: a file can't be read.`,
		Example: `  crier lint broadcasts/
  crier lint --strict --output github .
  helm template . | crier lint -`,
		Args: wantArgs(1, -1, "name the files or folders to look at, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runLint(cmd, f, args, now())
		},
		ValidArgsFunction: completeManifests,
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "text", "text, json, or github for annotations of pull requests")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "let warnings count as errors")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "list the files that are skipped, on standard error")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(lintFormats, cobra.ShellCompDirectiveNoFileComp))
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

// wantArgs asks for at least and at most so many arguments; most is -1 for any
// number.
func wantArgs(least, most int, otherwise string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return usage("%s", otherwise)
		}
		return nil
	}
}

func flagError(_ *cobra.Command, err error) error { return exit{err, exitUsage} }

func completeManifests(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
}

func runLint(cmd *cobra.Command, f lintFlags, paths []string, now time.Time) error {
	if !slices.Contains(lintFormats, f.output) {
		return usage("--output %s: write %s", f.output, strings.Join(lintFormats, ", "))
	}
	report, err := lint.Check(cmd.Context(), manifest.Read(paths, cmd.InOrStdin()), now)
	if err != nil {
		return exit{err, exitUsage}
	}
	if err := writeReport(cmd.OutOrStdout(), f.output, report); err != nil {
		return exit{err, exitUsage}
	}
	if f.verbose {
		for _, skip := range report.Skips {
			note(cmd.ErrOrStderr(), skip.String())
		}
	}
	switch {
	case report.Unreadable:
		return exit{errors.New(report.Summary()), exitUsage}
	case report.Count(lint.Error) > 0, f.strict && report.Count(lint.Warning) > 0:
		return exit{errors.New(report.Summary()), exitProblems}
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "crier:", report.Summary())
	return nil
}

func writeReport(w io.Writer, format string, report lint.Report) error {
	switch format {
	case "json":
		return report.JSON(w)
	case "github":
		return report.GitHub(w)
	}
	return report.Text(w)
}
