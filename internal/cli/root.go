// Package cli holds the commands of the program.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"crier.dev/crier/internal/version"
)

// exitError is an error that asks for an exit code of its own.
type exitError interface {
	error
	ExitCode() int
}

// Run carries out the command line and returns the exit code.
func Run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	err := newRootCommand().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "crier:", err)
	return exitCode(err)
}

func exitCode(err error) int {
	var exit exitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 1
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "crier",
		Short:         "A list server for Kubernetes",
		Version:       version.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newManagerCommand(), newSenderCommand())
	root.AddCommand(newLintCommand(time.Now), newPreviewCommand(time.Now, openFile), newTemplateCommand(), newLedgerCommand(time.Now))
	return root
}
