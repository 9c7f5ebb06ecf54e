// Command crier-sender is the program of a sender pod, which the operator starts in a
// Job. It is apart from crier to be small: nothing of the manager is linked.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"crier.dev/crier/internal/cluster/podapi"
	"crier.dev/crier/internal/delivery/sender"
	"crier.dev/crier/internal/version"
)

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stderr))
}

// run is the program. It returns its exit code.
func run(args []string, env func(string) string, out io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := send(ctx, args, env, out)
	if err == nil {
		return 0
	}
	fmt.Fprintln(out, "crier-sender:", err)
	if exit := (interface{ ExitCode() int })(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 1
}

func send(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	f, err := parse(args, out)
	if err != nil {
		return err
	}
	if f.version {
		fmt.Fprintln(out, "crier-sender", version.Version)
		return nil
	}
	options, err := f.read(env)
	if err != nil {
		return err
	}
	api, err := podapi.InCluster(f.namespace, f.account, env)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(out, nil))
	if err := sender.Run(ctx, api, options, log); err != nil {
		log.Error("work is left", "error", err.Error())
		return err
	}
	return nil
}
