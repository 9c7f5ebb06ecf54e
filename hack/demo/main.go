// Command demo shows the whole path on a real cluster: it installs Crier, applies config/samples
// with 5,000 made-up employees, lets real sender pods hand the mail to a catcher in the cluster,
// and compares what Crier says with what the catcher stored. Started by make demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"crier.dev/crier/hack/e2e/harness"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		if !errors.Is(err, errTold) {
			fmt.Fprintln(os.Stderr, "\ndemo:", err)
		}
		os.Exit(1)
	}
}

// demo is one run.
type demo struct {
	*harness.Setup
	kube      *harness.Kube
	catcher   *harness.Catcher
	authority []byte
	samples   *samples
}

func run(ctx context.Context) error {
	setup, err := harness.FromEnvironment(os.Stdout)
	if err != nil {
		return err
	}
	d := &demo{Setup: setup}
	if d.kube, err = setup.Prepare(ctx, true, harness.ForDemos...); err != nil {
		return err
	}
	if d.samples, err = readSamples(setup.Root); err != nil {
		return err
	}
	d.Say("Starting a mail catcher and Mailpit in namespace %s", namespace)
	if err := d.deploy(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := d.apply(ctx); err != nil {
		return err
	}
	d.Say("Following the Broadcast (kubectl get broadcasts -A --watch)")
	broadcast, err := d.follow(ctx)
	if err != nil {
		return err
	}
	seconds := time.Since(began).Seconds()
	if err := d.show(ctx, broadcast); err != nil {
		return err
	}
	d.farewell()
	return d.conclude(ctx, broadcast, seconds)
}
