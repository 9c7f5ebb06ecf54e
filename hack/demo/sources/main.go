// Command sources shows Crier at an agency with a real directory and a real database: it starts
// OpenLDAP with 5,000 employees and PostgreSQL with 200,000 readers of a newsletter, applies
// config/demo-sources, sends a message with an attachment to some of the former and a newsletter
// to the latter, has the signatures checked by another verifier, and compares who got what with
// who should have. Started by make demo-sources.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"crier.dev/crier/hack/e2e/harness"
	"crier.dev/crier/internal/testing/sourcetest/postgres"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		if !errors.Is(err, errTold) {
			fmt.Fprintln(os.Stderr, "\ndemo-sources:", err)
		}
		os.Exit(1)
	}
}

// demo is one run.
type demo struct {
	*harness.Setup
	kube      *harness.Kube
	manifests *harness.Manifests
	catcher   *harness.Catcher
	authority []byte // of the catcher
	keys      []harness.DKIMKey
	directory *slapd.Server
	database  *postgres.Server
	expected  *expectation
	secrets
}

func run(ctx context.Context) error {
	setup, err := harness.FromEnvironment(os.Stdout)
	if err != nil {
		return err
	}
	d := &demo{Setup: setup, secrets: newSecrets()}
	if err := d.Servers(ctx); err != nil {
		return err
	}
	if d.kube, err = setup.Prepare(ctx, false, harness.ForDemos...); err != nil {
		return err
	}
	if d.manifests, err = harness.ReadManifests(filepath.Join(setup.Root, folder)); err != nil {
		return err
	}
	stop, err := d.startServers(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := d.deploy(ctx); err != nil {
		return err
	}
	began := time.Now()
	for _, step := range []func(context.Context) error{d.apply, d.synced, d.tested, d.counted, d.sendToStaff, d.sendToReaders, d.show} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.farewell()
	return d.conclude(ctx, time.Since(began).Seconds())
}
