// Command prepare brings up a cluster with Crier in it for the end-to-end tests. hack/e2e/run
// starts it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"crier.dev/crier/hack/e2e/harness"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	setup, err := harness.FromEnvironment(os.Stdout)
	if err == nil {
		_, err = setup.Prepare(ctx, false, harness.ForTests...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}
